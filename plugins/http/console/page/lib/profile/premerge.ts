// Brings changes that somebody else made to a file into one's own text where the two do not touch. Pure.

import { diff } from '@codemirror/merge';

export interface Merged {
  readonly text: string;
  /** False: both changed the same lines. Then the text is one's own, and the reader decides part by part. */
  readonly clean: boolean;
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export function premerge(base: string, mine: string, theirs: string): Merged {
  if (mine === base || mine === theirs) return { text: theirs, clean: true };
  const own = changesOf(base, mine);
  const other = changesOf(base, theirs);
  if (own.some((a) => other.some((b) => a.from <= b.to && b.from <= a.to))) return { text: mine, clean: false };
  // From the end to the start, so that the places of those before stay right.
  const all = [...own, ...other].sort((a, b) => b.from - a.from);
  return {
    text: all.reduce((text, { from, to, insert }) => text.slice(0, from) + insert + text.slice(to), base),
    clean: true,
  };
}

/** A letter stands for each different line, so that the difference is one of whole lines. Before the surrogates there is room for 35,000. */
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
