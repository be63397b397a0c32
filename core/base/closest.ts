// Finds the closest known name to a misspelled one, for "did you mean …?". Pure.

import levenshtein from 'fastest-levenshtein';

/** Returns undefined if no name is close enough for a typing error: a third of the letters differ, in longer words at least two. */
export function closest(written: string, names: readonly string[]): string | undefined {
  // A profile may contain text of any length; a misspelled name is never longer than twice the real one.
  if (names.length === 0 || written.length > 100) return undefined;
  const lower = written.toLowerCase();
  let best: string | undefined;
  // With two wrong letters of four it is a different word.
  let bestDistance = Math.max(written.length > 4 ? 2 : 1, Math.floor(written.length / 3)) + 1;
  for (const name of names) {
    const same = name.toLowerCase() === lower;
    const distance = same
      ? 0
      : swapped(lower, name.toLowerCase())
        ? 1
        : levenshtein.distance(lower, name.toLowerCase());
    if (distance < bestDistance && distance < name.length) {
      best = name;
      bestDistance = distance;
    }
  }
  return best ?? names.find((name) => isBegun(lower, name.toLowerCase()));
}

/** The same letters in another order: "nht" for "nth". */
const swapped = (a: string, b: string): boolean => a.length === b.length && sorted(a) === sorted(b);
const sorted = (text: string): string => [...text].sort().join('');

/** "warning" for "warn", "pass" for "password". */
const isBegun = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) > 3 && (a.startsWith(b) || b.startsWith(a));

/** `; did you mean "x"?` or `.` */
export function orElse(hint: string | undefined): string {
  return hint === undefined ? '.' : `; did you mean "${hint}"?`;
}
