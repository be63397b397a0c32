// Finds out from acknowledgements how much one viewer's line can drain, as a picture class. Pure.

import { GROWTH, larger, type PictureClass, smaller } from './classes.ts';

/** Milliseconds beyond the round trip: a picture that takes so long has waited on the line. */
const LATE = 400;
/** So many late pictures, less the prompt ones between them, make the pictures smaller. */
const LATE_PICTURES = 3;
/** Milliseconds for which the next larger class must have fitted before it is tried. */
const PATIENCE = 10_000;
/** It doubles up to this each time that the larger class was too much. */
const MAX_PATIENCE = 160_000;
/** Milliseconds within which a larger class that was too much counts as tried in vain. */
const TRIAL = 30_000;

export interface Drain {
  /** The least reduction that the line needs. */
  readonly level: () => PictureClass;
  /**
   * A picture was acknowledged: sent at `sent`, all in monotonic milliseconds. `roundTrip` is what an empty message takes. True when the
   * level has changed.
   */
  acknowledged(sent: number, now: number, roundTrip: number): boolean;
}

export function createDrain(): Drain {
  let level: PictureClass = 0;
  let late = 0;
  let fitsSince: number | undefined;
  let changedAt = Number.NEGATIVE_INFINITY;
  let raisedAt = Number.NEGATIVE_INFINITY;
  let patience = PATIENCE;

  const set = (next: PictureClass, now: number): boolean => {
    const isChange = next !== level;
    level = next;
    late = 0;
    fitsSince = undefined;
    changedAt = now;
    return isChange;
  };
  return {
    level: () => level,
    acknowledged(sent, now, roundTrip) {
      // What was on the line before the change says nothing about it.
      if (sent < changedAt) return false;
      const took = now - sent - roundTrip;
      if (took > LATE) {
        fitsSince = undefined;
        if (++late < LATE_PICTURES || level === 2) return false;
        patience = now - raisedAt < TRIAL ? Math.min(MAX_PATIENCE, patience * 2) : PATIENCE;
        return set(smaller(level), now);
      }
      late = Math.max(0, late - 1);
      if (level === 0 || took * GROWTH > LATE) {
        fitsSince = undefined;
        return false;
      }
      fitsSince ??= now;
      if (now - fitsSince < patience) return false;
      raisedAt = now;
      return set(larger(level), now);
    },
  };
}
