// Frames whose acknowledgement waits for absent consumers: each frame is delivered to such a consumer as soon as it is back.

import type { Frame } from '../../contract/frame.ts';
import { environment, type Fault } from '../../contract/problems.ts';
import { agreed } from './agreed.ts';
import type { Subscription } from './subscription.ts';

/** An acknowledgement waits this long for an absent consumer. Milliseconds. */
export const AWAY_MS = 10_000;
/** Most frames that wait this way; further ones are refused at once. */
export const MAX_LATE = 256;

export interface Late {
  /** Settles when all of these consumers have acknowledged the frame; rejects when one refuses it or stays absent for too long. */
  wait(frame: Frame, absent: readonly string[]): Promise<void>;
  /** This consumer is back: delivers its waiting frames. */
  arrive(consumer: string, subscription: Subscription): void;
  /** Stops waiting for all other consumers. */
  expect(absent: readonly string[]): void;
}

interface Waiting {
  readonly frame: Frame;
  readonly absent: Set<string>;
  readonly answers: Promise<void>[];
  done(): void;
}

export function createLate(refusals: WeakSet<object>): Late {
  const waiting = new Set<Waiting>();
  const drop = (entry: Waiting, consumer: string): void => {
    entry.absent.delete(consumer);
    if (entry.absent.size === 0) entry.done();
  };
  return {
    wait(frame, absent) {
      if (waiting.size >= MAX_LATE) return Promise.reject(away(absent, refusals));
      return new Promise((resolve, reject) => {
        const overdue = setTimeout(() => {
          waiting.delete(entry);
          reject(away([...entry.absent], refusals));
        }, AWAY_MS);
        const entry: Waiting = {
          frame,
          absent: new Set(absent),
          answers: [],
          done() {
            clearTimeout(overdue);
            waiting.delete(entry);
            agreed(entry.answers).then(resolve, reject);
          },
        };
        waiting.add(entry);
      });
    },
    arrive(consumer, subscription) {
      for (const entry of [...waiting]) {
        if (!entry.absent.has(consumer)) continue;
        const answer = subscription.push(entry.frame, true);
        answer?.catch(() => {});
        if (answer) entry.answers.push(answer);
        drop(entry, consumer);
      }
    },
    expect(absent) {
      for (const entry of [...waiting]) {
        for (const consumer of [...entry.absent]) if (!absent.includes(consumer)) drop(entry, consumer);
      }
    },
  };
}

function away(consumers: readonly string[], refusals: WeakSet<object>): Fault {
  const are = consumers.length === 1 ? 'is' : 'are';
  const fault = environment(
    'consumer-away',
    `${consumers.join(', ')} must accept this picture and ${are} not running. Send it again later.`,
  );
  // The absent node counts this as its own failure; the nodes that pass it on are healthy.
  refusals.add(fault);
  return fault;
}
