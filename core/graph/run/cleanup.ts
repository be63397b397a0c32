// Stops the work of a node: runs its cleanups in reverse, then awaits its tasks, all within one time limit.

import type { Log } from '../../base/log.ts';
import type { Guard } from './guard.ts';

export type Cleanup = () => void | Promise<void>;

/** A cleanup that hangs uses up the limit; those after it still run but are not awaited. */
export async function cleanUp(
  cleanups: readonly Cleanup[],
  tasks: ReadonlySet<Promise<void>>,
  bound: { readonly ms: number; readonly guard: Guard; readonly log: Log },
): Promise<void> {
  const { ms, guard, log } = bound;
  const until = performance.now() + ms;
  const left = (): number => Math.max(0, until - performance.now());
  for (const cleanup of cleanups.toReversed()) await guard.finish('defer', cleanup, left());
  const ended = await within(left(), Promise.allSettled(tasks));
  if (!ended || left() === 0) {
    log.warn('node did not stop in time and was abandoned', { bound_ms: ms });
  }
}

/** True when `work` settled in time. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
