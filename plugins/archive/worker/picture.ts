// The pictures of edges under the names that the archive gives them, and the event that tells of each.

import type { AnnouncedPicture, Kept, Nats } from '../../../core/contract/plugin.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { type Announcement, eventOf } from '../../kit/archive/protocol.ts';

export const nameOf = ({ camera: template }: ArchiveWorkerOptions, site: string, camera: string): string =>
  template.replaceAll('{site}', site).replaceAll('{camera}', camera);

/** As the store is to have it. */
export const named = (options: ArchiveWorkerOptions, site: string, picture: Announcement): AnnouncedPicture => ({
  camera: nameOf(options, site, picture.camera),
  key: picture.key,
  time: picture.time,
  type: picture.type,
  size: picture.size,
  md5: picture.md5,
});

/** Whoever listens learns of it; nobody has to. */
export function tellStored(nats: Nats, { prefix }: ArchiveWorkerOptions, site: string, kept: Kept, md5: string): void {
  const { camera, id, time, size, type } = kept;
  const etag = Buffer.from(md5, 'base64').toString('hex');
  try {
    nats.publish(eventOf(prefix), JSON.stringify({ site, camera, key: id, time, size, type, etag }));
  } catch {
    // The connection is away: the index has the picture, and the event is no more than news.
  }
}
