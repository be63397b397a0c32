// Frame numbers: one rising count per camera for the lifetime of the process.

import { createUlid, type Ulid } from '../../base/ulid.ts';

/** Most cameras with a count; beyond that, the oldest entry is dropped and starts anew. */
export const MAX_COUNTED_CAMERAS = 100_000;

export interface Sequence {
  next(camera: string): number;
  /** Makes a key for a frame whose source has none. `now`: milliseconds since the epoch. */
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
