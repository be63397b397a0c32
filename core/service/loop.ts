// Notices that the event loop stood still: everything that camd serves waited meanwhile.

import type { Log } from '../base/log.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 1000;
/** Milliseconds of delay that are told. */
export const BLOCKED_MS = 1000;

/** Returns what ends it. `monotonic` does not advance while the machine sleeps. */
export function watchLoop(log: Log, monotonic: () => number, lookMs = LOOK_MS): () => void {
  let due = monotonic() + lookMs;
  const timer = setInterval(() => {
    const now = monotonic();
    const late = now - due;
    due = now + lookMs;
    if (late >= BLOCKED_MS) log.warn('camd stood still: its event loop was blocked', { ms: Math.round(late) });
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
