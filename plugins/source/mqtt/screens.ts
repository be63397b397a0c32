// Status and heartbeats that cameras publish over MQTT, and the commands that are published to them.

import type { Fact, Mqtt, Node, Release } from '../../../core/contract/plugin.ts';
import type { SourceMqttOptions } from '../../../schemas/source/mqtt.ts';
import { isKnown } from '../../kit/ingest/known.ts';
import { topicOf, topicPattern } from '../../kit/mqtt/topic.ts';

/** Limit of a status, in characters. */
const MAX_STATUS = 64;

/** Times are milliseconds since the epoch. */
interface Screen {
  status?: string;
  statusAt?: number;
  heartbeatAt?: number;
}

/** Answers the commands `state` and `capture`, and returns a function that subscribes to the topics. */
export async function followScreens(node: Node<SourceMqttOptions>): Promise<(mqtt: Mqtt) => readonly Release[]> {
  const { options, clock, metrics } = node;
  const [registry] = node.refs('only', 'registry');
  const via = node.ref('via', 'mqtt');
  const screens = await node.durable('screens', {
    same: [],
    create: () => new Map<string, Screen>(),
    dispose: () => {},
  });

  const follow = (
    mqtt: Mqtt,
    topic: string | undefined,
    note: (screen: Screen, payload: Buffer) => void,
  ): Release[] => {
    if (topic === undefined) return [];
    const pattern = topicPattern(topic);
    const release = mqtt.subscribe(pattern.filter, 0, async (message) => {
      const camera = pattern.camera(message.topic);
      if (!camera || message.payload.length === 0 || !(await isKnown(registry, camera))) return;
      const screen = screens.get(camera) ?? {};
      if (!screens.has(camera) && screens.size >= options.max_cameras) return metrics.count('over_limit_total');
      note(screen, message.payload);
      screens.set(camera, screen);
    });
    return [release];
  };
  const capture = async (camera: string): Promise<boolean> => {
    const mqtt = via.current();
    if (options.command_topic === undefined || !mqtt?.connected || !(await isKnown(registry, camera))) return false;
    await mqtt.publish(topicOf(options.command_topic, camera), '{"name":"capture"}', { qos: 1 });
    metrics.count('commands_total');
    return true;
  };

  if (
    options.command_topic !== undefined ||
    options.status_topic !== undefined ||
    options.heartbeat_topic !== undefined
  ) {
    node.output.answer(
      'command',
      async (camera, { name }): Promise<Fact> => {
        if (name === 'capture') return capture(camera);
        return name === 'state' ? factsOf(screens.get(camera)) : false;
      },
      (camera) => options.command_topic !== undefined || screens.has(camera),
    );
  }
  return (mqtt) => [
    ...follow(mqtt, options.status_topic, (screen, payload) => {
      screen.status = payload
        .toString('utf8', 0, MAX_STATUS * 4)
        .replace(/\p{Cc}/gu, ' ')
        .slice(0, MAX_STATUS);
      screen.statusAt = clock.now();
    }),
    ...follow(mqtt, options.heartbeat_topic, (screen) => {
      screen.heartbeatAt = clock.now();
    }),
  ];
}

function factsOf(screen: Screen = {}): Fact {
  const { status = null, statusAt, heartbeatAt } = screen;
  return { status, status_time: isoOf(statusAt), heartbeat: isoOf(heartbeatAt) };
}

const isoOf = (time: number | undefined): string | null => (time === undefined ? null : new Date(time).toISOString());
