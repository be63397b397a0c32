// The ports: `store` for what is in the bucket, `stills` for the newest frame of each camera.

import { Readable } from 'node:stream';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { createKeyedSingleFlight, createSingleFlight } from '../../../core/base/single-flight.ts';
import type { Frame, Input, Node, RequestHandler, Still, Stills, Store } from '../../../core/contract/plugin.ts';
import type { StoreS3Options } from '../../../schemas/store/s3.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { recognise } from '../../kit/image/recognise.ts';
import { captureAll, captureOne } from '../../kit/stills/capture-all.ts';
import type { Newest } from '../../kit/stills/newest.ts';
import type { Bucket } from './bucket.ts';
import { withFile } from './frames.ts';
import type { Listing } from './listing.ts';
import type { Writer } from './writer.ts';

export interface Parts {
  readonly node: Node<StoreS3Options>;
  readonly bucket: Bucket;
  readonly listing: Listing;
  readonly writer: Writer;
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
      // S3 does not say whether there was anything to delete.
      const there = await bucket.look(id, signal);
      if (!there) return false;
      await bucket.delete(id, signal);
      node.metrics.count('deleted_total');
      if (newest.get(there.camera)?.meta.file === id) newest.forget(there.camera);
      return true;
    },
    usage: () => usage(signal),
    link: (id, forMs) => bucket.link(id, forMs, signal),
    admit: (picture, forMs) => bucket.admit(picture, forMs, signal),
    look: (id) => bucket.look(id, signal),
    async learn(id, size) {
      const found = await bucket.look(id, signal);
      return found?.size === size ? found : undefined;
    },
  };
}

export function stillsPort(parts: Parts, input: Input | undefined, capture: RequestHandler<'capture'>): Stills {
  const { node, newest } = parts;
  const stillOf = (frame: Frame): Still => {
    const age = node.clock.monotonic() - frame.arrived;
    return { frame, age, stale: node.options.stale_after !== undefined && age > node.options.stale_after };
  };
  const restore = createKeyedSingleFlight((camera, signal) => restoreNewest(parts, camera, signal));
  return {
    cameras: () => [...new Set([...(input?.cameras() ?? []), ...newest.cameras()])].sort(),
    latest(camera) {
      const frame = newest.get(camera);
      return frame && stillOf(frame);
    },
    async find(camera) {
      const frame = CAMERA_ID.test(camera) ? await restore(camera, node.signal) : undefined;
      return frame && stillOf(frame);
    },
    next: newest.next,
    onDemand: (camera) => input?.answers('capture', camera) ?? false,
    capture: (camera, signal) => captureOne(capture, camera, signal),
    captureAll: (cameras, wanted) => captureAll(capture, cameras, wanted, node.clock),
  };
}

/** What others have put: the newest picture of the camera in the bucket. */
async function restoreNewest(
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
    // Below every number that this process gives: the first new frame is newer.
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
