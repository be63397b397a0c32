// The indexed frames of a spool, in order for each camera.

import type { Entry, Segment } from './segment.ts';

export type Order = 'oldest-first' | 'newest-first';

export interface Backlog {
  /** Frames in the index. */
  readonly count: number;
  /** Adds entries of one segment, in their order, at their places among the others. */
  add(entries: readonly Entry[]): void;
  /** The next frame of a camera for which `isReady`, or undefined. It stays in the index. */
  next(isReady: (camera: string) => boolean): Entry | undefined;
  /** False if it was already removed. */
  remove(entry: Entry): boolean;
  /** Removes all entries of this segment; returns their number. */
  removeSegment(segment: Segment): number;
  has(entry: Entry): boolean;
  order: Order;
}

export function createBacklog(order: Order): Backlog {
  const cameras = new Map<string, Entry[]>();
  let count = 0;
  const drop = (camera: string, entries: Entry[], at: number): void => {
    if (at === 0) entries.shift();
    else entries.splice(at, 1);
    count--;
    if (entries.length === 0) cameras.delete(camera);
  };
  const find = ({ camera, segment, offset }: Entry): number =>
    cameras.get(camera)?.findIndex((other) => other.segment === segment && other.offset === offset) ?? -1;

  return {
    order,
    get count() {
      return count;
    },
    add(entries) {
      for (const entry of entries) {
        const known = cameras.get(entry.camera) ?? [];
        cameras.set(entry.camera, known);
        const last = known.at(-1);
        // New frames are added at the end; those of a segment that was indexed late belong before others.
        if (!last || isBefore(last, entry)) known.push(entry);
        else known.splice(placeOf(known, entry), 0, entry);
        count++;
      }
    },
    next(isReady) {
      let best: Entry | undefined;
      for (const [camera, entries] of cameras) {
        const candidate = this.order === 'oldest-first' ? entries[0] : entries.at(-1);
        if (!candidate || !isReady(camera)) continue;
        if (!best || isBefore(candidate, best) === (this.order === 'oldest-first')) best = candidate;
      }
      return best;
    },
    remove(entry) {
      const entries = cameras.get(entry.camera);
      if (!entries) return false;
      const at = entries.at(-1) === entry ? entries.length - 1 : find(entry);
      if (at < 0) return false;
      drop(entry.camera, entries, at);
      return true;
    },
    removeSegment(segment) {
      const before = count;
      for (const [camera, entries] of [...cameras]) {
        const rest = entries.filter((entry) => entry.segment !== segment);
        count -= entries.length - rest.length;
        if (rest.length === 0) cameras.delete(camera);
        else if (rest.length < entries.length) cameras.set(camera, rest);
      }
      return before - count;
    },
    has: (entry) => find(entry) >= 0,
  };
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.segment.number < b.segment.number || (a.segment.number === b.segment.number && a.offset < b.offset);

/** The index at which `entry` belongs. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const candidate = entries[middle];
    if (candidate && isBefore(candidate, entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}
