// Waits for a condition: polls often, and fails after a deadline with the name of the condition.

import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a busy machine; a test that passes never waits this long. */
const MOST_MS = 60_000;
const LOOK_MS = 10;

/** Resolves with the first value that is neither false nor undefined. `what` may describe the progress. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
  mostMs = MOST_MS,
): Promise<T> {
  const end = performance.now() + mostMs;
  for (;;) {
    const value = await look();
    if (value !== false && value !== undefined) return value;
    if (performance.now() > end)
      throw new Error(`waited ${mostMs} ms in vain for ${typeof what === 'string' ? what : what()}`);
    await sleep(LOOK_MS);
  }
}
