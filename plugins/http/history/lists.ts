// The JSON lists of cameras and of their stored pictures.

import type { Kept, Store } from '../../../core/contract/plugin.ts';
import type { ListQuery } from './query.ts';

export const urlOf = (path: string, kind: 'pictures' | 'thumbnails', id: string): string =>
  `${path}/${kind}/${id.split('/').map(encodeURIComponent).join('/')}`;

const shown = (path: string, kept: Kept) => ({
  id: kept.id,
  time: new Date(kept.time).toISOString(),
  timestamp: kept.time,
  type: kept.type,
  size: kept.size,
  url: urlOf(path, 'pictures', kept.id),
  thumbnail: urlOf(path, 'thumbnails', kept.id),
});

export async function listCameras(
  store: Store,
  path: string,
  nameOf: (camera: string) => string,
  isSeen: (camera: string) => boolean,
) {
  const cameras = await Promise.all(
    (await store.cameras()).filter(isSeen).map(async (camera) => {
      const [oldest] = await store.list({ camera, order: 'oldest-first', limit: 1 });
      const [newest] = await store.list({ camera, order: 'newest-first', limit: 1 });
      return oldest && newest
        ? [{ camera, name: nameOf(camera), oldest: shown(path, oldest), newest: shown(path, newest) }]
        : [];
    }),
  );
  return cameras.flat();
}

export async function listPictures(store: Store, path: string, query: ListQuery) {
  const { every, limit, ...rest } = query;
  const found =
    every === undefined ? await store.list({ ...rest, limit: limit + 1 }) : await sample(store, query, every);
  const pictures = found.slice(0, limit);
  return {
    camera: query.camera,
    pictures: pictures.map((kept) => shown(path, kept)),
    /** The `cursor` for the next page; null at the end. */
    next: every === undefined && found.length > limit ? (pictures.at(-1)?.id ?? null) : null,
  };
}

/** The first picture of every interval that has one. */
async function sample(store: Store, query: ListQuery, every: number): Promise<Kept[]> {
  const { from = 0, to = 0, camera } = query;
  const samples: Kept[] = [];
  for (let at = from; at < to; ) {
    const [kept] = await store.list({
      ...(camera === undefined ? {} : { camera }),
      from: at,
      to,
      order: 'oldest-first',
      limit: 1,
    });
    if (!kept) break;
    samples.push(kept);
    at = from + (Math.floor((kept.time - from) / every) + 1) * every;
  }
  return query.order === 'oldest-first' ? samples : samples.reverse();
}
