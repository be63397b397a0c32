// The queue of notifications: sends them in order, one at a time, with retries. It survives the node that fills it.

import type { Clock } from '../../../core/contract/plugin.ts';
import { createBackoff } from '../work/backoff.ts';
import type { Notice } from './notice.ts';

/** Maximum waiting notifications; a further one replaces the oldest. */
export const MAX_WAITING = 64;
/** Pauses after failures. Milliseconds. */
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 300_000;
/** The longest pause that a server may request. */
const MAX_RETRY_AFTER = 3_600_000;

/** `refused`: the same message would be refused again, so it is dropped. `why` is a full sentence without a secret. */
export type Sent =
  | { readonly is: 'sent' }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'failed'; readonly why: string; readonly retryAfterMs?: number };

export interface Outbox {
  readonly waiting: number;
  /** Returns the notice that was dropped for it, if any. */
  add(notice: Notice): Notice | undefined;
  /** Sends waiting notices until `signal` is aborted. The next run sends a notice again that was in flight then. */
  run(options: OutboxRun, signal: AbortSignal): Promise<void>;
}

export interface OutboxRun {
  readonly clock: Clock;
  send(notice: Notice, signal: AbortSignal): Promise<Sent>;
  /** Called with the outcome of each attempt. */
  report(notice: Notice, sent: Sent): void | Promise<void>;
}

export function createOutbox(): Outbox {
  const waiting: Notice[] = [];
  let wake: (() => void) | undefined;
  return {
    get waiting() {
      return waiting.length;
    },
    add(notice) {
      waiting.push(notice);
      wake?.();
      return waiting.length > MAX_WAITING ? waiting.shift() : undefined;
    },
    async run({ clock, send, report }, signal) {
      const pauses = createBackoff({ first: FIRST_PAUSE, most: LONGEST_PAUSE });
      while (!signal.aborted) {
        const notice = waiting[0];
        if (!notice) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          continue;
        }
        const sent = await send(notice, signal).catch((cause: unknown) => {
          if (!signal.aborted) throw cause;
        });
        if (!sent || signal.aborted) return;
        // Removed at once, so that a successor that starts in the meantime does not send it again.
        const at = waiting.indexOf(notice);
        if (sent.is !== 'failed' && at >= 0) waiting.splice(at, 1);
        await report(notice, sent);
        if (sent.is === 'failed') {
          const pause = Math.min(MAX_RETRY_AFTER, Math.max(pauses.next(), sent.retryAfterMs ?? 0));
          await clock.sleep(pause, signal).catch(() => {});
          continue;
        }
        pauses.reset();
      }
    },
  };
}
