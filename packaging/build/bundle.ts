// Bundles the command and the three libraries for plugins into dist/*.mjs; each plugin becomes a chunk, loaded when it is used.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { namedImports } from './commonjs.ts';

/** Some dependencies are CommonJS and need a `require`, which an ES module does not have. */
const REQUIRE =
  "import { createRequire as camdCreateRequire } from 'node:module'; const require = camdCreateRequire(import.meta.url);";

/** `separate`: packages that stay outside; by default all optional ones. */
export async function bundle(folder: string, separate: readonly string[] = optionalDependencies()): Promise<void> {
  const external = [...separate, 'pg-native', 'esbuild'];
  await build({
    // Chunks are shared: a plugin that imports camd/kit runs the same code as the built-in ones.
    entryPoints: {
      camd: 'core/main.ts',
      plugin: 'core/contract/plugin.ts',
      kit: 'plugins/kit/index.ts',
      testing: 'testing/index.ts',
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external,
    plugins: [namedImports(external)],
    banner: { js: REQUIRE },
    // Names stay for stack traces; white space goes, because it is read at every start.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
  });
  const command = `${folder}/camd.mjs`;
  writeFileSync(command, `#!/usr/bin/env node\n${readFileSync(command, 'utf8')}`);
  chmodSync(command, 0o755);
}

/** Native or large packages: they stay separate and may be missing. */
function optionalDependencies(): string[] {
  const read: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  if (typeof read !== 'object' || read === null || !('optionalDependencies' in read)) return [];
  return Object.keys(read.optionalDependencies as Record<string, string>);
}
