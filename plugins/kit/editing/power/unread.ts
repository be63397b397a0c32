// Finds what camd would read or load to check a candidate: includes, plugins, secret files. Looks at its texts alone. Pure.

import type { Fenced } from '../../../../core/contract/kernel.ts';
import { entryOf, placeOf, type Tree, toValue } from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import { allOutside } from './outside.ts';

type Texts = ReadonlyMap<string, string>;

export const MACHINE = 'change this on the machine';

/** If the list is not empty, the candidate must not be read any further. Both sets of texts have the same files. */
export function unreadable(before: Texts, after: Texts): Fenced[] {
  const known = new Set<string>();
  const trees = new Map<string, Tree | undefined>();
  for (const [file, text] of before) {
    const { tree } = parseYaml(file, text);
    trees.set(file, tree);
    for (const reference of allOutside(tree)) known.add(reference);
  }
  return [...after].flatMap(([file, text]): Fenced[] => {
    if (before.get(file) === text) return [];
    const { tree } = parseYaml(file, text);
    const old = trees.get(file);
    const keys = ['include', 'plugins'].flatMap((key): Fenced[] => {
      const entry = entryOf(tree, key);
      if (same(entry?.value, entryOf(old, key)?.value)) return [];
      const at = entry?.key ?? entryOf(old, key)?.key;
      const message = `"${key}" makes camd read other files or run their code; ${MACHINE}.`;
      return [{ path: key, message, ...(at ? { place: placeOf(at) } : {}) }];
    });
    return [...keys, ...newReferences(tree, known)];
  });
}

const same = (a: Tree | undefined, b: Tree | undefined): boolean =>
  JSON.stringify(a && toValue(a)) === JSON.stringify(b && toValue(b));

/** Leaves with an environment variable, a file or a credential that no file of the profile has used so far. */
function newReferences(tree: Tree | undefined, known: ReadonlySet<string>): Fenced[] {
  if (!tree) return [];
  if (tree.kind === 'list') return tree.items.flatMap((item) => newReferences(item, known));
  if (tree.kind === 'map') return [...tree.entries.values()].flatMap(({ value }) => newReferences(value, known));
  return [...allOutside(tree)]
    .filter((reference) => !known.has(reference))
    .map((reference) => ({
      path: `\${${reference}}`,
      place: placeOf(tree.range),
      message: `\${${reference}} reads a secret or the environment of this machine; ${MACHINE}.`,
    }));
}
