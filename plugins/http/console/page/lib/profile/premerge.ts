// Merges another user's changes of a file into a draft, if they do not overlap. Pure.

import { diff } from '@codemirror/merge';

export interface Merged {
  readonly text: string;
  /** False if both changed the same lines: then `text` is the draft, and the user decides part by part. */
  readonly clean: boolean;
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export function premerge(base: string, draft: string, theirs: string): Merged {
  if (draft === base || draft === theirs) return { text: theirs, clean: true };
  const own = changesOf(base, draft);
  const other = changesOf(base, theirs);
  if (own.some((a) => other.some((b) => a.from <= b.to && b.from <= a.to))) return { text: draft, clean: false };
  // From the end to the start, so that earlier positions stay valid.
  const all = [...own, ...other].sort((a, b) => b.from - a.from);
  return {
    text: all.reduce((text, { from, to, insert }) => text.slice(0, from) + insert + text.slice(to), base),
    clean: true,
  };
}

/** One letter represents each distinct line, so that the difference has whole lines. 35,000 letters fit before the surrogates. */
const FIRST_LETTER = 0x4e00;

function changesOf(base: string, next: string): Change[] {
  const letters = new Map<string, string>();
  const letter = (line: string): string => {
    const known = letters.get(line) ?? String.fromCharCode(FIRST_LETTER + letters.size);
    letters.set(line, known);
    return known;
  };
  const before = base.split(/(?<=\n)/);
  const after = next.split(/(?<=\n)/);
  const starts = [0];
  for (const line of before) starts.push((starts.at(-1) ?? 0) + line.length);
  return diff(before.map(letter).join(''), after.map(letter).join('')).map(({ fromA, toA, fromB, toB }) => ({
    from: starts[fromA] ?? base.length,
    to: starts[toA] ?? base.length,
    insert: after.slice(fromB, toB).join(''),
  }));
}
