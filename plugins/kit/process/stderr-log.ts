// Logs a program's stderr at a bounded rate, and keeps the last error line for its exit message.

import type { Clock } from '../../../core/base/clock.ts';
import type { Log } from '../../../core/base/log.ts';

export interface StderrLog {
  line(text: string): void;
  /** The last line that looks like an error, or else the last line; undefined if there is none. */
  lastErrorLine(): string | undefined;
  /** Call it when a new run of the program begins. */
  reset(): void;
}

/** Maximum lines logged in WINDOW_MS; camera tools print one per frame. */
const MAX_LINES = 20;
const WINDOW_MS = 10_000;
/** ffmpeg and others print their URL, password included. */
const USER_INFORMATION = /(\w:\/\/)[^\s/@]+@/g;
const LOOKS_LIKE_ERROR =
  /error|fail|cannot|can't|could not|denied|busy|no such|not found|invalid|unable|timed? ?out|no cameras/i;

export function createStderrLog(log: Log, clock: Pick<Clock, 'monotonic'>): StderrLog {
  let since = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  let last: string | undefined;
  let lastError: string | undefined;
  return {
    line(raw) {
      const text = raw.replace(USER_INFORMATION, '$1***@');
      last = text;
      if (LOOKS_LIKE_ERROR.test(text)) lastError = text;
      const now = clock.monotonic();
      if (now - since >= WINDOW_MS) {
        since = now;
        written = 0;
      }
      if (written >= MAX_LINES) {
        leftOut++;
        return;
      }
      written++;
      log.info('the command wrote to stderr', leftOut > 0 ? { line: text, left_out: leftOut } : { line: text });
      leftOut = 0;
    },
    lastErrorLine: () => lastError ?? last,
    reset() {
      last = undefined;
      lastError = undefined;
    },
  };
}
