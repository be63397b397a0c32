// The values in which two profiles differ, old and new by path, with secrets masked. Pure.

import { isSearchable } from '../../base/redact.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { OptionValue } from '../../contract/profile.ts';
import type { NodeSpec, Profile } from '../profile.ts';
import { inline } from './inline.ts';
import { HIDDEN, printedNode } from './print.ts';

export interface ValueChange {
  /** undefined for a key of the profile itself. */
  readonly node: string | undefined;
  /** "fps", "auth.user", "cameras[0].name". */
  readonly path: string;
  /** YAML text; undefined if the value is not set. A changed secret has the same text before and after. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A profile and the catalog of its reading. */
export interface Shown {
  readonly profile: Profile;
  readonly catalog: Catalog;
}

/** Most characters of a value that are shown. */
const MAX_TEXT = 80;

/** Compares only nodes that exist in both profiles. Unchanged nodes cost little, even if they have moved. */
export function changedValues(before: Shown, after: Shown): ValueChange[] {
  const secrets = [...before.profile.secrets, ...after.profile.secrets].filter(isSearchable);
  const changes: ValueChange[] = compare(undefined, '', pair(topOf(before.profile)), pair(topOf(after.profile)));
  for (const [id, spec] of after.profile.nodes) {
    const old = before.profile.nodes.get(id);
    if (!old || isSame(old, spec)) continue;
    changes.push(...compare(id, '', nodeValue(old, before.catalog, secrets), nodeValue(spec, after.catalog, secrets)));
  }
  return changes;
}

function isSame(old: NodeSpec, spec: NodeSpec): boolean {
  if (old.options === spec.options && old.use === spec.use && old.parse === spec.parse) return true;
  return JSON.stringify(rawOf(old)) === JSON.stringify(rawOf(spec));
}

/** A value, and the same value with secrets masked. */
interface Value {
  readonly raw: unknown;
  readonly shown: unknown;
}

const pair = (value: unknown): Value => ({ raw: value, shown: value });

function nodeValue(spec: NodeSpec, catalog: Catalog, secrets: readonly string[]): Value {
  return { raw: rawOf(spec), shown: printedNode(spec, catalog, secrets) };
}

const rawOf = ({ use, options, parse }: NodeSpec): object => ({
  use,
  ...options,
  ...(parse ? { parse: { use: parse.use, ...parse.options } } : {}),
});

const topOf = ({ watch, control, log, memory, freeAfter, plugins }: Profile) => ({
  watch,
  control,
  log,
  memory,
  free_after: freeAfter,
  plugins,
});

function compare(node: string | undefined, path: string, before: Value, after: Value): ValueChange[] {
  if (isMap(before.raw) && isMap(after.raw)) {
    const keys = new Set([...Object.keys(before.raw), ...Object.keys(after.raw)]);
    return [...keys].flatMap((key) => {
      return compare(node, path === '' ? key : `${path}.${key}`, inside(before, key), inside(after, key));
    });
  }
  if (JSON.stringify(before.raw) === JSON.stringify(after.raw)) return [];
  if (isListOfMaps(before.raw) && isListOfMaps(after.raw) && before.raw.length === after.raw.length) {
    return before.raw.flatMap((_, index) => {
      return compare(node, `${path}[${index}]`, inside(before, index), inside(after, index));
    });
  }
  return [{ node, path, before: textOf(before), after: textOf(after) }];
}

function inside({ raw, shown }: Value, key: string | number): Value {
  return { raw: property(raw, key), shown: property(shown, key) };
}

const property = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isListOfMaps = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every(isMap);

function textOf({ shown }: Value): string | undefined {
  if (shown === undefined) return undefined;
  if (shown === HIDDEN) return HIDDEN;
  const text = inline(shown as OptionValue).replaceAll('$${', () => '${');
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
