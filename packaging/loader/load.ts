// Loads the modules of the built program. Each is a function in its own file; its code comes from V8's code cache if that is valid.
// It is CommonJS, like the command: Node's loader of ES modules takes some 8 ms, and starts only when a plugin is imported from elsewhere.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { openCodeCache } from './code-cache.ts';

/** An ES module after packaging/build/modules.ts. */
type ModuleFunction = (
  exports: object,
  /** Names of other modules start with `./` and are paths below FOLDER. */
  require: (specifier: string) => unknown,
  module: { exports: object },
  url: string,
  load: (specifier: string) => Promise<unknown>,
) => void;

/** The folder of the built program, `dist/`. */
export const FOLDER = __dirname;
/** Scripts by path below FOLDER. */
export const scripts = new Map<string, Script>();

/** Names of modules need no escapes in this URL. */
const INSIDE = pathToFileURL(`${FOLDER}/`).href;
const outside = createRequire(join(FOLDER, 'loader.cjs'));
const modules = new Map<string, { exports: object }>();
const codeOf = openCodeCache(FOLDER);

/** The exports of a module, by its path below FOLDER; runs the module on first use. */
export function load(name: string): object {
  const known = modules.get(name);
  if (known) return known.exports;
  const path = join(FOLDER, name);
  const cachedData = codeOf(name);
  // Modules are ASCII, which V8 stores with one byte per character.
  const script = new Script(readFileSync(path, 'latin1'), { filename: path, ...(cachedData && { cachedData }) });
  scripts.set(name, script);
  const module = { exports: {} };
  modules.set(name, module);
  const require = (specifier: string): unknown => {
    if (specifier.startsWith('./')) return load(specifier.slice(2));
    return process.getBuiltinModule(specifier) ?? outside(specifier);
  };
  const run: ModuleFunction = script.runInThisContext();
  try {
    run(module.exports, require, module, INSIDE + name, async (specifier) => {
      if (specifier.startsWith('./')) return load(specifier.slice(2));
      return specifier.startsWith(INSIDE) ? load(specifier.slice(INSIDE.length)) : import(specifier);
    });
  } catch (thrown) {
    // A module that failed halfway must not count as loaded.
    modules.delete(name);
    throw thrown;
  }
  return module.exports;
}
