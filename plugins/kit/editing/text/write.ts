// Entries of a map as YAML text: on one line, or nodes as an indented block. Pure.

import { inline } from '../../../../core/profile/show/inline.ts';
import type { PlainValue } from './edits.ts';

/** A node whose options have up to this many characters is written on one line, as `id: { use: …, … }`. */
const MAX_FLOW = 110;

/** Literal text: escapes every "${", so that it is not read as an interpolation. */
export function literal(value: PlainValue): PlainValue {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]));
  }
  return value;
}

/** The entry `key: value` as lines without indentation; a map too long for one line becomes a block. */
export function entryLines(key: string, value: PlainValue, step: string): string[] {
  const line = `${inline(key)}: ${inline(value)}`;
  if (line.length <= MAX_FLOW || typeof value !== 'object' || value === null || Array.isArray(value)) return [line];
  const entries = Object.entries(value as { readonly [key: string]: PlainValue });
  return [`${inline(key)}:`, ...entries.map(([name, item]) => `${step}${inline(name)}: ${inline(item)}`)];
}
