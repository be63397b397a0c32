// A clock that moves only when a test moves it; sleepers wake in the order of their times.

import type { Clock } from '../../core/base/clock.ts';

export interface ManualClock {
  readonly clock: Clock;
  /** Moves time on, waking each sleeper at its moment and letting the work that it does settle. */
  advance(ms: number): Promise<void>;
  /** How many are asleep. */
  sleepers(): number;
}

export function manualClock(start = 1_000_000): ManualClock {
  let now = start;
  const asleep = new Set<{ readonly at: number; wake(): void }>();
  return {
    clock: {
      now: () => now,
      monotonic: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const leave = (): void => reject(signal?.reason);
          const sleeper = {
            at: now + ms,
            wake() {
              signal?.removeEventListener('abort', stop);
              resolve();
            },
          };
          const stop = (): void => {
            asleep.delete(sleeper);
            leave();
          };
          signal?.addEventListener('abort', stop, { once: true });
          asleep.add(sleeper);
        }),
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = [...asleep].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        now = next.at;
        asleep.delete(next);
        next.wake();
      }
      now = end;
      await settle();
    },
    sleepers: () => asleep.size,
  };
}

/** Lets promises that are ready run on, some steps deep. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
