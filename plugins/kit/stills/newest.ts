// The newest frame of each camera in memory, and the callers that wait for the next one.

import type { Frame } from '../../../core/contract/frame.ts';
import type { Memory } from '../../../core/contract/plugin.ts';
import type { Release } from '../../../core/contract/ports.ts';
import { environment } from '../../../core/contract/problems.ts';

/** Maximum requests that may wait for the next frame of one camera. */
export const MAX_WAITERS = 1024;

export interface Newest {
  /**
   * False when a newer frame is known, when this is a further camera beyond `most`, or when `memory` has no room for it.
   */
  keep(frame: Frame, most: number, memory: Memory): boolean;
  get(camera: string): Frame | undefined;
  forget(camera: string): void;
  /** Removes the camera and rejects all requests that wait for it. */
  leave(camera: string): void;
  /** Unsorted. */
  cameras(): readonly string[];
  /** The first frame with a `seq` above `after`; rejects with the signal's reason, or a Fault when too many wait. */
  next(camera: string, after: number, signal: AbortSignal): Promise<Frame>;
  frames(): readonly Frame[];
  /** Rejects all waiting requests. */
  close(): void;
}

interface Waiter {
  readonly after: number;
  take(frame: Frame): void;
  refuse(): void;
}

interface Kept {
  frame: Frame;
  /** Frees the memory that was reserved for it. */
  release: Release;
}

export function createNewest(): Newest {
  const kept = new Map<string, Kept>();
  const drop = (camera: string): void => {
    kept.get(camera)?.release();
    kept.delete(camera);
  };
  const waiters = new Map<string, Set<Waiter>>();

  const wait = (camera: string, after: number, signal: AbortSignal): Promise<Frame> =>
    new Promise<Frame>((resolve, reject) => {
      const waiting = waiters.get(camera) ?? new Set<Waiter>();
      if (waiting.size >= MAX_WAITERS) throw environment('too-many-waiting', 'too many requests wait for this camera');
      waiters.set(camera, waiting);
      const leave = (): void => {
        waiting.delete(waiter);
        if (waiting.size === 0 && waiters.get(camera) === waiting) waiters.delete(camera);
        signal.removeEventListener('abort', gone);
      };
      const gone = (): void => {
        leave();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        after,
        take(frame) {
          leave();
          resolve(frame);
        },
        refuse() {
          leave();
          reject(environment('stopping', 'the node is stopping; repeat the request'));
        },
      };
      waiting.add(waiter);
      signal.addEventListener('abort', gone, { once: true });
    });

  return {
    keep(frame, most, memory) {
      const older = kept.get(frame.camera);
      // A capture may overtake a frame that is still in flight.
      if (older ? frame.seq <= older.frame.seq : kept.size >= most) return false;
      // The previous frame is released first: a known camera keeps its place.
      older?.release();
      const release = memory.take(frame.data.length);
      if (!release) {
        kept.delete(frame.camera);
        return false;
      }
      if (older) {
        older.frame = frame;
        older.release = release;
      } else kept.set(frame.camera, { frame, release });
      const waiting = waiters.get(frame.camera);
      if (waiting) for (const waiter of [...waiting]) if (frame.seq > waiter.after) waiter.take(frame);
      return true;
    },
    get: (camera) => kept.get(camera)?.frame,
    forget: drop,
    leave(camera) {
      drop(camera);
      for (const waiter of [...(waiters.get(camera) ?? [])]) waiter.refuse();
    },
    cameras: () => [...kept.keys()],
    async next(camera, after, signal) {
      signal.throwIfAborted();
      const newest = kept.get(camera)?.frame;
      return newest && newest.seq > after ? newest : wait(camera, after, signal);
    },
    frames: () => Array.from(kept.values(), ({ frame }) => frame),
    close() {
      for (const camera of [...kept.keys()]) drop(camera);
      for (const waiting of waiters.values()) for (const waiter of [...waiting]) waiter.refuse();
    },
  };
}
