// Changes entries of a profile's text and leaves all other bytes as they are: finds, splices, parses again and compares.

import { isDeepStrictEqual } from 'node:util';
import { type Edit, type EditResult, type PlainValue, Refusal, type Splice, splice } from './edits.ts';
import { mapAt, type ParsedMap, parse, rootOf } from './find.ts';
import { appended, dropped } from './lists.ts';
import { insertion, removal, replacement } from './splices.ts';
import { literal } from './write.ts';

/** Edits of one change; more are refused, so that a request cannot keep the daemon busy. */
export const MAX_EDITS = 200;

/** Applies the edits in order, all or none. Never throws. */
export function editText(text: string, edits: readonly Edit[]): EditResult {
  if (edits.length > MAX_EDITS) {
    return {
      ok: false,
      reason: 'unsafe',
      message: `A change has at most ${MAX_EDITS} edits; this one has ${edits.length}.`,
    };
  }
  try {
    return { ok: true, text: edits.reduce(applyOne, text) };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { ok: false, reason: thrown.reason, message: thrown.message };
    throw thrown;
  }
}

function applyOne(text: string, edit: Edit): string {
  const document = parse(text);
  const root = rootOf(document);
  const parent = edit.path.slice(0, -1);
  const key = edit.path.at(-1);
  if (key === undefined) throw new Refusal('missing', 'The edit has an empty path; it must name the entry to change.');
  const map = mapAt(root, parent);
  const change = spliceOf(text, map, key, edit);
  const next = splice(text, [change]);
  compare(plain(document), next, edit);
  return next;
}

function spliceOf(text: string, map: ParsedMap, key: string, edit: Edit): Splice {
  switch (edit.is) {
    case 'set':
      return replacement(text, map, key, literal(edit.value));
    case 'insert':
      return insertion(text, map, key, literal(edit.value), edit.after);
    case 'remove':
      return removal(text, map, key);
    case 'append':
      return appended(text, map, key, edit.value);
    case 'drop':
      return dropped(text, map, key, edit.value);
  }
}

/** Proves that no other value has changed: the new text, parsed, must equal the old value with the edit applied. */
function compare(before: unknown, next: string, edit: Edit): void {
  let after: unknown;
  try {
    after = plain(parse(next));
  } catch {
    throw unsafe(edit);
  }
  const value = valueAfter(before, edit);
  if (isDeepStrictEqual(withEntry(before, edit.path, value), after)) return;
  const others = isDeepStrictEqual(withEntry(after, edit.path, undefined), withEntry(before, edit.path, undefined));
  throw others
    ? unsafe(edit)
    : new Refusal(
        'shared',
        `${nameOf(edit)} is used in other places of the file too (an anchor); edit the file by hand.`,
      );
}

/** The value at the edit's path after the edit; undefined if there is none. */
function valueAfter(before: unknown, edit: Edit): PlainValue | undefined {
  if (edit.is === 'remove') return undefined;
  if (edit.is === 'set' || edit.is === 'insert') return literal(edit.value);
  const old = valueAt(before, edit.path);
  const list = Array.isArray(old) ? (old as PlainValue[]) : [old as PlainValue];
  if (edit.is === 'append') return [...list, edit.value];
  const at = list.findIndex((item) => String(item) === edit.value);
  return list.filter((_item, index) => index !== at);
}

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === step)?.[1]
        : undefined,
    root,
  );

const nameOf = ({ path }: Edit): string => `"${path.join('.')}"`;

const unsafe = (edit: Edit): Refusal =>
  new Refusal('unsafe', `${nameOf(edit)} cannot be changed without touching other lines; edit the file by hand.`);

/** Each use of an alias counts; a file with too many is not edited. */
function plain(document: ReturnType<typeof parse>): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch {
    throw new Refusal('unreadable', 'The file uses its anchors too often to be edited safely.');
  }
}

/** Copies along the path; values that anchors share stay shared. An undefined value removes the entry. */
function withEntry(root: unknown, path: readonly string[], value: PlainValue | undefined): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const entries = Object.entries(typeof root === 'object' && root !== null ? root : {});
  const copy = Object.fromEntries(entries.filter(([key]) => key !== step));
  const inner = entries.find(([key]) => key === step)?.[1];
  if (rest.length > 0)
    return Object.fromEntries([...entries.filter(([key]) => key !== step), [step, withEntry(inner, rest, value)]]);
  return value === undefined ? copy : Object.fromEntries([...Object.entries(copy), [step, value]]);
}
