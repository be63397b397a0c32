// The readings of the last second, to find the one nearest to a picture's time. Pure except for the stored readings.

import type { Reading } from '../../../core/contract/plugin.ts';

/** Readings are kept for this many milliseconds. */
export const WINDOW_MS = 1000;
/** Limit of kept readings; beyond it, the oldest are dropped. */
export const MAX_READINGS = 2000;

export interface Recent {
  add(reading: Reading): void;
  newest(): Reading | undefined;
  nearest(time: number): Reading | undefined;
}

export function createRecent(): Recent {
  const readings: Reading[] = [];
  return {
    add(reading) {
      readings.push(reading);
      // The newest reading before the window stays, as a slow sensor has no other. If the clock was set back, only the newest one stays.
      while (
        readings.length > 1 &&
        ((readings[1]?.time ?? 0) <= reading.time - WINDOW_MS || readings.length > MAX_READINGS)
      )
        readings.shift();
      if ((readings[0]?.time ?? 0) > reading.time) readings.splice(0, readings.length - 1);
    },
    newest: () => readings.at(-1),
    nearest(time) {
      let best: Reading | undefined;
      for (const reading of readings) {
        if (!best || Math.abs(reading.time - time) <= Math.abs(best.time - time)) best = reading;
      }
      return best;
    },
  };
}
