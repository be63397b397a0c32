// When the page asks for the next picture. Pure.

/** A page in the background asks this many times less often. */
const HIDDEN_FACTOR = 5;
/** After errors in a row the pause doubles, up to this. Milliseconds. */
const MOST_MS = 30_000;

/** Milliseconds until the next request after `failures` in a row. */
export function pause(every: number, failures: number, hidden: boolean): number {
  const slowed = failures === 0 ? every : Math.max(every, Math.min(MOST_MS, every * 2 ** Math.min(failures, 16)));
  return hidden ? slowed * HIDDEN_FACTOR : slowed;
}
