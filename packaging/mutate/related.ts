// Finds the tests that reach a source file, by their imports, the nearest first.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** Tests that need a browser or a virtual machine. */
const HEAVY = /-page\.test\.ts$|^test\/machine\//;
/** Unit tests of single parts; not tests of whole daemons. */
const UNIT = /^test\/(core|plugins)\/.*\.test\.ts$/;

/** Ignored, because everything reaches every plugin through it. */
const PLUGIN_LIST = 'plugins/index.ts';

export const isUnitTest = (file: string): boolean => UNIT.test(file) && !HEAVY.test(file);

/** `files`: paths relative to `root`. Returns the tests of a source file, sorted by the number of imports between. */
export function relatedTests(root: string, tests: readonly string[]): (file: string) => readonly string[] {
  const imports = new Map<string, readonly string[]>();
  const importsOf = (file: string): readonly string[] => {
    const known = imports.get(file);
    if (known) return known;
    const found = readImports(root, file);
    imports.set(file, found);
    return found;
  };
  // A test that runs a profile imports the plugin in its name through the list of all plugins.
  const startsOf = (test: string): readonly string[] => [test, `${mirrored(test)}.ts`, `${mirrored(test)}/index.ts`];
  const distances = tests.map((test) => ({ test, from: distancesFrom(startsOf(test), importsOf) }));

  return (file) =>
    distances
      .flatMap(({ test, from }) => {
        const distance = from.get(file);
        return distance === undefined ? [] : [{ test, rank: distance - 2 * kinship(test, file) }];
      })
      .sort((a, b) => a.rank - b.rank || a.test.localeCompare(b.test))
      .map(({ test }) => test);
}

/** Number of folders that a test and a source have in common: one for test/core/profile/x.test.ts and core/profile/y.ts. */
function kinship(test: string, file: string): number {
  const [a, b] = [mirrored(test).split('/'), file.replace(/\.ts$/, '').split('/')];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  // Everything is below core or plugins, and a common plugins/kit counts no more than that.
  return Math.max(0, same - (a[1] === 'kit' ? 2 : 1));
}

/** The source in a test's name: plugins/source/tcp for test/plugins/source/tcp.test.ts. */
const mirrored = (test: string): string => test.replace(/^test\//, '').replace(/\.test\.ts$/, '');

function distancesFrom(
  starts: readonly string[],
  importsOf: (file: string) => readonly string[],
): ReadonlyMap<string, number> {
  const distances = new Map(starts.map((file) => [file, 0]));
  for (const [file, distance] of distances) {
    for (const next of importsOf(file)) if (!distances.has(next)) distances.set(next, distance + 1);
  }
  return distances;
}

function readImports(root: string, file: string): string[] {
  const path = join(root, file);
  if (file === PLUGIN_LIST || !existsSync(path)) return [];
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) => normalize(join(dirname(file), name)));
}
