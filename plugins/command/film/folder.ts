// The pictures of a folder, in the order of their names.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilmPictures } from '../../kit/film/film.ts';
import type { Source } from './source.ts';

/** Most files whose names are kept in memory. */
const MAX_FILES = 1_000_000;
const PICTURE = /\.(jpe?g|png)$/i;

/** `from` and `to` are compared with the modification times of the files. */
export async function folderPictures(folder: string, { camera, from, to }: Source): Promise<FilmPictures> {
  const root = camera === undefined ? folder : join(folder, camera);
  const names = await readdir(root, { recursive: true, encoding: 'utf8' });
  const found = names
    .filter((name) => PICTURE.test(name) && !name.split('/').some((part) => part.startsWith('.')))
    .slice(0, MAX_FILES)
    .sort();
  const chosen: string[] = [];
  for (const name of found) {
    const { mtimeMs } = from === undefined && to === undefined ? { mtimeMs: 0 } : await stat(join(root, name));
    if ((from === undefined || mtimeMs >= from) && (to === undefined || mtimeMs < to)) chosen.push(name);
  }
  return {
    async list(after, limit) {
      const at = after === undefined ? 0 : chosen.findIndex((name) => name > after);
      return at < 0 ? [] : chosen.slice(at, at + limit);
    },
    read: (name) => readFile(join(root, name)).catch(() => undefined),
  };
}
