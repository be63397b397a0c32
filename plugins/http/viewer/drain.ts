// Estimates from acknowledgements the picture class that one viewer's connection can drain. Pure.

import { GROWTH, larger, type PictureClass, smaller } from './classes.ts';

/** Milliseconds beyond the round trip, after which a picture counts as late: it has waited in a queue of the network. */
const LATE = 400;
/** Number of late pictures, less the prompt ones between them, that reduces the class. */
const LATE_PICTURES = 3;
/** Milliseconds for which the next larger class must fit before it is tried. */
const PATIENCE = 10_000;
/** Limit for PATIENCE, which doubles each time that the larger class fails. */
const MAX_PATIENCE = 160_000;
/** Milliseconds within which a larger class that is late counts as failed. */
const TRIAL = 30_000;

export interface Drain {
  /** The least reduction that the connection needs. */
  readonly level: () => PictureClass;
  /**
   * Records the acknowledgement of a picture that was sent at `sent`, all in monotonic milliseconds. `roundTrip`: duration for an empty
   * message. True if the level has changed.
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
      // Pictures sent before the last change do not measure the new level.
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
