// Detects that no file descriptor is left: libuv then closes new connections without notifying the listener.

import { closeSync, openSync } from 'node:fs';
import type { Log } from '../base/log.ts';
import { errorCode, reason } from '../base/reason.ts';

/** Milliseconds between two checks: each one wakes an idle camd. */
const CHECK_MS = 5000;
const NONE_LEFT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** Returns the function that stops it. `probe` needs one descriptor for a moment. */
export function watchDescriptors(log: Log, checkMs = CHECK_MS, probe: () => void = takeOne): () => void {
  const check = (): void => {
    try {
      probe();
    } catch (cause) {
      if (!NONE_LEFT.has(errorCode(cause) ?? '')) return;
      log.error('connections cannot be accepted', { why: `${reason(cause)}; raise LimitNOFILE or close connections` });
    }
  };
  const timer = setInterval(check, checkMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Synchronous, since it does not wait for a disk: through the thread pool it would be most of the work of an idle camd. */
function takeOne(): void {
  closeSync(openSync('/dev/null', 'r'));
}
