// Merges two profiles: maps merge, lists and scalars replace, null removes. Pure; values keep their places.

import type { Entry, Tree } from './tree.ts';

/** `over` overrides `beneath`. A null without a counterpart stays, so that it can be reported. */
export function merge(beneath: Tree, over: Tree): Tree {
  if (beneath.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map<string, Entry>(beneath.entries);
  for (const [key, entry] of over.entries) {
    const old = beneath.entries.get(key);
    if (!old) entries.set(key, entry);
    else if (entry.value.kind === 'leaf' && entry.value.value === null) entries.delete(key);
    else {
      // Uses the key of the overriding file: problems of the whole node should be fixed where it was changed last.
      entries.set(key, { key: entry.key, value: merge(old.value, entry.value) });
    }
  }
  return { kind: 'map', entries, range: over.range };
}
