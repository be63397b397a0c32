// Detects a blocked event loop: meanwhile every client of camd waits.

import type { Log } from '../base/log.ts';

/** Milliseconds between two checks. */
const CHECK_MS = 1000;
/** Shortest delay that is reported. Milliseconds. */
export const BLOCKED_MS = 1000;

/** Returns the function that stops it. `monotonic` must not advance while the machine sleeps. */
export function watchLoop(log: Log, monotonic: () => number, checkMs = CHECK_MS): () => void {
  let due = monotonic() + checkMs;
  const timer = setInterval(() => {
    const now = monotonic();
    const late = now - due;
    due = now + checkMs;
    if (late >= BLOCKED_MS) log.warn('the event loop was blocked', { ms: Math.round(late) });
  }, checkMs);
  timer.unref();
  return () => clearInterval(timer);
}
