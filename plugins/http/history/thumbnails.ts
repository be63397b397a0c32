// Makes thumbnails once and keeps them in a bounded cache.

import { buffer } from 'node:stream/consumers';
import { environment, type Store } from '../../../core/contract/plugin.ts';
import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';
import { createLru } from '../../kit/work/lru.ts';

/** Most thumbnails made at the same time; each needs about 20 MB for a moment. */
const PARALLEL = 2;
const MAX_WAITING = 512;
/** Bytes: larger files are not decoded. */
const MAX_SOURCE = 64 * 2 ** 20;
const MAX_PIXELS = 100_000_000;
const QUALITY = 70;

export interface Thumbnail {
  readonly data: Buffer;
  readonly type: 'image/jpeg';
}

export interface Thumbnails {
  /** Undefined when the picture does not exist. Rejects when it cannot be scaled, or when too many requests wait. */
  get(store: Store, id: string): Promise<Thumbnail | undefined>;
  /** Bytes in the cache. */
  readonly held: number;
}

export function createThumbnails(width: number, maxHeld: number, load: () => Promise<Sharp> = loadSharp): Thumbnails {
  const queue = createKeyedQueue({ parallel: PARALLEL, waiting: MAX_WAITING });
  const cache = createLru<string, Thumbnail>(maxHeld, ({ data }) => data.length);
  const making = new Map<string, Promise<Thumbnail | undefined>>();

  const make = async (store: Store, id: string): Promise<Thumbnail | undefined> => {
    const sharp = await load();
    const found = await store.read(id);
    if (!found) return undefined;
    if (found.kept.size > MAX_SOURCE) {
      found.body.destroy();
      throw environment('too-large', 'The picture is too large for a thumbnail.');
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

  return {
    get held() {
      return cache.size;
    },
    async get(store, id) {
      const known = cache.get(id);
      if (known) return known;
      const running = making.get(id);
      if (running) return running;
      const job = queue.run(id, () => make(store, id));
      if (!job) throw environment('thumbnails-busy', 'Too many thumbnails were requested at once; try again.');
      making.set(id, job);
      try {
        const thumbnail = await job;
        if (thumbnail) cache.set(id, thumbnail);
        return thumbnail;
      } finally {
        making.delete(id);
      }
    },
  };
}
