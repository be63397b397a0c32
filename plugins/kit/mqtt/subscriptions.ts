// The subscriptions of one MQTT connection: filters, QoS and handlers.

import type { MqttMessage, Release } from '../../../core/contract/ports.ts';
import { matches, topicMatcher } from './topic.ts';

export type MessageHandler = (message: MqttMessage) => void | Promise<void>;

interface Subscriber {
  readonly filter: string;
  readonly matches: (topic: string) => boolean;
  readonly qos: 0 | 1;
  readonly handler: MessageHandler;
}

export interface Subscriptions {
  add(filter: string, qos: 0 | 1, handler: MessageHandler): Release;
  /** Each filter once, with the highest requested QoS. */
  filters(): ReadonlyMap<string, 0 | 1>;
  /**
   * Passes a message to every matching subscriber; resolves when all have handled it, rejects when one refused it. `only`: the filters
   * for which the broker sent this copy, if it reports them (MQTT 5 §3.3.2.3.8); it sends another copy for other filters.
   */
  deliver(message: MqttMessage, only?: ReadonlySet<string>): Promise<void>;
  /** True if a subscriber's filter matches this topic. */
  wants(topic: string): boolean;
  /** True if a matching filter was released and has no new subscriber: its node is being replaced or has failed. */
  misses(topic: string): boolean;
  /** Resolves with true as soon as this topic has a subscriber, or with false when `signal` is aborted before. */
  wanted(topic: string, signal: AbortSignal): Promise<boolean>;
}

/** Maximum released filters to remember, and for how long: no message waits longer for a node removed from the profile. */
const MAX_RELEASED = 1000;
const RELEASED_MS = 60_000;

/**
 * `changed` is called for each filter with a changed QoS (undefined: no subscriber any more).
 * `now`: milliseconds on a clock that never jumps.
 */
export function subscriptions(
  changed: (filter: string, qos: 0 | 1 | undefined) => void,
  now: () => number,
): Subscriptions {
  const subscribers = new Set<Subscriber>();
  const released = new Map<string, number>();
  const waiting = new Set<() => void>();
  const wants = (topic: string) => [...subscribers].some((subscriber) => subscriber.matches(topic));
  const qosOf = (filter: string): 0 | 1 | undefined => {
    const same = [...subscribers].filter((subscriber) => subscriber.filter === filter);
    if (same.length === 0) return undefined;
    return same.some(({ qos }) => qos === 1) ? 1 : 0;
  };
  return {
    add(filter, qos, handler) {
      const before = qosOf(filter);
      const subscriber: Subscriber = { filter, matches: topicMatcher(filter), qos, handler };
      subscribers.add(subscriber);
      released.delete(filter);
      for (const check of [...waiting]) check();
      if (qosOf(filter) !== before) changed(filter, qosOf(filter));
      return () => {
        if (!subscribers.delete(subscriber)) return;
        const left = qosOf(filter);
        if (left !== undefined) return;
        for (const [old, at] of released) {
          if (now() - at > RELEASED_MS || released.size >= MAX_RELEASED) released.delete(old);
        }
        released.set(filter, now());
        changed(filter, undefined);
      };
    },
    filters() {
      const all = new Map<string, 0 | 1>();
      for (const { filter } of subscribers) all.set(filter, qosOf(filter) ?? 0);
      return all;
    },
    async deliver(message, only) {
      const work: Promise<void>[] = [];
      // A persistent session may still send the identifiers of an earlier camd: filters that do not match are ignored.
      const isRestricted = only && [...only].some((filter) => matches(filter, message.topic));
      for (const subscriber of [...subscribers]) {
        const { filter, qos, handler } = subscriber;
        if (!subscriber.matches(message.topic) || (isRestricted && !only.has(filter))) continue;
        // MQTT 3.1.1 §3.8.4: a subscription of QoS 0 never gets more than that.
        work.push(run(handler, qos < message.qos ? { ...message, qos } : message));
      }
      const [first] = work;
      if (work.length < 2) return first;
      const outcomes = await Promise.allSettled(work);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    wants,
    misses: (topic) =>
      released.size > 0 &&
      !wants(topic) &&
      [...released].some(([filter, at]) => now() - at <= RELEASED_MS && matches(filter, topic)),
    wanted(topic, signal) {
      if (wants(topic)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = (found: boolean) => {
          waiting.delete(check);
          signal.removeEventListener('abort', stop);
          resolve(found);
        };
        const check = () => {
          if (wants(topic)) settle(true);
        };
        const stop = () => settle(false);
        waiting.add(check);
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

async function run(handler: MessageHandler, message: MqttMessage): Promise<void> {
  await handler(message);
}
