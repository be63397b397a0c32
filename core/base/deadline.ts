// Work with a deadline: it settles in time, whether or not it heeds its signal.

import { type Clock, systemClock } from './clock.ts';

export interface DeadlineOptions {
  readonly ms: number;
  /** What the work rejects with when its time is over. */
  late(): Error;
  /** Each of these ends it earlier, with its own reason. */
  readonly signals?: readonly (AbortSignal | undefined)[];
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Resolves or rejects as `work` does, or rejects with `late()` after `ms` milliseconds, or with the reason of a signal that aborts.
 * The signal that `work` receives aborts in the last two cases and never afterwards. No timer and no listener is left behind.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const { ms, late, clock = systemClock } = options;
  const signals = (options.signals ?? []).filter((signal) => signal !== undefined);
  for (const signal of signals) signal.throwIfAborted();
  const control = new AbortController();
  const settled = new AbortController();
  const once = { once: true, signal: settled.signal };
  const ended = new Promise<never>((_, reject) => {
    control.signal.addEventListener('abort', () => reject(control.signal.reason), once);
  });
  for (const signal of signals) signal.addEventListener('abort', () => control.abort(signal.reason), once);
  clock.sleep(ms, settled.signal).then(
    () => control.abort(late()),
    () => {},
  );
  try {
    return await Promise.race([work(control.signal), ended]);
  } finally {
    settled.abort();
  }
}
