// Parses a message into the numbers of a reading: JSON, fields by path, finite numbers only. Pure.

import type { Reading } from '../../../core/contract/plugin.ts';

/** A sensor's message has a few hundred bytes; a larger one is not read. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Name → the keys that lead to its value. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** "imu.angles.roll" is a path through objects; a number is an index in a list. */
export const fieldsOf = (fields: Readonly<Record<string, string>>): Fields =>
  new Map(Object.entries(fields).map(([name, path]) => [name, path.split('.')]));

export type Parsed = { readonly values: Reading['values'] } | { readonly reason: string };

/** All fields must exist. A reason is the end of a sentence and quotes nothing from the message. */
export function valuesOf(payload: Buffer, fields: Fields): Parsed {
  if (payload.length > MAX_MESSAGE_BYTES) return { reason: `is larger than ${MAX_MESSAGE_BYTES / 1024} KiB` };
  let message: unknown;
  try {
    message = JSON.parse(payload.toString('utf8'));
  } catch {
    return { reason: 'is not JSON' };
  }
  const values: Record<string, number> = {};
  for (const [name, path] of fields) {
    const value = at(message, path);
    if (value === undefined) return { reason: `has no "${path.join('.')}"` };
    if (typeof value !== 'number' || !Number.isFinite(value))
      return { reason: `has a "${path.join('.')}" that is not a finite number` };
    values[name] = value;
  }
  return { values };
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined,
    value,
  );
}
