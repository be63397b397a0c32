// Compares results with a test's expectation: returns each difference with the key of the expectation. Pure.

import type { Expectation, HeadersWanted } from './language.ts';
import type { SeenPicture } from './pictures.ts';

/** An output of a node, a request at a stand-in, or a picture of a viewer. */
export interface Item {
  readonly camera?: string;
  readonly picture: SeenPicture | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: Buffer;
}

/** A difference; `key` is the unmet key of the expectation. */
export interface Miss {
  readonly key: string;
  readonly expected: string;
  readonly seen: string;
}

/** Expectations of each item; `what` names one item, such as "request". */
export function compareEach(expectation: Expectation, items: readonly Item[], what: string): Miss[] {
  const misses: Miss[] = [];
  const all = (key: keyof Expectation, expected: string, of: (item: Item) => string): void => {
    const wrong = items.map(of).findIndex((value) => value !== expected);
    if (items.length === 0) misses.push({ key, expected, seen: `no ${what}` });
    else if (wrong >= 0) misses.push({ key, expected, seen: whichOf(of(items[wrong] as Item), wrong, items, what) });
  };
  const { size, type, contains, headers, json } = expectation;
  if (size !== undefined) all('size', size, ({ picture }) => picture?.size ?? 'no picture');
  if (type !== undefined) all('type', type, ({ picture }) => picture?.type ?? 'no picture');
  if (contains !== undefined) {
    const text = JSON.stringify(contains);
    all('contains', text, ({ body }) => (body?.includes(contains) ? text : excerpt(body)));
  }
  if (json !== undefined) {
    const text = JSON.stringify(json);
    all('json', text, ({ body }) => (within(json, parsed(body)) ? text : excerpt(body)));
  }
  if (headers && items.length === 0) misses.push({ key: 'headers', expected: 'headers', seen: `no ${what}` });
  for (const [index, item] of items.entries()) {
    const found = headers ? compareHeaders(headers, item.headers ?? {}) : [];
    misses.push(...found.map((miss) => ({ ...miss, seen: whichOf(miss.seen, index, items, what) })));
    if (found.length > 0) break;
  }
  return misses;
}

export function compareList(expectation: Expectation, items: readonly Item[], what: string): Miss[] {
  const misses: Miss[] = [];
  const { count, at_least: least, order, cameras } = expectation;
  if (count !== undefined && items.length !== count) {
    misses.push({ key: 'count', expected: counted(count, what), seen: String(items.length) });
  }
  if (least !== undefined && items.length < least) {
    misses.push({ key: 'at_least', expected: `at least ${counted(least, what)}`, seen: String(items.length) });
  }
  if (order) {
    const seen = items.flatMap(({ picture }) => (picture ? [picture.number ?? '?'] : []));
    if (seen.join() !== order.join()) misses.push({ key: 'order', expected: listed(order), seen: listed(seen) });
  }
  if (cameras) {
    const seen = items.map(({ camera = '?' }) => camera);
    if (seen.join() !== cameras.join()) misses.push({ key: 'cameras', expected: listed(cameras), seen: listed(seen) });
  }
  return misses;
}

/** Header names are not case-sensitive; `key` is "headers/NAME". */
export function compareHeaders(expectation: HeadersWanted, found: NonNullable<Item['headers']>): Miss[] {
  const byName = new Map(Object.entries(found).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(expectation).flatMap(([name, value]): Miss[] => {
    const has = byName.get(name.toLowerCase());
    const seen = has === undefined ? 'none' : typeof has === 'string' ? has : has.join(', ');
    const expected = value === null ? 'none' : String(value);
    if (seen === expected || (value === '*' && has !== undefined)) return [];
    return [{ key: `headers/${name}`, expected: value === '*' ? 'any value' : expected, seen }];
  });
}

/** True if every value of `expected` is in `value`; lists must have the same length. */
export function within(expected: unknown, value: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((item, index) => within(item, value[index]))
    );
  }
  if (typeof expected !== 'object' || expected === null) return expected === value;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(expected).every(
    ([key, item]) => Object.hasOwn(value, key) && within(item, Reflect.get(value, key)),
  );
}

export function parsed(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString() ?? '');
  } catch {
    return undefined;
  }
}

/** The beginning of a body, for messages. */
export function excerpt(body: Buffer | undefined): string {
  if (body === undefined || body.length === 0) return 'an empty body';
  const text = body.toString('utf8');
  if (text.includes('\uFFFD')) return `${body.length} bytes that are not text`;
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

const whichOf = (seen: string, index: number, items: readonly Item[], what: string): string =>
  items.length === 1 ? seen : `${seen} (${what} ${index + 1} of ${items.length})`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const listed = (items: readonly unknown[]): string => `[${items.join(', ')}]`;
