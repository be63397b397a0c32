// Hands the frames of one node to all its consumers, and keeps the newest ones for consumers that are expected and away.

import type { Frame } from '../../contract/frame.ts';
import type { Delivery } from '../../contract/plugin.ts';
import { agreed } from './agreed.ts';
import { createLate } from './late.ts';
import { createReadiness } from './readiness.ts';
import type { Subscription } from './subscription.ts';

/** Cameras of which a frame is kept for a consumer that is away. */
export const MAX_MISSED = 4096;

export interface Deliver {
  /** Resolves when every consumer that acknowledges has the frame; rejects when one refused it. */
  send(frame: Frame, wait: boolean): Promise<void>;
  /** The consumers that the profile names. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  /** `consumer` is the id of the node behind the subscription; none for one that merely watches. */
  add(subscription: Subscription, consumer?: string): void;
  remove(subscription: Subscription): void;
  /** Ids of the nodes behind the subscriptions. */
  consumers(): readonly string[];
  /** Some consumer of the profile answers for frames. */
  acknowledged(): boolean;
}

const DONE = Promise.resolve();

/** `refusals`: those that say nothing of the node that passes them on. */
export function createDeliver(refusals: WeakSet<object>): Deliver {
  const subscriptions = new Map<Subscription, string | undefined>();
  const readiness = createReadiness();
  const late = createLate(refusals);
  /** The newest frame of each camera that an expected consumer has missed. */
  const missed = new Map<string, Frame>();

  /** The frame that is being handed out in this turn of the event loop. */
  let handing: Frame | undefined;

  const miss = (frame: Frame): void => {
    if (missed.size < MAX_MISSED || missed.has(frame.camera)) missed.set(frame.camera, frame);
  };
  const hand = (frame: Frame, wait: boolean): Promise<void> => {
    // While a reload moves links one by one they may form a circle: a frame does not go round.
    if (handing !== undefined && handing.seq === frame.seq && handing.camera === frame.camera) return DONE;
    const before = handing;
    handing = frame;
    try {
      return handNow(frame, wait);
    } finally {
      handing = before;
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
      // Those who are there get it at once; only the answer waits.
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
