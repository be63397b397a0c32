// Home Assistant discovery messages for each camera (home-assistant.io/integrations/mqtt). Pure.

import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';
import { topicOf } from '../../kit/mqtt/topic.ts';

export type Discovery = NonNullable<MqttPublishOptions['discovery']>;

export interface Announcement {
  readonly topic: string;
  /** JSON, to be published as retained. */
  readonly payload: string;
}

/** Home Assistant publishes "online" here after each start. Not retained. */
export const statusTopic = (discovery: Discovery): string => `${discovery.prefix}/status`;

/** Topic of the state of availabilityTopic camera, retained: "online" or "offline". */
export const cameraStatusTopic = (discovery: Discovery, node: string, camera: string): string =>
  `${discovery.availability}/${node}/${camera}`;

/** Topic filters for the node's earlier announcements, which are retained. */
export const configFilters = (discovery: Discovery): readonly string[] =>
  ['camera', 'image'].map((entity) => `${discovery.prefix}/${entity}/+/config`);

export interface Earlier {
  readonly camera: string;
  /** Topic of the announcement. */
  readonly config: string;
  /** Topic of the camera's pictures when it was announced. */
  readonly pictures: string | undefined;
}

/** Reads an announcement of this node from an earlier run; undefined for announcements of others. */
export function earlier(discovery: Discovery, node: string, topic: string, payload: Buffer): Earlier | undefined {
  if (payload.length === 0 || payload.length > MAX_CONFIG) return undefined;
  const [, entity, id] = topic.slice(discovery.prefix.length).split('/');
  if (!id?.startsWith(`camd_${idOf(node)}_`) || (entity !== 'camera' && entity !== 'image')) return undefined;
  const config = parsed(payload.toString());
  const own = cameraStatusTopic(discovery, node, '');
  // Another camd may have a node with the same name. Its availability topic differs, so its cameras are not removed with these.
  const camera = topicsOf(config.availability)
    .find((availabilityTopic) => availabilityTopic.startsWith(own))
    ?.slice(own.length);
  if (camera === undefined || id !== entityId(node, camera, entity)) return undefined;
  const pictures = entity === 'camera' ? config.topic : config.image_topic;
  return { camera, config: topic, pictures: typeof pictures === 'string' ? pictures : undefined };
}

/** Limit of an announcement in bytes; longer messages are not from camd. */
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
  return availability.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'topic' in entry && typeof entry.topic === 'string'
      ? [entry.topic]
      : [],
  );
}

export interface AnnouncedAs {
  /** The node's id distinguishes two publishers of entry camera. */
  readonly node: string;
  readonly version: string;
  /** The display name of the camera. */
  readonly name: string;
}

/** One message per entity of a camera. Empty for `encoding: json`: Home Assistant cannot read a picture from JSON. */
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

/** Ids in discovery topics contain only letters, digits, "_" and "-". Other characters become their code, so that ids stay distinct. */
function idOf(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === '_' ? '__' : `_${character.codePointAt(0)?.toString(16)}_`,
  );
}
