// The splice that adds an item to a list or removes one, in block and in flow form. Pure.

import { isScalar, isSeq, type ParsedNode, type YAMLSeq } from 'yaml';
import { inline } from '../../../../core/profile/show/inline.ts';
import { Refusal, type Splice } from './edits.ts';
import { entryOf, type ParsedMap } from './find.ts';
import { indentAt, isFirstOnLine, lineBreak, lineEnd, lineStart, nextLine } from './lines.ts';

/** Adds `value` at the end. A scalar in place of a list becomes a flow list of both. */
export function appended(text: string, map: ParsedMap, key: string, value: string): Splice {
  const node = valueOfKey(map, key);
  if (isScalar(node)) {
    const [start, end] = node.range as [number, number, number];
    return { start, end, text: `[${text.slice(start, end).trim()}, ${inline(value)}]` };
  }
  const list = listOf(node, key);
  const last = list.items.at(-1);
  if (list.flow === true) {
    const [start, end] = list.range;
    if (!last) return { start: start + 1, end: end - 1, text: inline(value) };
    return { start: last.range[1], end: last.range[1], text: `, ${inline(value)}` };
  }
  if (!last) throw new Refusal('unsafe', `"${key}" is an empty list in block form.`);
  const first = list.items[0] ?? last;
  const dash = dashOf(text, first);
  const at = lineEnd(text, last.range[1]);
  return { start: at, end: at, text: `${lineBreak(text, dash)}${indentAt(text, dash)}- ${inline(value)}` };
}

/** Removes the first item that equals `value`; the only item of a list cannot be removed. */
export function dropped(text: string, map: ParsedMap, key: string, value: string): Splice {
  const list = listOf(valueOfKey(map, key), key);
  const at = list.items.findIndex((item) => isScalar(item) && String(item.value) === value);
  const item = list.items[at];
  if (!item) throw new Refusal('missing', `"${value}" is not in the list "${key}".`);
  if (list.items.length === 1) throw new Refusal('unsafe', `"${value}" is the only item of "${key}".`);
  if (list.flow !== true) {
    const dash = dashOf(text, item);
    return { start: lineStart(text, dash), end: nextLine(text, lineEnd(text, item.range[1])), text: '' };
  }
  const next = list.items[at + 1];
  if (next) return { start: item.range[0], end: next.range[0], text: '' };
  const before = list.items[at - 1];
  return { start: before?.range[1] ?? item.range[0], end: item.range[1], text: '' };
}

function valueOfKey(map: ParsedMap, key: string): ParsedNode {
  const value = entryOf(map, key)?.value;
  if (!value) throw new Refusal('missing', `There is no "${key}".`);
  return value;
}

type List = YAMLSeq<ParsedNode> & { readonly range: [number, number, number] };

function listOf(node: ParsedNode, key: string): List {
  if (isSeq(node)) return node as List;
  throw new Refusal('unsafe', `"${key}" is not a list of its own; edit the file by hand.`);
}

/** The offset of the "-" of an item in a block list; it must begin its line. */
function dashOf(text: string, item: ParsedNode): number {
  const dash = text.lastIndexOf('-', item.range[0] - 1);
  if (dash < 0 || !isFirstOnLine(text, dash)) throw new Refusal('unsafe', 'The item does not begin its line.');
  return dash;
}
