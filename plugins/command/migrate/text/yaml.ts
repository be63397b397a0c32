// Reads YAML of other programs into plain values: ignores tags, limits aliases, and throws only errors with a sentence.

import { parseDocument } from 'yaml';
import { clean } from '../draft.ts';

/** Most uses of aliases in one file; more is an alias bomb. */
const MAX_ALIASES = 100;

export type Fields = Readonly<Record<string, unknown>>;

/** @throws Error with the place of the first syntax error */
export function readYaml(text: string): Fields {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error', merge: true });
  const [first] = document.errors;
  if (first) {
    const line = text.slice(0, first.pos[0]).split('\n').length;
    throw new Error(`line ${line} is not valid YAML`);
  }
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  return fields(value);
}

export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [clean(key), entry]))
    : {};

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? clean(value) : typeof value === 'number' ? String(value) : undefined;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const numberOf = (value: unknown): number | undefined => {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
};
