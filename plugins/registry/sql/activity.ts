// Records when cameras were last seen, and writes each time to the database at most once a minute.

import type { Clock } from '../../../core/contract/plugin.ts';

/** Milliseconds between two writes for one camera. */
export const WRITE_EVERY = 60_000;

export interface Activity {
  record(camera: string): void;
  /** Writes all due times until the signal aborts. Failed writes are repeated in the next round. */
  run(signal: AbortSignal): Promise<void>;
  /** Number of cameras in memory. */
  readonly size: () => number;
}

interface Entry {
  time: number;
  written: number;
  dirty: boolean;
}

export interface ActivityOptions {
  readonly clock: Clock;
  /** Number of cameras in memory; the camera with the oldest write is dropped first. */
  readonly most: number;
  write(camera: string, time: number): Promise<void>;
}

export function createActivity({ clock, most, write }: ActivityOptions): Activity {
  const entries = new Map<string, Entry>();
  let wake = (): void => {};

  const writeDue = async (): Promise<void> => {
    const now = clock.monotonic();
    for (const [camera, entry] of entries) {
      if (!entry.dirty || now - entry.written < WRITE_EVERY) continue;
      entry.written = now;
      entry.dirty = false;
      try {
        await write(camera, entry.time);
      } catch {
        // The registry reports that its database is unreachable; this write is repeated in a minute.
        entry.dirty = true;
      }
    }
  };

  return {
    size: () => entries.size,
    record(camera) {
      const known = entries.get(camera);
      if (known) {
        known.time = clock.now();
        known.dirty = true;
        return;
      }
      const oldest = entries.keys().next();
      if (entries.size >= most && !oldest.done) entries.delete(oldest.value);
      entries.set(camera, { time: clock.now(), written: Number.NEGATIVE_INFINITY, dirty: true });
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        // A new camera is written immediately.
        const wakeup = new AbortController();
        wake = () => wakeup.abort();
        await writeDue();
        await clock.sleep(WRITE_EVERY / 6, AbortSignal.any([signal, wakeup.signal])).catch(() => {});
      }
    },
  };
}
