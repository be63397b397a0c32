// A clock that a test advances from one sleeper to the next, for code that also waits for real sockets.

import type { Clock } from '../../core/base/clock.ts';

export interface SimulatedClock extends Clock {
  /** Moves to the moment of the next sleeper, by `atMost` ms, and wakes all whose time has come. */
  step(atMost: number): void;
  /** True while somebody sleeps for exactly so long. */
  asleepFor(test: (ms: number) => boolean): boolean;
}

interface Sleeper {
  readonly at: number;
  readonly ms: number;
  wake(): void;
}

export function simulatedClock(): SimulatedClock {
  /** Far from 0, so that "never" and "at the start" differ. */
  let now = 1_800_000_000_000;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          sleepers.delete(sleeper);
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
        sleepers.add(sleeper);
      }),
    step(atMost) {
      now = Math.min(now + atMost, ...[...sleepers].map(({ at }) => Math.max(now, at)));
      for (const sleeper of [...sleepers].sort((a, b) => a.at - b.at)) {
        if (sleeper.at > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    asleepFor: (test) => [...sleepers].some(({ ms }) => test(ms)),
  };
}
