// Frame numbers: one rising count per camera for the life of the process.

/** Cameras whose count is remembered; past that the one seen first starts anew. */
export const MAX_COUNTED_CAMERAS = 100_000;

export interface Sequence {
  next(camera: string): number;
}

export function createSequence(): Sequence {
  const counts = new Map<string, number>();
  return {
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
