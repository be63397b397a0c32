// Finds an entry of a map in a YAML text: its key, its value and its last character.

import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { Refusal } from './edits.ts';

export type Parsed = Document.Parsed<ParsedNode>;
export type Entry = Pair<ParsedNode, ParsedNode | null>;
export type ParsedMap = YAMLMap<ParsedNode, ParsedNode | null> & { readonly range: [number, number, number] };

/** Throws a Refusal if the text is not YAML. */
export function parse(text: string): Parsed {
  let document: Parsed;
  try {
    document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
  } catch {
    throw new Refusal('unreadable', 'The file is nested too deeply.');
  }
  if (document.errors.length > 0)
    throw new Refusal('unreadable', 'The file is not valid YAML; correct it by hand first.');
  return document;
}

/** The root as a map; throws a Refusal for any other root. */
export function rootOf(document: Parsed): ParsedMap {
  if (!isMap(document.contents)) throw new Refusal('unreadable', 'The file does not contain a map.');
  return document.contents as ParsedMap;
}

export function entryOf(map: ParsedMap, key: string): Entry | undefined {
  return (map.items as Entry[]).find((pair) => keyOf(pair) === key);
}

export function keyOf(pair: Entry): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  return typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value));
}

/** The map at the path. Refuses aliases on the way: a change behind one would change other places too. */
export function mapAt(root: ParsedMap, path: readonly string[]): ParsedMap {
  let map = root;
  for (const step of path) {
    const value = entryOf(map, step)?.value;
    if (value === undefined) throw new Refusal('missing', `There is no "${step}".`);
    if (isAlias(value)) {
      throw new Refusal(
        'shared',
        `"${step}" is an alias (*${value.source}) for text in another place. Edit the file by hand.`,
      );
    }
    if (!isMap(value)) throw new Refusal('missing', `"${step}" is not a map.`);
    map = value as ParsedMap;
  }
  return map;
}

export const isFlow = (map: ParsedMap): boolean => map.flow === true;

/** The offset after the last character of a node; block scalars include their line break. */
export function endOf(node: Node | null | undefined, fallback: number): number {
  if (!isNode(node) || !node.range) return fallback;
  if (isCollection(node) && node.flow !== true) {
    const last = node.items.at(-1) as Entry | Node | undefined;
    if (last === undefined) return node.range[1];
    if (isNode(last)) return endOf(last, fallback);
    const keyEnd = endOf(last.key as Node | null, fallback);
    return endOf(last.value as Node | null, keyEnd);
  }
  return Math.max(node.range[1], node.range[0]);
}

/** The offset of the entry's key, including its anchor or tag. */
export function startOf(pair: Entry): number {
  return pair.key.range[0];
}

/** True if the value has no text: `key:` with nothing after it. */
export const isEmpty = (value: ParsedNode | null): boolean =>
  value === null || (isScalar(value) && value.value === null && value.range[0] === value.range[1]);
