// Home Assistant discovery messages for each camera (home-assistant.io/integrations/mqtt). Pure.

import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';
import { topicOf } from '../../kit/mqtt/topic.ts';

export type Discovery = NonNullable<MqttPublishOptions['discovery']>;

export interface Announcement {
  readonly topic: string;
  /** JSON, to be retained. */
  readonly payload: string;
}

/** Published by Home Assistant itself: "online" after each of its starts. Not retained. */
export const statusTopic = (discovery: Discovery): string => `${discovery.prefix}/status`;

export interface AnnouncedAs {
  /** The node's id: it keeps two publishers of one camera apart. */
  readonly node: string;
  readonly version: string;
}

/** One message per entity of a camera. Nothing for `encoding: json`: Home Assistant reads no picture out of JSON. */
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

/** Ids in discovery topics hold letters, digits, "_" and "-" only. Others become their code, so that two never become one. */
function idOf(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === '_' ? '__' : `_${character.codePointAt(0)?.toString(16)}_`,
  );
}
