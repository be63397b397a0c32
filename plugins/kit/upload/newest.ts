// The newest frame of each camera of an input, for uploads: cached, or captured on demand.

import type { Clock } from '../../../core/base/clock.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Input, Release } from '../../../core/contract/plugin.ts';

/** Maximum cameras to keep. */
export const MAX_CAMERAS = 4096;

export interface Newest {
  cameras(): readonly string[];
  /** The newest frame, or a picture taken now when the camera works on demand; undefined before the first. */
  take(camera: string, signal: AbortSignal): Promise<Frame | undefined>;
  /** Removes a camera that no longer exists. */
  leave(camera: string): void;
  /** Resolves at the next frame of the camera, or after `atMost` milliseconds. */
  arrival(camera: string, atMost: number, signal: AbortSignal): Promise<void>;
}

/** Subscribes at once. `onCamera` is called at the first frame of every camera. */
export function createNewest(input: Input, clock: Clock, onCamera: (camera: string) => void): Newest {
  const frames = new Map<string, Frame>();
  const waiting = new Map<string, Set<Release>>();

  input.each(
    (frame) => {
      const known = frames.has(frame.camera);
      if (!known && frames.size >= MAX_CAMERAS) return;
      frames.set(frame.camera, frame);
      if (!known) onCamera(frame.camera);
      const waiters = waiting.get(frame.camera);
      waiting.delete(frame.camera);
      for (const wake of waiters ?? []) wake();
    },
    // A source on demand captures single pictures; it need not run in between.
    { delivery: 'live', demand: 'none' },
  );

  return {
    cameras: () => [...new Set([...input.cameras(), ...frames.keys()])].slice(0, MAX_CAMERAS),
    async take(camera, signal) {
      if (input.answers('capture', camera)) return input.ask('capture', camera, undefined, signal);
      return frames.get(camera);
    },
    leave(camera) {
      frames.delete(camera);
      for (const wake of waiting.get(camera) ?? []) wake();
      waiting.delete(camera);
    },
    async arrival(camera, atMost, signal) {
      const woken = new AbortController();
      const waiters = waiting.get(camera) ?? new Set();
      const wake = () => woken.abort();
      waiting.set(camera, waiters.add(wake));
      try {
        await clock.sleep(atMost, AbortSignal.any([signal, woken.signal]));
      } catch {
        signal.throwIfAborted();
      } finally {
        waiters.delete(wake);
      }
    },
  };
}
