// Writes every generated file: option types, profile schema, reference pages, the list of dependencies and the WebAssembly module. `--check` only compares.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dependencyPage } from './generate/dependencies.ts';
import { editorSchemaFile } from './generate/profile-schema.ts';
import { referencePages } from './generate/reference.ts';
import { optionTypes } from './generate/types.ts';
import { wasmModules } from './generate/wasm.ts';

const checkOnly = process.argv.includes('--check');
const files = new Map([
  ...(await optionTypes()),
  ...editorSchemaFile(),
  ...referencePages(),
  ...dependencyPage(),
  ...(await wasmModules()),
]);

const outdated: string[] = [];
for (const [path, expected] of files) {
  if (readOr(path, '') === expected) continue;
  outdated.push(path);
  if (!checkOnly) write(path, expected);
}
for (const path of leftOver()) {
  outdated.push(path);
  if (!checkOnly) rmSync(path);
}
if (checkOnly && outdated.length > 0) {
  process.stderr.write(`These files do not match their sources; run "npm run generate":\n  ${outdated.join('\n  ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${files.size} files match their sources, ${checkOnly ? 0 : outdated.length} written\n`);
}

/** Pages and types of plugins that no longer exist. */
function leftOver(): string[] {
  const pages = list('docs/reference').filter((path) => path.endsWith('.md'));
  const types = list('schemas').filter((path) => /^schemas\/[^/]+\/[^/]+\.ts$/.test(path));
  return [...pages, ...types].filter((path) => !files.has(path));
}

function list(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map((path) => `${folder}/${String(path)}`);
}

function write(path: string, text: string): void {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  writeFileSync(path, text);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
