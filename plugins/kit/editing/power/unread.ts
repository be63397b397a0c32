// What a candidate would make camd read or load before it can be judged: includes, plugins, secret files. Found in its texts alone. Pure.

import type { Fenced } from '../../../../core/contract/kernel.ts';
import { entryOf, placeOf, type Tree, toValue } from '../../../../core/profile/source/tree.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import { allOutside } from './outside.ts';

type Texts = ReadonlyMap<string, string>;

export const MACHINE = 'change this on the machine';

/** With anything in the list, the candidate must not be read any further. Both have the same files. */
export function unreadable(before: Texts, after: Texts): Fenced[] {
  const known = new Set<string>();
  const trees = new Map<string, Tree | undefined>();
  for (const [file, text] of before) {
    const { tree } = parseYaml(file, text);
    trees.set(file, tree);
    for (const one of allOutside(tree)) known.add(one);
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
    return [...keys, ...strangers(tree, known)];
  });
}

const same = (a: Tree | undefined, b: Tree | undefined): boolean =>
  JSON.stringify(a && toValue(a)) === JSON.stringify(b && toValue(b));

/** Leaves that name a variable of the environment, a file or a credential that no file of the profile names so far. */
function strangers(tree: Tree | undefined, known: ReadonlySet<string>): Fenced[] {
  if (!tree) return [];
  if (tree.kind === 'list') return tree.items.flatMap((item) => strangers(item, known));
  if (tree.kind === 'map') return [...tree.entries.values()].flatMap(({ value }) => strangers(value, known));
  return [...allOutside(tree)]
    .filter((one) => !known.has(one))
    .map((one) => ({
      path: `\${${one}}`,
      place: placeOf(tree.range),
      message: `\${${one}} reads a secret or the environment of this machine; ${MACHINE}.`,
    }));
}
