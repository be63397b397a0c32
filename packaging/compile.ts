// Compiles the sources to JavaScript, file by file, so that runs of many test files do not load a compiler in each process.

import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Loader, type Plugin, transform } from 'esbuild';
import { bundleTap } from './compile-tap.ts';

/** Folder of the compiled files, with the same tree as their sources. */
export const COMPILED = '.compiled';

const FOLDERS = ['core', 'plugins', 'schemas', 'testing', 'test', 'packaging', 'bench'];
const LEFT_OUT = /^(node_modules|\..*)$/;
const SOURCE = /(?<!\.d)\.tsx?$/;
/** An import; the query of a URL makes it a separate module. */
const IMPORTED = /^(\..*)\.tsx?(\?.*)?$/;

/**
 * Options of Node for a compiled test. By default tap follows each promise and timer with a hook, to find the test of an uncaught error;
 * with many of them, that takes half of the time. Without the hook, an uncaught error ends the process, and the file fails.
 */
export const NODE_OPTIONS = [
  '--enable-source-maps',
  `--import=data:text/javascript,${encodeURIComponent(`
    import hooks from 'node:async_hooks';
    import { syncBuiltinESMExports } from 'node:module';
    const none = { enable: () => none, disable: () => none };
    hooks.createHook = () => none;
    syncBuiltinESMExports();
  `)}`,
];

/** The compiled file of a source; both paths are relative to the root. */
export const compiledOf = (file: string): string => join(COMPILED, file.replace(SOURCE, '.js'));

/** Compiles all sources below `root`, or the given ones, and returns them. */
export async function compile(root: string, files?: readonly string[]): Promise<readonly string[]> {
  const out = join(root, COMPILED);
  const sources = files ?? sourcesIn(root);
  if (!files) rmSync(out, { recursive: true, force: true });
  const tap = await bundleTap(root, out);
  await build({
    entryPoints: sources.map((file) => join(root, file)),
    outbase: root,
    outdir: out,
    absWorkingDir: resolve(root),
    // Only to resolve the imports: all of them are external.
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'error',
    plugins: [aside(resolve(root), tap === undefined ? undefined : relative(out, tap))],
  });
  // Packages are resolved upwards from the importing file; those of the tests are in a separate folder.
  if (!files && existsSync(join(out, 'test'))) symlinkSync('../../test/node_modules', join(out, 'test/node_modules'));
  return sources;
}

function sourcesIn(root: string): string[] {
  const within = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return LEFT_OUT.test(entry.name) ? [] : within(path);
      return SOURCE.test(entry.name) ? [path] : [];
    });
  return FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap(within);
}

/**
 * Imports resolve to the compiled files, and those of tap to its bundle, a path below the folder of the compiled files.
 * Paths from `import.meta` stay those of the source, except `import.meta.filename`.
 */
const aside = (root: string, tap: string | undefined): Plugin => ({
  name: 'aside',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path, importer }) => {
      if (kind === 'entry-point') return undefined;
      const bundled = path === 'tap' && tap !== undefined;
      return {
        path: bundled ? `./${relative(dirname(importer), join(root, tap))}` : path.replace(IMPORTED, '$1.js$2'),
        external: true,
      };
    });
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const loader: Loader = path.endsWith('x') ? 'tsx' : 'ts';
      if (!contents.includes('import.meta')) return { contents, loader };
      const define = {
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
        'import.meta.dirname': JSON.stringify(dirname(path)),
      };
      const { code } = await transform(contents, {
        ...{ loader, define, sourcefile: path, sourcemap: 'inline', target: 'node20' },
      });
      return { contents: code, loader: 'js' };
    });
  },
});
