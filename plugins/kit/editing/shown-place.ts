// Converts a place in the original text to the place in the text with tokens. Pure.

import type { Place } from '../../../core/contract/problems.ts';

/** Tokens contain no line break, so that only columns differ. */
export function shownPlace(place: Place, plain: string, shown: string): Place {
  const before = lineAt(plain, place.line);
  const after = lineAt(shown, place.line);
  if (before === after) return place;
  const start = columnIn(before, after, place.column - 1);
  const end = columnIn(before, after, place.column - 1 + place.length);
  return { ...place, column: start + 1, length: Math.max(1, end - start) };
}

const lineAt = (text: string, line: number): string => text.split('\n', line)[line - 1] ?? '';

/** Walks both lines, which are equal between tokens. */
function columnIn(before: string, after: string, column: number): number {
  let [a, b] = [0, 0];
  for (const piece of after.split(/(__secret_\w{16}__)/)) {
    if (/^__secret_\w{16}__$/.test(piece)) {
      const rest = after.slice(b + piece.length);
      const next = rest.split(/__secret_\w{16}__/)[0] ?? '';
      const resumed = next === '' ? before.length - lastEnd(rest, next) : before.indexOf(next, a + 1);
      const length = (resumed < 0 ? before.length : resumed) - a;
      if (column < a + length) return b + Math.min(column - a, piece.length);
      a += length;
      b += piece.length;
      continue;
    }
    if (column <= a + piece.length) return b + Math.max(0, column - a);
    a += piece.length;
    b += piece.length;
  }
  return after.length;
}

/** The boundary between two adjacent tokens is unknown: the rest of the line counts from its end. */
const lastEnd = (rest: string, next: string): number =>
  rest.slice(next.length).replaceAll(/__secret_\w{16}__/g, '').length;
