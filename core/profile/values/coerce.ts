// Converts interpolated strings to the type that the schema requires; nothing else is converted. Pure.

import type { Problem } from '../../contract/problems.ts';
import type { JsonType, OptionSchema } from '../../contract/schema.ts';
import { typeWords } from '../phrasing.ts';
import { type Entry, type Leaf, problem, type Scalar, type Tree } from '../source/tree.ts';
import { candidates, propertyCandidates, typesOf } from './schema-walk.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The tree with its interpolated leaves converted; leaves that cannot be converted are reported and poisoned. */
export function coerce(tree: Tree, schema: OptionSchema): { tree: Tree; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const walk = (value: Tree, schemas: readonly OptionSchema[]): Tree => {
    const possible = schemas.flatMap((candidate) => candidates(candidate, schema));
    if (value.kind === 'list') {
      const items = possible.flatMap((candidate) => candidate.items ?? []);
      return { ...value, items: value.items.map((item) => walk(item, items)) };
    }
    if (value.kind === 'map') {
      const entries = [...value.entries].map(([key, entry]): [string, Entry] => [
        key,
        { key: entry.key, value: walk(entry.value, propertyCandidates(possible, key)) },
      ]);
      return { ...value, entries: new Map(entries) };
    }
    return value.written === undefined || value.poisoned ? value : coerceLeaf(value, possible, problems);
  };
  return { tree: hasInterpolation(tree) ? walk(tree, [schema]) : tree, problems };
}

function coerceLeaf(leaf: Leaf, schemas: readonly OptionSchema[], problems: Problem[]): Leaf {
  const text = String(leaf.value);
  const types = new Set<JsonType>(schemas.flatMap(typesOf));
  const constants = schemas.flatMap((one) => [...(one.enum ?? []), ...(one.const === undefined ? [] : [one.const])]);
  const typed = (value: Scalar): Leaf => ({ ...leaf, value });
  // In a union such as "false or a path", "false" means false.
  if (text === 'true' || text === 'false') {
    const value = text === 'true';
    if (types.has('boolean') || constants.includes(value)) return typed(value);
  }
  if (types.has('string') || constants.includes(text)) return leaf;
  if (types.has('number') && NUMBER.test(text)) return typed(Number(text));
  if (types.has('integer') && NUMBER.test(text) && Number.isInteger(Number(text))) return typed(Number(text));
  const constant = constants.find((value) => String(value) === text);
  if (typeof constant === 'number' || typeof constant === 'boolean') return typed(constant);
  if (types.size === 0) return leaf;
  problems.push(problem('wrong-type', leaf.range, `The value of ${leaf.written} is not ${typeWords([...types])}.`));
  return { ...leaf, poisoned: true };
}

function hasInterpolation(tree: Tree): boolean {
  if (tree.kind === 'leaf') return tree.written !== undefined;
  if (tree.kind === 'list') return tree.items.some(hasInterpolation);
  for (const entry of tree.entries.values()) if (hasInterpolation(entry.value)) return true;
  return false;
}
