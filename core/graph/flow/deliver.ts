// Hands the frames of one node to all its consumers, and keeps the newest ones for consumers that are expected and away.

import { isFinal } from '../../contract/final.ts';
import type { Frame } from '../../contract/frame.ts';
import type { Delivery } from '../../contract/plugin.ts';
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
}

const DONE = Promise.resolve();

export function createDeliver(): Deliver {
  const subscriptions = new Map<Subscription, string | undefined>();
  const readiness = createReadiness();
  /** The newest frame of each camera that an expected consumer has missed. */
  const missed = new Map<string, Frame>();

  const miss = (frame: Frame): void => {
    if (missed.size < MAX_MISSED || missed.has(frame.camera)) missed.set(frame.camera, frame);
  };
  const hand = (frame: Frame, wait: boolean): Promise<void> => {
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
      if (!readiness.complete && !wait) miss(frame);
      if (wait && !readiness.settled) return readiness.wait().then(() => hand(frame, wait));
      return hand(frame, wait);
    },
    expect(consumers) {
      readiness.expect(consumers);
      if (readiness.complete) missed.clear();
    },
    add(subscription, consumer) {
      if (subscriptions.has(subscription)) return;
      subscriptions.set(subscription, consumer);
      if (consumer === undefined) return;
      readiness.arrive(consumer);
      for (const frame of missed.values()) subscription.push(frame, false)?.catch(nothing);
      if (readiness.complete) missed.clear();
    },
    remove(subscription) {
      const consumer = subscriptions.get(subscription);
      if (!subscriptions.delete(subscription) || consumer === undefined) return;
      readiness.leave(consumer);
    },
  };
}

const nothing = (): void => {};

/**
 * Waits for every consumer, so that a frame which one of them will never take is not answered for before the others have it.
 * Rejects with a refusal that may pass where there is one: then the frame must be sent again, whoever else rejects it for good.
 */
async function agreed(answers: readonly Promise<void>[]): Promise<void> {
  const [only] = answers;
  if (answers.length === 1) return only;
  const outcomes = await Promise.allSettled(answers);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => ({ reason }));
  const told = refused.find(({ reason }) => !isFinal(reason)) ?? refused[0];
  if (told) throw told.reason;
}
