// Commands received over MQTT: "capture" requests a picture from a camera now.

import type { Input, Mqtt, MqttMessage, Node, Release } from '../../../core/contract/plugin.ts';
import { sendCommand } from '../../kit/control/control.ts';
import { topicPattern } from '../../kit/mqtt/topic.ts';

/** Limit of a command in bytes; longer messages are ignored. */
const MAX_COMMAND = 1024;

/** A topic without {camera} addresses every camera of the input. While a camera handles a command, it gets no other. */
export function commandReceiver(node: Pick<Node<unknown>, 'task' | 'metrics' | 'log'>, input: Input, topic: string) {
  const pattern = topicPattern(topic);
  const busy = new Set<string>();
  const capture = async (camera: string): Promise<void> => {
    if (busy.has(camera)) return node.metrics.count('commands_dropped_total');
    busy.add(camera);
    try {
      node.metrics.count('commands_total');
      if (await sendCommand(input, camera, { name: 'capture' })) return;
      node.log.warn('a picture was requested over MQTT, but the camera sent none', { camera });
    } finally {
      busy.delete(camera);
    }
  };
  const take = ({ topic: from, payload, retain }: MqttMessage): void => {
    // The broker repeats a retained command at each connection, even long after it was sent.
    if (retain || nameOf(payload) !== 'capture') {
      node.metrics.count('commands_dropped_total');
      return;
    }
    const named = pattern.named ? [pattern.camera(from) ?? ''] : input.cameras();
    for (const camera of named) if (camera !== '') node.task(() => capture(camera));
  };
  return (mqtt: Mqtt): Release => mqtt.subscribe(pattern.filter, 1, take);
}

/** From `{"name": "capture"}` or the word alone. */
function nameOf(payload: Buffer): string | undefined {
  if (payload.length > MAX_COMMAND) return undefined;
  const text = payload.toString('utf8').trim();
  if (!text.startsWith('{')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : undefined;
  } catch {
    return undefined;
  }
}
