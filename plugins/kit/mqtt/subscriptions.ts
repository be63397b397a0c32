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
  /** Each filter once, with the highest QoS that was asked for. */
  filters(): ReadonlyMap<string, 0 | 1>;
  /**
   * Hands a message to every subscriber it matches; resolves when all have, rejects when one refused. `only`: the filters for
   * which the broker sent this copy, where it tells (MQTT 5 §3.3.2.3.8); it sends another copy for other filters.
   */
  deliver(message: MqttMessage, only?: ReadonlySet<string>): Promise<void>;
  /** Whether anybody subscribes to this topic. */
  wants(topic: string): boolean;
  /** Whether a filter that matches has been released and nobody has taken its place: its node is being replaced or has failed. */
  misses(topic: string): boolean;
  /** True as soon as somebody subscribes to this topic, false when `signal` is aborted before. */
  wanted(topic: string, signal: AbortSignal): Promise<boolean>;
}

/** Released filters to remember, and for how long: a node that was taken out of the profile is not waited for. */
const MAX_RELEASED = 1000;
const RELEASED_MS = 60_000;

/**
 * `changed` is told of a filter whose QoS (undefined: no subscriber any more) is not what it was.
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
    const asked = [...subscribers].filter((subscriber) => subscriber.filter === filter);
    if (asked.length === 0) return undefined;
    return asked.some(({ qos }) => qos === 1) ? 1 : 0;
  };
  return {
    add(filter, qos, handler) {
      const before = qosOf(filter);
      const subscriber: Subscriber = { filter, matches: topicMatcher(filter), qos, handler };
      subscribers.add(subscriber);
      released.delete(filter);
      for (const look of [...waiting]) look();
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
      // A persistent session may still tell the identifiers of an earlier camd: filters that do not even match mean nothing.
      const told = only && [...only].some((filter) => matches(filter, message.topic));
      for (const subscriber of [...subscribers]) {
        const { filter, qos, handler } = subscriber;
        if (!subscriber.matches(message.topic) || (told && !only.has(filter))) continue;
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
          waiting.delete(look);
          signal.removeEventListener('abort', give);
          resolve(found);
        };
        const look = () => {
          if (wants(topic)) settle(true);
        };
        const give = () => settle(false);
        waiting.add(look);
        if (signal.aborted) give();
        else signal.addEventListener('abort', give, { once: true });
      });
    },
  };
}

async function run(handler: MessageHandler, message: MqttMessage): Promise<void> {
  await handler(message);
}
