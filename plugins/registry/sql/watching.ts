// Reads the whole table again and again while somebody watches it, and tells them when it has changed.

import type { Clock, Release } from '../../../core/contract/plugin.ts';
import type { Row } from './table.ts';

export interface Watching {
  watch(listener: () => void): Release;
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchingOptions {
  readonly clock: Clock;
  /** Milliseconds between two readings. */
  readonly every: number;
  rows(): Promise<ReadonlyMap<string, Row>>;
  /** Facts that change by themselves and are no reason to tell anybody. */
  readonly ignore: readonly string[];
}

export function createWatching({ clock, every, rows, ignore }: WatchingOptions): Watching {
  const listeners = new Set<() => void>();
  let last: string | undefined;
  let wake = (): void => {};

  const summary = (known: ReadonlyMap<string, Row>): string =>
    JSON.stringify([...known], (key, value: unknown) => (ignore.includes(key) ? undefined : value));

  const read = async (): Promise<void> => {
    const known = await rows().catch(() => undefined);
    if (!known) return;
    const now = summary(known);
    // The first reading is news too: what changed between a listener's own look and this one would never be told.
    const changed = last !== now;
    last = now;
    if (changed) for (const listener of [...listeners]) listener();
  };

  return {
    watch(listener) {
      listeners.add(listener);
      wake();
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        if (listeners.size > 0) await read();
        else last = undefined;
        const pause =
          listeners.size > 0
            ? clock.sleep(every, signal)
            : clock.sleep(3_600_000, AbortSignal.any([signal, woken.signal]));
        await pause.catch(() => {});
      }
    },
  };
}
