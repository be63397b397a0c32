// Keeps Home Assistant up to date: announces cameras, publishes their availability, and removes cameras that no longer exist.

import type { MqttMessage } from '../../../core/contract/plugin.ts';
import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';
import { topicOf } from '../../kit/mqtt/topic.ts';
import { announcements, cameraStatusTopic, type Discovery, earlier } from './discovery.ts';

/** Limit of announcements from an earlier run that are remembered until it is clear whether their camera still exists. */
const MAX_FOUND = 8192;

const RETAINED = { qos: 1, retain: true } as const;

export interface HomeAssistantOptions {
  readonly options: MqttPublishOptions;
  readonly discovery: Discovery;
  /** The node's id. */
  readonly node: string;
  readonly version: string;
  /** The display name of a camera. */
  name(camera: string): string;
  /** The current cameras. */
  cameras(): readonly string[];
  /** Arrival of the camera's newest picture, in monotonic milliseconds; undefined before the first. */
  seenAt(camera: string): number | undefined;
  now(): number;
  /** False if the broker is unreachable or has refused the message. */
  send(topic: string, payload: string, options: { readonly qos: 1; readonly retain: true }): Promise<boolean>;
}

export interface HomeAssistant {
  announce(camera: string): Promise<void>;
  /** Announces all cameras again: after a connection, and when Home Assistant starts. */
  announceAll(): Promise<void>;
  /** Removes the camera, its state and its retained picture. */
  withdraw(camera: string): Promise<void>;
  /** Handles a retained announcement at the broker, possibly from an earlier run. */
  found(message: Pick<MqttMessage, 'topic' | 'payload'>): void;
  /** Publishes changed states, and removes the announcements of earlier runs whose camera no source has any more. */
  refresh(): Promise<void>;
}

interface Found {
  readonly camera: string;
  readonly pictures: string | undefined;
  readonly at: number;
}

export function createHomeAssistant(context: HomeAssistantOptions): HomeAssistant {
  const { options, discovery, node, version, send } = context;
  const announced = new Set<string>();
  /** The state of each camera that was published last. */
  const states = new Map<string, 'online' | 'offline'>();
  const leftovers = new Map<string, Found>();
  const messages = (camera: string) =>
    announcements(options, discovery, camera, { node, version, name: context.name(camera) });

  /** True if this node currently announces the camera under this topic. */
  const isOurs = (topic: string, camera: string): boolean =>
    (announced.has(camera) || context.cameras().includes(camera)) &&
    messages(camera).some((message) => message.topic === topic);

  const stateOf = (camera: string): 'online' | 'offline' => {
    const at = context.seenAt(camera);
    return at !== undefined && context.now() - at <= discovery.stale_after ? 'online' : 'offline';
  };
  const publishState = async (camera: string): Promise<void> => {
    const state = stateOf(camera);
    if (states.get(camera) === state) return;
    states.set(camera, state);
    if (!(await send(cameraStatusTopic(discovery, node, camera), state, RETAINED))) states.delete(camera);
  };
  const announce = async (camera: string): Promise<void> => {
    if (announced.has(camera)) return publishState(camera);
    announced.add(camera);
    for (const { topic, payload } of messages(camera)) {
      if (!(await send(topic, payload, RETAINED))) announced.delete(camera);
    }
    await publishState(camera);
  };
  const withdraw = async (camera: string): Promise<void> => {
    announced.delete(camera);
    states.delete(camera);
    const pictures = options.retain ? [topicOf(options.topic, camera)] : [];
    const topics = messages(camera).map(({ topic }) => topic);
    for (const topic of [...topics, cameraStatusTopic(discovery, node, camera), ...pictures]) {
      leftovers.delete(topic);
      await send(topic, '', RETAINED);
    }
  };

  return {
    announce,
    withdraw,
    async announceAll() {
      announced.clear();
      states.clear();
      for (const camera of context.cameras()) await announce(camera);
      await send(discovery.availability, 'online', RETAINED);
    },
    found({ topic, payload }) {
      const message = earlier(discovery, node, topic, payload);
      if (!message || isOurs(topic, message.camera) || leftovers.has(topic) || leftovers.size >= MAX_FOUND) return;
      leftovers.set(topic, { ...message, at: context.now() });
    },
    async refresh() {
      const cameras = context.cameras();
      for (const camera of cameras) if (announced.has(camera)) await publishState(camera);
      for (const [topic, { camera, pictures, at }] of [...leftovers]) {
        const ours = isOurs(topic, camera);
        if (!ours && context.now() - at < discovery.forget_after) continue;
        leftovers.delete(topic);
        if (ours) continue;
        const isGone = !cameras.includes(camera);
        const also = isGone ? [cameraStatusTopic(discovery, node, camera), ...(pictures ? [pictures] : [])] : [];
        for (const staleTopic of [topic, ...also]) await send(staleTopic, '', RETAINED);
      }
    },
  };
}
