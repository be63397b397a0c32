// Logs a program's stderr at a bounded rate, and keeps the last error line for its exit message.

import type { Clock } from '../../../core/base/clock.ts';
import type { Log } from '../../../core/base/log.ts';

export interface StderrLog {
  line(text: string): void;
  /** The line that tells most of what went wrong: the last that sounds like an error, or else the last; undefined if none. */
  lastErrorLine(): string | undefined;
  /** A new run of the program begins. */
  reset(): void;
}

/** Lines written to the log in one stretch of WINDOW_MS; camera tools print one per frame. */
const MAX_LINES = 20;
const WINDOW_MS = 10_000;
/** ffmpeg and others repeat the URL that they were given, password included. */
const USER_INFORMATION = /(\w:\/\/)[^\s/@]+@/g;
const SOUNDS_WRONG =
  /error|fail|cannot|can't|could not|denied|busy|no such|not found|invalid|unable|timed? ?out|no cameras/i;

export function createStderrLog(log: Log, clock: Pick<Clock, 'monotonic'>): StderrLog {
  let since = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  let last: string | undefined;
  let wrong: string | undefined;
  return {
    line(said) {
      const text = said.replace(USER_INFORMATION, '$1***@');
      last = text;
      if (SOUNDS_WRONG.test(text)) wrong = text;
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
    lastErrorLine: () => wrong ?? last,
    reset() {
      last = undefined;
      wrong = undefined;
    },
  };
}
