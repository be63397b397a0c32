// Finds pictures of the current camera and day: the first, the last, the nearest, the next.

import { getCounts, getPictures, type Picture, type Query } from './api.ts';
import type { State } from './state.ts';
import { barOf } from './view.ts';

export interface Find {
  first(): Promise<Picture | undefined>;
  last(): Promise<Picture | undefined>;
  nearest(time: number): Promise<Picture | undefined>;
  /** The next or previous picture. */
  beside(shown: Picture, isForward: boolean): Promise<Picture | undefined>;
  /** The first picture at least this many milliseconds later (earlier if negative); the next picture for 0. */
  beyond(shown: Picture, by: number): Promise<Picture | undefined>;
  /** The first picture after the day, or the last one before it. */
  outside(isForward: boolean): Promise<Picture | undefined>;
  /** Pictures per bar of the time line. */
  counts(): Promise<readonly number[]>;
}

export function createFind(state: () => State): Find {
  const anyDay = async (query: Query): Promise<Picture | undefined> =>
    (await getPictures(state().camera, { limit: 1, ...query }))[0];
  const one = (query: Query): Promise<Picture | undefined> => anyDay({ ...state().bounds, ...query });
  const find: Find = {
    first: () => one({ order: 'oldest-first' }),
    last: () => one({ order: 'newest-first' }),
    async nearest(time) {
      const { from, to } = state().bounds;
      const at = Math.min(Math.max(time, from), to - 1);
      const [before, after] = await Promise.all([
        one({ to: at + 1, order: 'newest-first' }),
        one({ from: at, order: 'oldest-first' }),
      ]);
      if (!before || !after) return before ?? after;
      return time - before.timestamp <= after.timestamp - time ? before : after;
    },
    beside: (shown, isForward) => one({ order: isForward ? 'oldest-first' : 'newest-first', cursor: shown.id }),
    async beyond(shown, by) {
      const { from, to } = state().bounds;
      const time = shown.timestamp + by;
      if (by === 0) return find.beside(shown, true);
      if (by > 0) return time >= to ? undefined : one({ from: time, order: 'oldest-first' });
      return time < from ? undefined : one({ to: time + 1, order: 'newest-first' });
    },
    outside(isForward) {
      const { from, to } = state().bounds;
      return anyDay(isForward ? { from: to, order: 'oldest-first' } : { to: from, order: 'newest-first' });
    },
    counts: () => getCounts(state().camera, { ...state().view, every: `${barOf(state().view)}ms` }),
  };
  return find;
}
