// Guards the disk's free space: asks the system at intervals and counts writes in between.

import { formatSize } from '../../../core/base/units.ts';
import { environment, type Fault } from '../../../core/contract/plugin.ts';

/** Milliseconds for which an answer of the system is valid. */
const ANSWER_HOLDS_MS = 1000;

export interface Space {
  /** Bytes that ordinary users may still write, by the latest answer and the writes since. */
  readonly free: number | undefined;
  /** Rejects with a Fault if `bytes` more would leave less than `min_free`. */
  admit(bytes: number): Promise<void>;
  /** Discards the latest answer, after a write has failed. */
  invalidate(): void;
}

export interface SpaceOptions {
  readonly folder: string;
  /** Bytes. */
  readonly minFree: number;
  monotonic(): number;
  /** Bytes that are free now. */
  ask(): Promise<number>;
}

export function createSpace({ folder, minFree, monotonic, ask }: SpaceOptions): Space {
  let free: number | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    asking ??= ask()
      .then((answer) => {
        free = answer;
        askedAt = monotonic();
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return {
    get free() {
      return free;
    },
    async admit(bytes) {
      // Near the limit every picture asks again, so that freed space is noticed at once.
      if (free === undefined || monotonic() - askedAt > ANSWER_HOLDS_MS || free - bytes < minFree) await refresh();
      if (free !== undefined && free - bytes < minFree) throw full(folder, free, minFree);
      if (free !== undefined) free -= bytes;
    },
    invalidate() {
      free = undefined;
    },
  };
}

const full = (folder: string, free: number, minFree: number): Fault =>
  environment(
    'disk-full',
    `${folder} has ${formatSize(free)} left, and min_free keeps ${formatSize(minFree)}; free some space or add retain/policy.`,
  );
