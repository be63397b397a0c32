// Converts values from and for databases: facts, times without a zone, and errors as texts.

import type { Opened } from './database.ts';

export function factOf(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** A time for a column with or without a zone. Without one it is UTC, as the clients of such tables expect. */
export function timeFor(kind: Opened['kind'], time: number): string {
  const text = new Date(time).toISOString();
  // MySQL accepts no "T" and no "Z"; its session is set to UTC.
  return kind === 'mysql' ? text.slice(0, -1).replace('T', ' ') : text;
}

/** PostgreSQL refuses to compare an integer with text that is not an integer (22P02) or too large (22003). */
export const isUnreadableId = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === '22P02' || cause.code === '22003');

/** Drivers put user names, but never passwords, into their messages; some errors have only a code. */
export function describe(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(first instanceof Error)) return String(first);
  return (first.message || ('code' in first ? String(first.code) : first.name)).replace(/\.$/, '');
}

/** A quoted name, its schema included, for statements that Kysely does not build; the options' schema has checked its characters. */
export const quotedName = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
