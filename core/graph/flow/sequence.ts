// Frame numbers: one rising count per camera for the life of the process.

import { createUlid, type Ulid } from '../../base/ulid.ts';

/** Cameras whose count is remembered; past that the one seen first starts anew. */
export const MAX_COUNTED_CAMERAS = 100_000;

export interface Sequence {
  next(camera: string): number;
  /** A key for a frame of a source that has none. `now`: milliseconds since the epoch. */
  readonly ulid: Ulid;
}

export function createSequence(): Sequence {
  const counts = new Map<string, number>();
  return {
    ulid: createUlid(),
    next(camera) {
      const count = (counts.get(camera) ?? 0) + 1;
      if (count === 1 && counts.size >= MAX_COUNTED_CAMERAS) {
        for (const oldest of counts.keys()) {
          counts.delete(oldest);
          break;
        }
      }
      counts.set(camera, count);
      return count;
    },
  };
}
