// Reads the whole table at an interval while there are listeners, and notifies them when it has changed.

import type { Clock, Release } from '../../../core/contract/plugin.ts';
import type { Row } from './table.ts';

export interface Watching {
  watch(listener: () => void): Release;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchingOptions {
  readonly clock: Clock;
  /** Milliseconds between two reads. */
  readonly every: number;
  rows(): Promise<ReadonlyMap<string, Row>>;
  /** Facts that change by themselves and cause no notification. */
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
    // The first read also notifies: otherwise a change between a listener's own read and this one would be missed.
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
        const wakeup = new AbortController();
        wake = () => wakeup.abort();
        if (listeners.size > 0) await read();
        else last = undefined;
        const pause =
          listeners.size > 0
            ? clock.sleep(every, signal)
            : clock.sleep(3_600_000, AbortSignal.any([signal, wakeup.signal]));
        await pause.catch(() => {});
      }
    },
  };
}
