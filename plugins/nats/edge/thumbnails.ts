// Keeps the newest picture of each camera in a key-value bucket of JetStream, without the JetStream API: a put is a message.

import type { Frame, Nats, Node } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { encodeReply } from '../../kit/fleet/packet.ts';
import { thumbnailSubject } from '../../kit/fleet/subjects.ts';

export interface ThumbnailOptions {
  /** Milliseconds. */
  readonly every: number;
  readonly bucket: string;
}

export function keepThumbnails(
  node: Node<unknown>,
  { every, bucket }: ThumbnailOptions,
  edge: string,
  nats: () => Nats | undefined,
  newest: () => readonly Frame[],
): void {
  const sentKeys = new Map<string, string>();
  const put = (port: Nats, { camera, key, time, type, meta, data }: Frame): void => {
    if (sentKeys.get(camera) === key) return;
    const packet = encodeReply({ is: 'picture', head: { camera, key, time, type, meta }, data });
    if (packet.length > port.maxPayload) {
      node.metrics.count('thumbnails_too_large_total');
      return;
    }
    try {
      port.publish(thumbnailSubject(bucket, edge, camera), packet);
      sentKeys.set(camera, key);
      node.metrics.count('thumbnails_total');
    } catch (cause) {
      node.log.debug('a thumbnail could not be sent', { camera, why: sentence(cause) });
    }
  };
  node.task(async (signal) => {
    // A random delay, so that edges that start together do not send together.
    await node.clock.sleep(Math.random() * every, signal).catch(() => {});
    while (!signal.aborted) {
      const port = nats();
      const frames = port?.connected ? newest() : [];
      const cameras = new Set(frames.map(({ camera }) => camera));
      if (port?.connected) for (const camera of sentKeys.keys()) if (!cameras.has(camera)) sentKeys.delete(camera);
      for (const frame of frames) {
        if (signal.aborted || !port?.connected) break;
        put(port, frame);
        // One at a time, so that pictures for viewers do not wait behind all of them.
        await port.flush().catch(() => {});
      }
      await node.clock.sleep(every, signal).catch(() => {});
    }
  });
}
