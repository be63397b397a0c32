// Builds the splice that sets, removes or inserts an entry of a map, in block and in flow form. Pure.

import { isCollection } from 'yaml';
import { inline } from '../../../../core/profile/show/inline.ts';
import { type PlainValue, Refusal, type Splice } from './edits.ts';
import { type Entry, endOf, entryOf, isEmpty, isFlow, keyOf, type ParsedMap, startOf } from './find.ts';
import { indentAt, isFirstOnLine, lineBreak, lineEnd, lineStart, nextLine } from './lines.ts';
import { entryLines } from './write.ts';

/** Sets the value of an entry, or appends the entry. */
export function replacement(text: string, map: ParsedMap, key: string, value: PlainValue): Splice {
  const entry = entryOf(map, key);
  if (!entry) return insertion(text, map, key, value, undefined);
  const written = inline(value);
  if (isEmpty(entry.value)) {
    const colon = text.indexOf(':', entry.key.range[1]);
    if (colon < 0) throw new Refusal('unsafe', `"${key}" has no colon.`);
    return { start: colon + 1, end: colon + 1, text: ` ${written}` };
  }
  const node = entry.value as NonNullable<Entry['value']>;
  const end = endOf(node, node.range[1]);
  if (isCollection(node) && node.flow !== true) {
    // A block begins on its own line: the new value moves up behind the colon.
    const colon = text.indexOf(':', entry.key.range[1]);
    return { start: colon + 1, end: trimEnd(text, colon + 1, end), text: ` ${written}` };
  }
  return { start: node.range[0], end: trimEnd(text, node.range[0], end), text: written };
}

/** Removes an entry: its lines in a block, its text and one comma in a flow map. */
export function removal(text: string, map: ParsedMap, key: string): Splice {
  const entry = entryOf(map, key);
  if (!entry) throw new Refusal('missing', `There is no "${key}".`);
  if (map.items.length === 1)
    throw new Refusal('unsafe', `"${key}" is the only entry there; removing it would leave an empty map.`);
  const start = startOf(entry);
  const end = trimEnd(text, start, valueEnd(text, entry));
  if (!isFlow(map)) {
    if (!isFirstOnLine(text, start)) throw new Refusal('unsafe', `"${key}" does not begin its line.`);
    return { start: lineStart(text, start), end: nextLine(text, lineEnd(text, end)), text: '' };
  }
  const comma = /^\s*,[ \t]*/.exec(text.slice(end));
  if (comma) return { start, end: end + comma[0].length, text: '' };
  const before = /\s*,\s*$/.exec(text.slice(0, start));
  if (!before) throw new Refusal('unsafe', `"${key}" has no comma next to it.`);
  return { start: before.index, end, text: '' };
}

/** Adds an entry after the sibling `after`, or at the end. */
export function insertion(
  text: string,
  map: ParsedMap,
  key: string,
  value: PlainValue,
  after: string | undefined,
): Splice {
  if (entryOf(map, key)) throw new Refusal('exists', `There is a "${key}" already.`);
  const items = map.items as Entry[];
  const sibling = items.find((pair) => keyOf(pair) === after) ?? items.at(-1);
  if (isFlow(map)) return flowInsertion(text, map, sibling, pairOf(key, value));
  if (!sibling) throw new Refusal('unsafe', 'The map is empty.');
  const first = startOf(items[0] ?? sibling);
  if (!isFirstOnLine(text, first)) throw new Refusal('unsafe', 'The map does not begin on a line of its own.');
  const indent = indentAt(text, first);
  const eol = lineBreak(text, first);
  const at = lineEnd(text, trimEnd(text, startOf(sibling), valueEnd(text, sibling)));
  const gap = separated(text, items) ? eol : '';
  const lines = entryLines(key, value, stepOf(text, items, indent)).map((line) => indent + line);
  return { start: at, end: at, text: eol + gap + lines.join(eol) };
}

function flowInsertion(text: string, map: ParsedMap, sibling: Entry | undefined, pair: string): Splice {
  if (!sibling) {
    const open = map.range[0] + 1;
    return { start: open, end: map.range[1] - 1, text: ` ${pair} ` };
  }
  const end = trimEnd(text, startOf(sibling), valueEnd(text, sibling));
  return { start: end, end, text: `, ${pair}` };
}

const pairOf = (key: string, value: PlainValue): string => inline({ [key]: value }).slice(2, -2);

function valueEnd(text: string, entry: Entry): number {
  const colon = text.indexOf(':', entry.key.range[1]);
  if (isEmpty(entry.value)) return colon < 0 ? entry.key.range[1] : colon + 1;
  return endOf(entry.value, entry.key.range[1]);
}

/** Blanks and line breaks at the end of a value do not belong to it. */
function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text[at - 1] ?? '')) at--;
  return at;
}

/** True if blank lines separate all entries of this map. */
function separated(text: string, items: readonly Entry[]): boolean {
  const starts = items.slice(1).map((pair) => lineStart(text, startOf(pair)));
  const blank = starts.filter((start) => /\n[ \t]*\r?\n$/.test(text.slice(0, start)));
  return starts.length > 0 && blank.length === starts.length;
}

/** The indentation of a node's entries relative to its id; two spaces if no node shows it. */
function stepOf(text: string, items: readonly Entry[], indent: string): string {
  for (const { value } of items) {
    if (!isCollection(value) || value.flow === true) continue;
    const first = (value as ParsedMap).items[0] as Entry | undefined;
    const deeper = first?.key?.range ? indentAt(text, first.key.range[0]) : '';
    if (deeper.length > indent.length) return deeper.slice(indent.length);
  }
  return '  ';
}
