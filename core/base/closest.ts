// Finds the closest known name to a misspelled one, for "did you mean …?". Pure.

import levenshtein from 'fastest-levenshtein';

/** undefined when no name is close enough for a typing mistake: a third of the letters, at least two. */
export function closest(written: string, names: readonly string[]): string | undefined {
  // A profile may contain a text of any length; a misspelled name is never longer than twice the real one.
  if (names.length === 0 || written.length > 100) return undefined;
  const lower = written.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const same = name.toLowerCase() === lower;
    const distance = same ? 0 : levenshtein.distance(lower, name.toLowerCase());
    if (distance < bestDistance && distance < name.length) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "x"?` or `.` */
export function orElse(hint: string | undefined): string {
  return hint === undefined ? '.' : `; did you mean "${hint}"?`;
}
