// Which tests reach a source file: from the imports, the nearest first.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** Needs a browser, or a machine of its own. */
const HEAVY = /-page\.test\.ts$|^test\/machine\//;
/** Unit tests: those of single parts, not those that run whole daemons. */
const UNIT = /^test\/(core|plugins)\/.*\.test\.ts$/;

export const isUnitTest = (file: string): boolean => UNIT.test(file) && !HEAVY.test(file);

/** `files`: paths relative to `root`. Returns, for a source file, its tests and how many imports lie between. */
export function relatedTests(root: string, tests: readonly string[]): (file: string) => readonly string[] {
  const imports = new Map<string, readonly string[]>();
  const importsOf = (file: string): readonly string[] => {
    const known = imports.get(file);
    if (known) return known;
    const found = readImports(root, file);
    imports.set(file, found);
    return found;
  };
  const distances = tests.map((test) => ({ test, from: distancesFrom(test, importsOf) }));

  return (file) =>
    distances
      .flatMap(({ test, from }) => {
        const distance = from.get(file);
        return distance === undefined ? [] : [{ test, distance, kinship: kinship(test, file) }];
      })
      .sort((a, b) => b.kinship - a.kinship || a.distance - b.distance || a.test.localeCompare(b.test))
      .map(({ test }) => test);
}

/** Folders that the path of a test and that of the source have in common: test/core/profile/x.test.ts, core/profile/y.ts. */
function kinship(test: string, file: string): number {
  const [one, two] = [test.replace(/^test\//, '').replace(/\.test\.ts$/, ''), file.replace(/\.ts$/, '')];
  const [a, b] = [one.split('/'), two.split('/')];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return same;
}

function distancesFrom(start: string, importsOf: (file: string) => readonly string[]): ReadonlyMap<string, number> {
  const distances = new Map([[start, 0]]);
  for (const [file, distance] of distances) {
    for (const next of importsOf(file)) if (!distances.has(next)) distances.set(next, distance + 1);
  }
  return distances;
}

function readImports(root: string, file: string): string[] {
  const path = join(root, file);
  if (!existsSync(path)) return [];
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) => normalize(join(dirname(file), name)));
}
