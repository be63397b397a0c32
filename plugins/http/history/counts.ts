// Counts a camera's pictures per interval, for the time line.

import { setImmediate } from 'node:timers/promises';
import type { Store } from '../../../core/contract/plugin.ts';

/** Most pictures counted per interval, which limits the cost. */
const MOST = 120;

export interface CountQuery {
  readonly camera: string;
  /** Milliseconds since the epoch, exclusive `to`. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds of one interval. */
  readonly every: number;
}

/** `counts[n]` belongs to the interval that begins at `from + n * every`; the value `most` means at least that many. */
export async function countPictures(store: Store, { camera, from, to, every }: CountQuery) {
  const counts = Array.from({ length: Math.max(0, Math.ceil((to - from) / every)) }, () => 0);
  const query = { camera, to, order: 'oldest-first', limit: MOST } as const;
  for (let at = 0; at < counts.length; at++) {
    const found = await store.list({ ...query, from: from + at * every });
    const [first] = found;
    if (!first) break;
    // Skips empty intervals.
    at = Math.floor((first.time - from) / every);
    counts[at] = found.filter(({ time }) => time < from + (at + 1) * every).length;
    // A day with many pictures must not delay the streams.
    await setImmediate();
  }
  return { camera, from, to, every, most: MOST, counts };
}
