// The stand-in for an MQTT node: delivers messages to the nodes of the profile and records those that they publish. No network.

import type { Mqtt, MqttMessage } from '../../../core/contract/ports.ts';
import { matches } from '../../kit/mqtt/topic.ts';

/** Most messages that one test records. */
const MAX_PUBLISHED = 10_000;

export interface Published {
  readonly topic: string;
  readonly payload: Buffer;
}

export interface FakeBroker {
  readonly port: Mqtt;
  /** The messages that the nodes of the profile published, in order. */
  readonly published: readonly Published[];
  /** Delivers a message of another client: true if all nodes that receive it acknowledge it; false if one refuses or none receives it. */
  deliver(topic: string, payload: Buffer): Promise<boolean>;
}

type Handler = (message: MqttMessage) => void | Promise<void>;

export function createFakeBroker(): FakeBroker {
  const subscriptions = new Set<{ readonly filter: string; readonly onMessage: Handler }>();
  const published: Published[] = [];
  const deliver = async (topic: string, payload: Buffer, retain: boolean): Promise<boolean> => {
    const handlers = [...subscriptions].filter(({ filter }) => matches(filter, topic));
    const message: MqttMessage = { topic, payload, qos: 1, retain, duplicate: false };
    const results = await Promise.allSettled(handlers.map(async ({ onMessage }) => onMessage(message)));
    return results.length > 0 && results.every(({ status }) => status === 'fulfilled');
  };
  return {
    published,
    deliver: (topic, payload) => deliver(topic, payload, false),
    port: {
      connected: true,
      async publish(topic, payload) {
        const bytes = Buffer.from(payload);
        if (published.length < MAX_PUBLISHED) published.push({ topic, payload: bytes });
        void deliver(topic, bytes, false);
      },
      subscribe(filter, _qos, onMessage) {
        const subscription = { filter, onMessage };
        subscriptions.add(subscription);
        return () => void subscriptions.delete(subscription);
      },
      onConnection(listener) {
        listener(true);
        return () => {};
      },
    },
  };
}
