// A clock that stands still until a test moves it. Sleepers wake in the order of their times.

import type { Clock } from '../core/base/clock.ts';

export interface ManualClock {
  readonly clock: Clock;
  /** Advances the time, wakes each sleeper at its time, and lets its work settle. */
  advance(ms: number): Promise<void>;
  /** Advances to the time of the next sleeper, by `atMost` ms, and wakes all that are due. Also for work that waits for sockets. */
  step(atMost: number): void;
  /** Sets only the wall clock, like a correction of the system time. */
  setWall(ms: number): void;
  /** Number of sleepers. */
  sleepers(): number;
  /** True if there is a sleeper with such a duration. */
  asleepFor(test: (ms: number) => boolean): boolean;
}

interface Sleeper {
  readonly at: number;
  readonly ms: number;
  wake(): void;
}

/** @param start the time on both clocks; far from 0, so that "never" and "at the start" differ */
export function manualClock(start = 1_000_000): ManualClock {
  let now = start;
  /** Difference between the wall clock and the monotonic clock. */
  let ahead = 0;
  const asleep = new Set<Sleeper>();
  const inOrder = (): Sleeper[] => [...asleep].sort((a, b) => a.at - b.at);
  const wake = (sleeper: Sleeper): void => {
    asleep.delete(sleeper);
    sleeper.wake();
  };
  return {
    clock: {
      now: () => now + ahead,
      monotonic: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const stop = (): void => {
            asleep.delete(sleeper);
            reject(signal?.reason);
          };
          const sleeper: Sleeper = {
            at: now + ms,
            ms,
            wake() {
              signal?.removeEventListener('abort', stop);
              resolve();
            },
          };
          signal?.addEventListener('abort', stop, { once: true });
          asleep.add(sleeper);
        }),
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = inOrder();
        if (!next || next.at > end) break;
        now = next.at;
        wake(next);
      }
      now = end;
      await settle();
    },
    step(atMost) {
      now = Math.min(now + atMost, ...[...asleep].map(({ at }) => Math.max(now, at)));
      for (const sleeper of inOrder()) if (sleeper.at <= now) wake(sleeper);
    },
    setWall(ms) {
      ahead = ms - now;
    },
    sleepers: () => asleep.size,
    asleepFor: (test) => [...asleep].some(({ ms }) => test(ms)),
  };
}

/** Lets pending promises continue, several steps deep. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
