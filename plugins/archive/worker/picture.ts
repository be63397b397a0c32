// Names of the pictures of edges in the archive, and the event that announces each stored picture.

import type { AnnouncedPicture, Kept, Nats } from '../../../core/contract/plugin.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { type Announcement, eventOf } from '../../kit/archive/protocol.ts';

export const nameOf = ({ camera: template }: ArchiveWorkerOptions, site: string, camera: string): string =>
  template.replaceAll('{site}', site).replaceAll('{camera}', camera);

/** The picture under the name that it gets in the store. */
export const named = (options: ArchiveWorkerOptions, site: string, picture: Announcement): AnnouncedPicture => ({
  camera: nameOf(options, site, picture.camera),
  key: picture.key,
  time: picture.time,
  type: picture.type,
  size: picture.size,
  md5: picture.md5,
});

/** Publishes the event; delivery is not guaranteed. */
export function announceStored(
  nats: Nats,
  { prefix }: ArchiveWorkerOptions,
  site: string,
  kept: Kept,
  md5: string,
): void {
  const { camera, id, time, size, type } = kept;
  const etag = Buffer.from(md5, 'base64').toString('hex');
  try {
    nats.publish(eventOf(prefix), JSON.stringify({ site, camera, key: id, time, size, type, etag }));
  } catch {
    // There is no connection. The picture is in the index, so the event may be lost.
  }
}
