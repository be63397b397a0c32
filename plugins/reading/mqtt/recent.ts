// The readings of the last second, to find the one nearest to a picture's time. Pure but for what it keeps.

import type { Reading } from '../../../core/contract/plugin.ts';

/** Milliseconds for which readings are kept. */
export const WINDOW_MS = 1000;
/** Readings that are kept at most; a faster sensor loses the oldest. */
export const MAX_READINGS = 2000;

export interface Recent {
  add(reading: Reading): void;
  newest(): Reading | undefined;
  nearest(time: number): Reading | undefined;
}

export function createRecent(): Recent {
  const kept: Reading[] = [];
  return {
    add(reading) {
      kept.push(reading);
      // The newest one before the window stays: a slow sensor has no other. A clock that was set back starts anew.
      while (kept.length > 1 && ((kept[1]?.time ?? 0) <= reading.time - WINDOW_MS || kept.length > MAX_READINGS))
        kept.shift();
      if ((kept[0]?.time ?? 0) > reading.time) kept.splice(0, kept.length - 1);
    },
    newest: () => kept.at(-1),
    nearest(time) {
      let best: Reading | undefined;
      for (const reading of kept) {
        if (!best || Math.abs(reading.time - time) <= Math.abs(best.time - time)) best = reading;
      }
      return best;
    },
  };
}
