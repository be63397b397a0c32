// Schedules the page's next request for a picture. Pure.

/** Factor for the pause of a page in the background. */
const HIDDEN_FACTOR = 5;
/** The longest pause, which doubles with each error in a row. Milliseconds. */
const MOST_MS = 30_000;

/** Milliseconds until the next request after `failures` in a row. */
export function pause(every: number, failures: number, hidden: boolean): number {
  const slowed = failures === 0 ? every : Math.max(every, Math.min(MOST_MS, every * 2 ** Math.min(failures, 16)));
  return hidden ? slowed * HIDDEN_FACTOR : slowed;
}
