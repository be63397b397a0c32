// "did you mean …?" for mistyped commands and options. Pure.

import { closest } from '../base/closest.ts';

/** `; did you mean "x"?`, or "". */
export function didYouMean(word: string, known: readonly string[]): string {
  const guess = closest(word, known);
  return guess === undefined ? '' : `; did you mean "${guess}"?`;
}
