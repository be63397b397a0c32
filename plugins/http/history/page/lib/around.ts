// Loads the pictures around the current one before the user reaches the end of the list.

import { getPictures, type Picture } from './api.ts';
import type { Bounds } from './day.ts';

/** Pictures loaded on each side, and the distance to the end of the loaded ones that triggers a new load. */
const REACH = 12;
const MARGIN = 7;

export interface Around {
  /** In time order; contains the current picture of the last load. */
  readonly pictures: () => readonly Picture[];
  has(picture: Picture): boolean;
  /** Resolves to true when the loaded pictures changed; false also when a later load replaced this one. */
  load(camera: string, bounds: Bounds, at: Picture): Promise<boolean>;
  forget(): void;
}

export function createAround(): Around {
  let pictures: readonly Picture[] = [];
  let isStart = false;
  let isEnd = false;
  let loads = 0;

  const isEnough = (at: Picture): boolean => {
    const index = pictures.findIndex(({ id }) => id === at.id);
    if (index < 0) return false;
    return (isStart || index >= MARGIN) && (isEnd || pictures.length - 1 - index >= MARGIN);
  };
  return {
    pictures: () => pictures,
    has: (picture) => pictures.some(({ id }) => id === picture.id),
    async load(camera, bounds, at) {
      const load = ++loads;
      if (isEnough(at)) return false;
      const query = { ...bounds, limit: REACH, cursor: at.id };
      const [before, after] = await Promise.all([
        getPictures(camera, { ...query, order: 'newest-first' }),
        getPictures(camera, { ...query, order: 'oldest-first' }),
      ]);
      if (load !== loads) return false;
      pictures = [...[...before].reverse(), at, ...after];
      isStart = before.length < REACH;
      isEnd = after.length < REACH;
      return true;
    },
    forget() {
      loads++;
      pictures = [];
    },
  };
}
