// Commands that come over MQTT: "capture" has a camera take a picture now.

import type { Input, Mqtt, MqttMessage, Node, Release } from '../../../core/contract/plugin.ts';
import { tell } from '../../kit/control/control.ts';
import { topicPattern } from '../../kit/mqtt/topic.ts';

/** Bytes of a command; longer ones are none. */
const MAX_COMMAND = 1024;

/** A topic without {camera} is for every camera of the input. A camera that is busy with a command takes no further one. */
export function takeCommands(node: Pick<Node<unknown>, 'task' | 'metrics' | 'log'>, input: Input, topic: string) {
  const pattern = topicPattern(topic);
  const busy = new Set<string>();
  const capture = async (camera: string): Promise<void> => {
    if (busy.has(camera)) return node.metrics.count('commands_dropped_total');
    busy.add(camera);
    try {
      node.metrics.count('commands_total');
      if (await tell(input, camera, { name: 'capture' })) return;
      node.log.warn('a picture was asked for over MQTT, and the camera has sent none', { camera });
    } finally {
      busy.delete(camera);
    }
  };
  const take = ({ topic: from, payload, retain }: MqttMessage): void => {
    // The broker repeats a retained command at each connection, long after it was meant.
    if (retain || nameOf(payload) !== 'capture') {
      node.metrics.count('commands_dropped_total');
      return;
    }
    const named = pattern.named ? [pattern.camera(from) ?? ''] : input.cameras();
    for (const camera of named) if (camera !== '') node.task(() => capture(camera));
  };
  return (mqtt: Mqtt): Release => mqtt.subscribe(pattern.filter, 1, take);
}

/** From `{"name": "capture"}`, or the plain word. */
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
