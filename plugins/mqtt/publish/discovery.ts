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

export interface AnnouncedAs {
  /** The node's id distinguishes two publishers of one camera. */
  readonly node: string;
  readonly version: string;
}

/** One message per entity of a camera. None for `encoding: json`: Home Assistant cannot read a picture from JSON. */
export function announcements(
  options: Pick<MqttPublishOptions, 'topic' | 'encoding'>,
  discovery: Discovery,
  camera: string,
  { node, version }: AnnouncedAs,
): readonly Announcement[] {
  if (options.encoding === 'json') return [];
  const topic = topicOf(options.topic, camera);
  const common = {
    availability: [{ topic: discovery.availability }],
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
    const id = `camd_${idOf(node)}_${idOf(camera)}_${entity}`;
    const own = entity === 'camera' ? { topic } : { image_topic: topic };
    const name = entity === 'camera' ? camera : `${camera} image`;
    return {
      topic: `${discovery.prefix}/${entity}/${id}/config`,
      payload: JSON.stringify({ name, unique_id: id, ...own, ...common }),
    };
  });
}

/** Ids in discovery topics hold only letters, digits, "_" and "-". Others are replaced by their code, so that two ids never become one. */
function idOf(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === '_' ? '__' : `_${character.codePointAt(0)?.toString(16)}_`,
  );
}
