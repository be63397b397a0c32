// The edits of a profile's text, and their results.

import type { OptionValue } from '../../../../core/contract/profile.ts';

/** A value without interpolation: strings are literal, so "${" is written as "$${". */
export type PlainValue = OptionValue;

export type Edit =
  /** Sets one option; `path` leads from the root, such as ["pipeline", "left", "width"]. Maps on the way must exist. */
  | { readonly is: 'set'; readonly path: readonly string[]; readonly value: PlainValue }
  /** Removes one entry of a map: an option, or a whole node. */
  | { readonly is: 'remove'; readonly path: readonly string[] }
  /** Adds an entry to a map, after the sibling `after` if it exists, else at the end. */
  | {
      readonly is: 'insert';
      readonly path: readonly string[];
      readonly value: PlainValue;
      readonly after?: string;
    }
  /** Adds an item to the end of the list at `path`; a single value there becomes a list of two. */
  | { readonly is: 'append'; readonly path: readonly string[]; readonly value: string }
  /** Removes an item from the list at `path`. */
  | { readonly is: 'drop'; readonly path: readonly string[]; readonly value: string };

export type EditReason =
  /** The text is not YAML, or not a map. */
  | 'unreadable'
  /** There is no entry at the path. */
  | 'missing'
  /** There already is an entry at the path. */
  | 'exists'
  /** The value is written in one place and used in several (an anchor and its aliases). */
  | 'shared'
  /** The engine cannot change this text without touching more than the entry. */
  | 'unsafe';

export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: EditReason; readonly message: string };

/** One replacement: the text from `start` up to `end` becomes `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices of one text; they must not overlap. */
export function splice(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, text: next }) => whole.slice(0, start) + next + whole.slice(end), text);
}

/** Thrown inside the engine; `editText` turns it into a result. */
export class Refusal extends Error {
  readonly reason: EditReason;
  constructor(reason: EditReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
