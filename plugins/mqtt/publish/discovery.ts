// Home Assistant discovery messages for each camera (home-assistant.io/integrations/mqtt). Pure.

import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';
import { topicOf } from '../../kit/mqtt/topic.ts';

export type Discovery = NonNullable<MqttPublishOptions['discovery']>;

export interface Announcement {
  readonly topic: string;
  /** JSON, to be published as retained. */
  readonly payload: string;
}

/** Home Assistant publishes "online" here after each of its starts. Not retained. */
export const statusTopic = (discovery: Discovery): string => `${discovery.prefix}/status`;

/** Where the state of one camera is published, retained: "online" or "offline". */
export const cameraStatusTopic = (discovery: Discovery, node: string, camera: string): string =>
  `${discovery.availability}/${node}/${camera}`;

/** What a node finds of its own earlier announcements: the retained messages under these. */
export const configFilters = (discovery: Discovery): readonly string[] =>
  ['camera', 'image'].map((entity) => `${discovery.prefix}/${entity}/+/config`);

export interface Earlier {
  readonly camera: string;
  /** Topic of the announcement. */
  readonly config: string;
  /** Topic of the camera's pictures at that time. */
  readonly pictures: string | undefined;
}

/** Reads an announcement that this node has made in an earlier run; undefined for those of others. */
export function earlier(discovery: Discovery, node: string, topic: string, payload: Buffer): Earlier | undefined {
  if (payload.length === 0 || payload.length > MAX_CONFIG) return undefined;
  const [, entity, id] = topic.slice(discovery.prefix.length).split('/');
  if (!id?.startsWith(`camd_${idOf(node)}_`) || (entity !== 'camera' && entity !== 'image')) return undefined;
  const config = parsed(payload.toString());
  const own = cameraStatusTopic(discovery, node, '');
  // Another camd may have a node of the same name; it has another availability topic, or its cameras would go with this one.
  const camera = topicsOf(config.availability)
    .find((one) => one.startsWith(own))
    ?.slice(own.length);
  if (camera === undefined || id !== entityId(node, camera, entity)) return undefined;
  const pictures = entity === 'camera' ? config.topic : config.image_topic;
  return { camera, config: topic, pictures: typeof pictures === 'string' ? pictures : undefined };
}

/** Bytes of an announcement; longer messages are none of camd. */
const MAX_CONFIG = 64 * 1024;

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function topicsOf(availability: unknown): string[] {
  if (!Array.isArray(availability)) return [];
  return availability.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'topic' in one && typeof one.topic === 'string' ? [one.topic] : [],
  );
}

export interface AnnouncedAs {
  /** The node's id distinguishes two publishers of one camera. */
  readonly node: string;
  readonly version: string;
  /** The display name of the camera. */
  readonly name: string;
}

/** One message per entity of a camera. None for `encoding: json`: Home Assistant cannot read a picture from JSON. */
export function announcements(
  options: Pick<MqttPublishOptions, 'topic' | 'encoding'>,
  discovery: Discovery,
  camera: string,
  { node, version, name: shown }: AnnouncedAs,
): readonly Announcement[] {
  if (options.encoding === 'json') return [];
  const topic = topicOf(options.topic, camera);
  const common = {
    availability: [{ topic: discovery.availability }, { topic: cameraStatusTopic(discovery, node, camera) }],
    availability_mode: 'all',
    device: {
      identifiers: [`camd_${idOf(discovery.device)}`],
      name: discovery.device,
      manufacturer: 'camd',
      sw_version: version,
    },
    origin: { name: 'camd', sw_version: version },
    ...(options.encoding === 'base64' ? { image_encoding: 'b64' } : {}),
  };
  return discovery.entities.map((entity) => {
    const id = entityId(node, camera, entity);
    const own = entity === 'camera' ? { topic } : { image_topic: topic };
    const name = entity === 'camera' ? shown : `${shown} image`;
    return {
      topic: `${discovery.prefix}/${entity}/${id}/config`,
      payload: JSON.stringify({ name, unique_id: id, ...own, ...common }),
    };
  });
}

const entityId = (node: string, camera: string, entity: string): string =>
  `camd_${idOf(node)}_${idOf(camera)}_${entity}`;

/** Ids in discovery topics hold only letters, digits, "_" and "-". Others are replaced by their code, so that two ids never become one. */
function idOf(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === '_' ? '__' : `_${character.codePointAt(0)?.toString(16)}_`,
  );
}
