// The `store` port of the bucket, and the restoring of a camera's newest picture from it.

import { Readable } from 'node:stream';
import { createSingleFlight } from '../../../core/base/single-flight.ts';
import type { Frame, Node, Store } from '../../../core/contract/plugin.ts';
import type { StoreS3Options } from '../../../schemas/store/s3.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { recognise } from '../../kit/image/recognise.ts';
import type { Newest } from '../../kit/stills/newest.ts';
import { withFile } from '../../kit/store/frames.ts';
import type { StoreWriter } from '../../kit/store/writer.ts';
import type { Bucket } from './bucket.ts';
import type { Listing } from './listing.ts';

export interface Parts {
  readonly node: Node<StoreS3Options>;
  readonly bucket: Bucket;
  readonly listing: Listing;
  readonly writer: StoreWriter;
  readonly newest: Newest;
}

export function storePort({ node, bucket, listing, writer, newest }: Parts): Store {
  const { signal } = node;
  const usage = createSingleFlight((shared) => listing.usage(shared));
  return {
    async put(frame) {
      const kept = await writer.keep(frame);
      newest.keep(withFile(frame, kept), node.options.max_cameras, node.memory);
      return kept;
    },
    list: (query) => listing.list(query, signal),
    cameras: () => listing.cameras(signal),
    async read(id) {
      const found = await bucket.read(id, signal);
      return found && { kept: found.kept, body: Readable.from([found.data]) };
    },
    async delete(id) {
      // S3 does not report whether the object existed.
      const found = await bucket.stat(id, signal);
      if (!found) return false;
      await bucket.delete(id, signal);
      node.metrics.count('deleted_total');
      if (newest.get(found.camera)?.meta.file === id) newest.forget(found.camera);
      return true;
    },
    usage: () => usage(signal),
    link: (id, forMs) => bucket.link(id, forMs, signal),
    admit: (picture, forMs) => bucket.admit(picture, forMs, signal),
    stat: (id) => bucket.stat(id, signal),
    async register(id, size) {
      const found = await bucket.stat(id, signal);
      return found?.size === size ? found : undefined;
    },
  };
}

/** The newest picture of the camera in the bucket, which may be from another sender. */
export async function restoreNewest(
  { node, bucket, listing }: Parts,
  camera: string,
  signal: AbortSignal,
): Promise<Frame | undefined> {
  const [kept] = await listing.list({ camera, order: 'newest-first', limit: 1 }, signal);
  const data = kept && (await bucket.read(kept.id, signal))?.data;
  const found = data && recognise(data);
  if (!kept || !data || !found || isRefusal(found)) return undefined;
  const { clock } = node;
  return {
    camera,
    key: kept.id,
    // Below all numbers of this process: the first new frame is newer.
    seq: 0,
    time: kept.time,
    arrived: clock.monotonic() - Math.max(0, clock.now() - kept.time),
    type: found.type,
    data,
    width: found.width,
    height: found.height,
    hasHeadroom: false,
    meta: { file: kept.id },
  };
}
