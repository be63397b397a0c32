// Delivers the frames of one node to all its consumers, and keeps the newest ones for expected consumers that are away.

import type { Frame } from '../../contract/frame.ts';
import type { Delivery } from '../../contract/plugin.ts';
import { agreed } from './agreed.ts';
import { createLate } from './late.ts';
import { createReadiness } from './readiness.ts';
import type { Subscription } from './subscription.ts';

/** Cameras for which a frame is kept while a consumer is away. */
export const MAX_MISSED = 4096;

export interface Deliver {
  /** Resolves when every acknowledging consumer has acknowledged the frame; rejects when one refused it. */
  send(frame: Frame, wait: boolean): Promise<void>;
  /** The consumers that the profile names. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  /** `consumer`: id of the node behind the subscription; undefined for a tap. */
  add(subscription: Subscription, consumer?: string): void;
  remove(subscription: Subscription): void;
  /** Ids of the nodes behind the subscriptions. */
  consumers(): readonly string[];
  /** True if a consumer of the profile acknowledges frames. */
  acknowledged(): boolean;
}

const DONE = Promise.resolve();

/** `refusals`: refusals that are not counted for the node that passes them on. */
export function createDeliver(refusals: WeakSet<object>): Deliver {
  const subscriptions = new Map<Subscription, string | undefined>();
  const readiness = createReadiness();
  const late = createLate(refusals);
  /** The newest frame of each camera that an expected consumer has missed. */
  const missed = new Map<string, Frame>();

  /** The frame that is being delivered in this turn of the event loop. */
  let delivering: Frame | undefined;

  const miss = (frame: Frame): void => {
    if (missed.size < MAX_MISSED || missed.has(frame.camera)) missed.set(frame.camera, frame);
  };
  const hand = (frame: Frame, wait: boolean): Promise<void> => {
    // While a reload moves subscriptions one by one they may form a cycle: a frame must not go round.
    if (delivering !== undefined && delivering.seq === frame.seq && delivering.camera === frame.camera) return DONE;
    const before = delivering;
    delivering = frame;
    try {
      return handNow(frame, wait);
    } finally {
      delivering = before;
    }
  };
  const handNow = (frame: Frame, wait: boolean): Promise<void> => {
    let pending: Promise<void>[] | undefined;
    for (const subscription of subscriptions.keys()) {
      const result = subscription.push(frame, wait);
      if (!result) continue;
      if (pending) pending.push(result);
      else pending = [result];
    }
    if (!pending) return DONE;
    return wait ? agreed(pending) : Promise.allSettled(pending).then(nothing);
  };

  return {
    send(frame, wait) {
      if (readiness.complete) return hand(frame, wait);
      if (!wait) {
        miss(frame);
        return hand(frame, false);
      }
      // Consumers that are present receive it at once; only the acknowledgement waits.
      const { absent } = readiness;
      const handed = hand(frame, true);
      return absent.length === 0 ? handed : agreed([handed, late.wait(frame, absent)]);
    },
    expect(consumers) {
      readiness.expect(consumers);
      late.expect(readiness.absent);
      if (readiness.complete) missed.clear();
    },
    add(subscription, consumer) {
      if (subscriptions.has(subscription)) return;
      subscriptions.set(subscription, consumer);
      if (consumer === undefined) return;
      readiness.arrive(consumer);
      late.arrive(consumer, subscription);
      for (const frame of missed.values()) subscription.push(frame, false)?.catch(nothing);
      if (readiness.complete) missed.clear();
    },
    acknowledged: () =>
      [...subscriptions].some(([{ acknowledges }, consumer]) => acknowledges && consumer !== undefined),
    remove(subscription) {
      const consumer = subscriptions.get(subscription);
      subscriptions.delete(subscription);
      if (consumer !== undefined) readiness.leave(consumer);
    },
    consumers: () => [...subscriptions.values()].flatMap((id) => id ?? []),
  };
}

const nothing = (): void => {};
