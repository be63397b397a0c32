// Moves options with a former name to the present name, with a warning for each. Pure.

import type { Problem } from '../../contract/problems.ts';
import type { OptionSchema } from '../../contract/schema.ts';
import { type Entry, type Mapping, problem, type Tree } from '../source/tree.ts';
import { candidates, propertyCandidates } from './schema-walk.ts';

/** The tree as if written with the present names; applies every keyword `renamed` of the schema, at any depth. */
export function rename(tree: Tree, schema: OptionSchema): { tree: Tree; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const walk = (value: Tree, schemas: readonly OptionSchema[]): Tree => {
    if (value.kind === 'leaf') return value;
    const possible = schemas.flatMap((candidate) => candidates(candidate, schema));
    if (value.kind === 'list') {
      const items = possible.flatMap((candidate) => candidate.items ?? []);
      return { ...value, items: value.items.map((item) => walk(item, items)) };
    }
    const present = presentNames(value, possible, problems);
    const entries = [...present].map(([name, entry]): [string, Entry] => [
      name,
      { key: entry.key, value: walk(entry.value, propertyCandidates(possible, name)) },
    ]);
    return { ...value, entries: new Map(entries) };
  };
  // Hardly any schema has former names, and profiles are read often.
  return { tree: hasRenamed(schema) ? walk(tree, [schema]) : tree, problems };
}

function presentNames(map: Mapping, schemas: readonly OptionSchema[], problems: Problem[]): [string, Entry][] {
  const former = new Map(schemas.flatMap((one) => Object.entries(one.renamed ?? {})));
  return [...map.entries].flatMap(([name, entry]): [string, Entry][] => {
    const now = former.get(name);
    if (now === undefined) return [[name, entry]];
    const other = map.entries.get(now);
    if (other) {
      const message = `"${name}" is the former name of "${now}", and both are here: keep "${now}" and remove this one.`;
      problems.push(problem('wrong-value', entry.key, message, other.key));
      return [];
    }
    problems.push(problem('deprecated', entry.key, `"${name}" is now called "${now}": write "${now}:" instead.`));
    return [[now, entry]];
  });
}

/** Cached per schema. */
const known = new WeakMap<OptionSchema, boolean>();

function hasRenamed(schema: OptionSchema): boolean {
  const found = known.get(schema) ?? JSON.stringify(schema).includes('"renamed":{');
  known.set(schema, found);
  return found;
}
