// Runs a task at an interval without drift, and less often while it fails.

import type { Milliseconds } from '../../../core/base/units.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { createRetry } from './retry.ts';
import type { SourceNode } from './sink.ts';

/**
 * Calls `once` at multiples of `every` after the first call, until the signal aborts; calls that would overlap are skipped. After a
 * Fault of blame `environment` the pause grows; every other error is rethrown.
 */
export async function atInterval(
  node: Pick<SourceNode, 'clock'>,
  every: Milliseconds,
  signal: AbortSignal,
  once: () => Promise<void>,
): Promise<void> {
  const { clock } = node;
  const retry = createRetry();
  let next = clock.monotonic();
  while (!signal.aborted) {
    try {
      await once();
      retry.reset();
      next = following(next, every, clock.monotonic());
    } catch (cause) {
      if (signal.aborted) return;
      if (!isFault(cause) || cause.blame !== 'environment') throw cause;
      const wait = Math.max(every, retry.after(cause));
      next = clock.monotonic() + wait;
    }
    await clock.sleep(Math.max(0, next - clock.monotonic()), signal).catch(() => {});
  }
}

/** The first multiple of `every` after `last` that is not in the past. */
export function following(last: number, every: number, now: number): number {
  return last + Math.max(1, Math.ceil((now - last) / every)) * every;
}
