// Bundles the command and the three libraries for plugins into dist/; each plugin becomes a chunk that is loaded on first use.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { late, namedImports, type Unused, unused } from './commonjs.ts';
import { hashOf, moduleFunctions } from './modules.ts';
import { validators } from './validators.ts';

/** The modules for import by other programs. */
const LIBRARIES = { plugin: 'core/contract/plugin.ts', kit: 'plugins/kit/index.ts', testing: 'testing/index.ts' };

/**
 * Code that camd does not need, more than half of what a server would load: Fastify's request schemas and plugins; servers for HTTP/2
 * and TLS and host names, because camd opens its own listeners; a thread that writes logs.
 */
const UNUSED: readonly Unused[] = [
  { package: '@fastify/ajv-compiler', by: 'fastify' },
  { package: '@fastify/fast-json-stringify-compiler', by: 'fastify' },
  { package: 'semver', by: 'fastify' },
  { package: 'node:http2', by: 'fastify' },
  { package: 'node:https', by: 'fastify' },
  { package: 'node:dns', by: 'fastify' },
  { package: 'thread-stream', by: 'pino' },
  { package: 'worker_threads', by: 'pino' },
];

/** Modules of Node that camd's own code rarely uses. */
const LATE = ['node:tls', 'node:https', 'node:fs/promises'];

/** `separate`: packages outside the bundle; by default all optional ones. */
export async function bundle(folder: string, separate: readonly string[] = optionalDependencies()): Promise<void> {
  const external = [...separate, 'pg-native', 'esbuild'];
  const [built, checks] = await Promise.all([
    build({
      // Chunks are shared: a plugin that imports camd/kit runs the same code as the built-in ones.
      entryPoints: { main: 'core/main.ts', ...LIBRARIES },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      external,
      plugins: [namedImports(external), unused(UNUSED), late(LATE)],
      // Names are kept for stack traces. White space is removed, because it would be read at every start.
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
  // Kept for users' scripts and units; the command itself is camd.cjs.
  put(join(folder, 'camd.mjs'), `${SHEBANG}import './camd.cjs';\n`);
  for (const name of ['camd.cjs', 'camd.mjs']) chmodSync(join(folder, name), 0o755);
}

const SHEBANG = '#!/usr/bin/env node\n';

/** Builds the command, and the loader that it shares with the libraries and the code cache. The loader loads neither. */
async function loader(folder: string, hash: string): Promise<void> {
  const own = async (entryPoints: Readonly<Record<string, string>>, format: 'cjs' | 'esm'): Promise<void> => {
    await build({
      entryPoints,
      outdir: folder,
      outExtension: { '.js': format === 'cjs' ? '.cjs' : '.mjs' },
      bundle: true,
      format,
      platform: 'node',
      target: 'node20.19',
      define: { CAMD_BUILD: JSON.stringify(hash) },
      plugins: [sharedLoader],
      minifyWhitespace: true,
      minifySyntax: true,
      logLevel: 'warning',
    });
  };
  await own({ loader: 'packaging/loader/load.ts', camd: 'packaging/loader/main.ts' }, 'cjs');
  await own({ 'code-cache': 'packaging/loader/warm.ts' }, 'esm');
  const command = join(folder, 'camd.cjs');
  put(command, SHEBANG + readFileSync(command, 'utf8'));
}

/** A separate file, so that there is one loader with one list of modules. */
const sharedLoader: Plugin = {
  name: 'shared-loader',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/load\.ts$/ }, () => ({ path: './loader.cjs', external: true })),
};

/** The text of an ES module that exports a module of the program. */
function libraryOf(name: string, exports: readonly string[]): string {
  return [
    "import loader from './loader.cjs';",
    `export const { ${exports.join(', ')} } = loader.load('${name}.cjs');`,
    '',
  ].join('\n');
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Native or large packages, which stay separate and may be missing. */
function optionalDependencies(): string[] {
  const read: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  if (typeof read !== 'object' || read === null || !('optionalDependencies' in read)) return [];
  return Object.keys(read.optionalDependencies as Record<string, string>);
}
