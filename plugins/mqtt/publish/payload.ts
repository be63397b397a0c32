// Encodes a frame as the payload of an MQTT message. Pure.

import type { Frame } from '../../../core/contract/plugin.ts';
import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';

export function payloadOf(frame: Frame, encoding: MqttPublishOptions['encoding']): Buffer | string {
  if (encoding === 'raw') return frame.data;
  const image = frame.data.toString('base64');
  if (encoding === 'base64') return image;
  const { camera, type, seq, width, height } = frame;
  return JSON.stringify({ image, camera, type, time: new Date(frame.time).toISOString(), seq, width, height });
}

/** `frame`: the newest of the camera, if any. Times are ISO 8601 in UTC. */
export function heartbeatOf(camera: string, now: number, frame: Frame | undefined): string {
  return JSON.stringify({
    camera,
    time: new Date(now).toISOString(),
    picture: frame ? new Date(frame.time).toISOString() : null,
    seq: frame?.seq ?? null,
  });
}
