// The retained messages of the embedded broker, bounded by bytes.

import type { MqttMessage } from '../../../core/contract/plugin.ts';
import { matches } from '../../kit/mqtt/topic.ts';

/** Approximate bytes per topic besides its payload. */
const TOPIC_BYTES = 256;

export interface Retained {
  readonly count: number;
  readonly bytes: number;
  /** False if the message does not fit and must not be retained. An empty payload deletes (MQTT 3.1.1 §3.3.1.3). */
  keep(message: MqttMessage): boolean;
  /** Sets another limit; removes the latest topics that no longer fit, and returns them. */
  limit(most: number): readonly string[];
  matching(filter: string): readonly MqttMessage[];
}

export function createRetained(first: number): Retained {
  let most = first;
  const kept = new Map<string, MqttMessage>();
  let bytes = 0;
  const sizeOf = (message: MqttMessage | undefined) =>
    message ? message.payload.length + message.topic.length + TOPIC_BYTES : 0;
  return {
    get count() {
      return kept.size;
    },
    get bytes() {
      return bytes;
    },
    keep(message) {
      const before = kept.get(message.topic);
      const empty = message.payload.length === 0;
      const after = bytes - sizeOf(before) + (empty ? 0 : sizeOf(message));
      if (after > most && !empty) return false;
      bytes = after;
      if (empty) kept.delete(message.topic);
      else kept.set(message.topic, message);
      return true;
    },
    limit(next) {
      most = next;
      const dropped: string[] = [];
      for (const message of [...kept.values()].reverse()) {
        if (bytes <= most) break;
        kept.delete(message.topic);
        bytes -= sizeOf(message);
        dropped.push(message.topic);
      }
      return dropped;
    },
    matching: (filter) => [...kept.values()].filter(({ topic }) => matches(filter, topic)),
  };
}
