// Allows bundled code to `await import()` a CommonJS package with its named exports, as in Node.

import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'commonjs-import';
const here = createRequire(import.meta.url);

/** Puts a wrapper module between import and package that exports each name, as Node detects them. */
export function namedImports(external: readonly string[]): Plugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^[a-z@]/ }, async ({ path, kind, resolveDir }) => {
        if (kind !== 'dynamic-import' || external.includes(path) || path.startsWith('node:')) return undefined;
        const names = await commonJsNames(path);
        return names && { path, namespace: NAMESPACE, pluginData: { names, resolveDir } };
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData: { names, resolveDir } }) => ({
        contents: `const all = require(${JSON.stringify(path)});\nexport default all;\nexport const { ${names.join(', ')} } = all;\n`,
        resolveDir,
      }));
    },
  };
}

/** The names of the package's exports; undefined for an ES module, which needs no wrapper. */
async function commonJsNames(specifier: string): Promise<string[] | undefined> {
  const module: Record<string, unknown> = await import(specifier);
  if (module.default === undefined || module.default !== here(specifier)) return undefined;
  return Object.keys(module).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default');
}

/** A dependency of one package on another that camd never uses. It is left out of the bundle; a call of it fails. */
export interface Unused {
  readonly package: string;
  readonly by: string;
}

export function unused(list: readonly Unused[]): Plugin {
  return {
    name: 'unused',
    setup(build) {
      build.onResolve({ filter: /^[a-z@]/ }, ({ path, importer }) =>
        list.some((entry) => entry.package === path && importer.includes(`/node_modules/${entry.by}/`))
          ? { path, namespace: 'unused' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
        contents: `module.exports = () => () => { throw new Error(${JSON.stringify(`${path} is not part of this program.`)}); };`,
      }));
    },
  };
}

/** Modules of Node that are loaded on the first use of an export. */
export function late(names: readonly string[]): Plugin {
  return {
    name: 'late',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, importer, namespace }) =>
        names.includes(path) && namespace === 'file' && !importer.includes('/node_modules/')
          ? { path, namespace: 'late' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
        contents: `let all;
for (const name of ${JSON.stringify(Object.keys(here(path)))})
  Object.defineProperty(exports, name, { enumerable: true, get: () => (all ??= require(${JSON.stringify(path)}))[name] });`,
      }));
    },
  };
}
