// Notices that no file descriptor is left: libuv then closes new connections, and no listener hears of it.

import { open } from 'node:fs/promises';
import type { Log } from '../base/log.ts';
import { errorCode, reason } from '../base/reason.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 1000;
const NONE_LEFT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** Returns what ends it. `probe` needs one descriptor for a moment. */
export function watchDescriptors(log: Log, lookMs = LOOK_MS, probe: () => Promise<void> = takeOne): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      await probe();
    } catch (cause) {
      if (!NONE_LEFT.has(errorCode(cause) ?? '')) return;
      log.error('connections cannot be accepted', { why: `${reason(cause)}; raise LimitNOFILE or close connections` });
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function takeOne(): Promise<void> {
  const file = await open('/dev/null');
  await file.close();
}
