// Notices that no file descriptor is left: libuv then closes new connections, and no listener hears of it.

import { closeSync, openSync } from 'node:fs';
import type { Log } from '../base/log.ts';
import { errorCode, reason } from '../base/reason.ts';

/** Milliseconds between two looks: each wakes a camd that has nothing to do. */
const LOOK_MS = 5000;
const NONE_LEFT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** Returns what ends it. `probe` needs one descriptor for a moment. */
export function watchDescriptors(log: Log, lookMs = LOOK_MS, probe: () => void = takeOne): () => void {
  const look = (): void => {
    try {
      probe();
    } catch (cause) {
      if (!NONE_LEFT.has(errorCode(cause) ?? '')) return;
      log.error('connections cannot be accepted', { why: `${reason(cause)}; raise LimitNOFILE or close connections` });
    }
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** At once, since it waits for no disk: through the thread pool it would be most of what an idle camd does. */
function takeOne(): void {
  closeSync(openSync('/dev/null', 'r'));
}
