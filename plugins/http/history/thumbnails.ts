// Makes thumbnails once and keeps them in a bounded cache.

import { buffer } from 'node:stream/consumers';
import { environment, type Store } from '../../../core/contract/plugin.ts';
import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import { createKeyedQueue } from '../../kit/queue/keyed-queue.ts';

/** Made at the same time; each needs some 20 MB for a moment. */
const PARALLEL = 2;
const MAX_WAITING = 512;
/** Larger files are no pictures that one would want decoded. Bytes. */
const MAX_SOURCE = 64 * 2 ** 20;
const MAX_PIXELS = 100_000_000;
const QUALITY = 70;

export interface Thumbnail {
  readonly data: Buffer;
  readonly type: 'image/jpeg';
}

export interface Thumbnails {
  /** Undefined when the picture is not there. Rejects when it cannot be made smaller, or when too many wait. */
  get(store: Store, id: string): Promise<Thumbnail | undefined>;
  /** Bytes held. */
  readonly held: number;
}

export function createThumbnails(width: number, maxHeld: number, load: () => Promise<Sharp> = loadSharp): Thumbnails {
  const queue = createKeyedQueue({ parallel: PARALLEL, waiting: MAX_WAITING });
  // The order of a Map is that of insertion: what is used is put behind, what is in front goes first.
  const cache = new Map<string, Thumbnail>();
  const making = new Map<string, Promise<Thumbnail | undefined>>();
  let held = 0;

  const make = async (store: Store, id: string): Promise<Thumbnail | undefined> => {
    const sharp = await load();
    const found = await store.read(id);
    if (!found) return undefined;
    if (found.kept.size > MAX_SOURCE) {
      found.body.destroy();
      throw environment('too-large', 'The picture is too large for a small version.');
    }
    const data = await sharp(await buffer(found.body), {
      limitInputPixels: MAX_PIXELS,
      failOn: 'error',
      sequentialRead: true,
    })
      .autoOrient()
      .resize({ width, withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer();
    return { data, type: 'image/jpeg' };
  };
  const remember = (id: string, thumbnail: Thumbnail): void => {
    if (thumbnail.data.length > maxHeld) return;
    cache.set(id, thumbnail);
    held += thumbnail.data.length;
    for (const [oldest, { data }] of cache) {
      if (held <= maxHeld) break;
      cache.delete(oldest);
      held -= data.length;
    }
  };

  return {
    get held() {
      return held;
    },
    async get(store, id) {
      const known = cache.get(id);
      if (known) {
        cache.delete(id);
        cache.set(id, known);
        return known;
      }
      const already = making.get(id);
      if (already) return already;
      const job = queue.run(id, () => make(store, id));
      if (!job) throw environment('thumbnails-busy', 'Too many small versions are asked for at once; try again.');
      making.set(id, job);
      try {
        const thumbnail = await job;
        if (thumbnail) remember(id, thumbnail);
        return thumbnail;
      } finally {
        making.delete(id);
      }
    },
  };
}
