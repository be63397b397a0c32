// Bundles the command and the three libraries for plugins into dist/; each plugin becomes a chunk, loaded when it is used.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { namedImports, type Unused, unused } from './commonjs.ts';
import { hashOf, moduleFunctions } from './modules.ts';
import { validators } from './validators.ts';

/** What other programs import. */
const LIBRARIES = { plugin: 'core/contract/plugin.ts', kit: 'plugins/kit/index.ts', testing: 'testing/index.ts' };

/** Schemas of requests, of which camd has none; HTTP/2 servers; logs written by a thread. Half of the code that a server would load. */
const UNUSED: readonly Unused[] = [
  { package: '@fastify/ajv-compiler', by: 'fastify' },
  { package: '@fastify/fast-json-stringify-compiler', by: 'fastify' },
  { package: 'node:http2', by: 'fastify' },
  { package: 'thread-stream', by: 'pino' },
];

/** `separate`: packages that stay outside; by default all optional ones. */
export async function bundle(folder: string, separate: readonly string[] = optionalDependencies()): Promise<void> {
  const external = [...separate, 'pg-native', 'esbuild'];
  const [built, checks] = await Promise.all([
    build({
      // Chunks are shared: a plugin that imports camd/kit runs the same code as the built-in ones.
      entryPoints: { camd: 'core/main.ts', ...LIBRARIES },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      external,
      plugins: [namedImports(external), unused(UNUSED)],
      // Names stay for stack traces; white space goes, because it is read at every start.
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: 'warning',
      write: false,
      metafile: true,
    }),
    validators(),
  ]);
  const texts = new Map(built.outputFiles.map(({ path, text }) => [relative(folder, path), text]));
  const modules = await moduleFunctions(new Map([...texts, ...checks]));
  for (const [path, text] of modules) put(join(folder, path), text);
  await loader(folder, hashOf(modules));
  for (const name of Object.keys(LIBRARIES)) {
    const { exports = [] } = built.metafile.outputs[relative('.', join(folder, `${name}.mjs`))] ?? {};
    put(join(folder, `${name}.mjs`), libraryOf(name, exports));
  }
  const command = join(folder, 'camd.mjs');
  writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`);
  chmodSync(command, 0o755);
}

/** The only ES modules of the program: its command, the maker of the code cache, and what both share. */
async function loader(folder: string, hash: string): Promise<void> {
  await build({
    entryPoints: {
      camd: 'packaging/loader/main.ts',
      'code-cache': 'packaging/loader/warm.ts',
      loader: 'packaging/loader/load.ts',
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'loader-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { CAMD_BUILD: JSON.stringify(hash) },
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  });
}

/** An ES module with the exports of a module of the program. */
function libraryOf(name: string, exports: readonly string[]): string {
  return [
    "import { load } from './loader.mjs';",
    `export const { ${exports.join(', ')} } = load('${name}.cjs');`,
    '',
  ].join('\n');
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Native or large packages: they stay separate and may be missing. */
function optionalDependencies(): string[] {
  const read: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  if (typeof read !== 'object' || read === null || !('optionalDependencies' in read)) return [];
  return Object.keys(read.optionalDependencies as Record<string, string>);
}
