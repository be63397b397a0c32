// Values as YAML text: scalars plain or quoted, collections in flow form on one line, nodes as an indented block.

import { stringify } from 'yaml';
import type { PlainValue } from './edits.ts';

/** Options of a node up to this many characters stand on one line, as `id: { use: …, … }`. */
const MAX_FLOW = 110;

/** Literal text: what looks like an interpolation stays what it is. */
export function literal(value: PlainValue): PlainValue {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]));
  }
  return value;
}

/** One line that may stand anywhere, also inside a flow collection. */
export function inline(value: PlainValue): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${inline(item as PlainValue)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalar(value as string | number | boolean | null);
}

/** The entry `key: value` as lines without indentation; a map too long for one line becomes a block. */
export function entryLines(key: string, value: PlainValue, step: string): string[] {
  const line = `${scalar(key)}: ${inline(value)}`;
  if (line.length <= MAX_FLOW || typeof value !== 'object' || value === null || Array.isArray(value)) return [line];
  const entries = Object.entries(value as { readonly [key: string]: PlainValue });
  return [`${scalar(key)}:`, ...entries.map(([name, item]) => `${step}${scalar(name)}: ${inline(item)}`)];
}

/** Plain where it reads the same everywhere, also between brackets and braces; else in double quotes. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  const text = stringify(value, { version: '1.2', lineWidth: 0 }).trim();
  return text === value && !/[[\]{},#&*!|>%@`"'\\\n]|:$|: |^[-?:]/.test(text) ? text : JSON.stringify(value);
}
