// The stored pictures of one camera, oldest first, in typed arrays: about twenty bytes a picture.

import type { ImageType } from '../../../core/contract/plugin.ts';

/** One stored picture, without its camera. */
export interface Entry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly number: number;
  readonly type: ImageType;
  /** Default 0. */
  readonly prefix?: number;
  /** Bytes. */
  readonly size: number;
}

export type Key = Omit<Entry, 'size'>;

export interface Usage {
  readonly length: number;
  /** The highest number that was ever inserted. */
  readonly highest: number;
  at(index: number): Entry | undefined;
  /** Index of the first entry that is not before `key`. */
  lowerBound(key: Key): number;
  find(key: Key): Entry | undefined;
  /** The entry with this number, regardless of its time; slow. */
  search(key: Omit<Key, 'time'>): Entry | undefined;
  /** False if the entry existed. */
  insert(entry: Entry): boolean;
  remove(key: Key): Entry | undefined;
}

/** Prefix and format in one byte. */
const rank = ({ type, prefix = 0 }: Omit<Key, 'time' | 'number'>): number =>
  prefix * 2 + (type === 'image/png' ? 1 : 0);

/** The order of pictures: by time, then number, then prefix, then format. */
export const compareKeys = (a: Key, b: Key): number => a.time - b.time || a.number - b.number || rank(a) - rank(b);

export function createUsage(): Usage {
  let capacity = 16;
  let times = new Float64Array(capacity);
  let numbers = new Float64Array(capacity);
  let sizes = new Uint32Array(capacity);
  let types = new Uint8Array(capacity);
  // Retention removes entries from the front: the front moves instead of all entries behind it.
  let front = 0;
  let length = 0;
  let highest = 0;

  const at = (index: number): Entry | undefined => {
    if (index < 0 || index >= length) return undefined;
    const place = front + index;
    const code = types[place] ?? 0;
    return {
      time: times[place] ?? 0,
      number: numbers[place] ?? 0,
      size: sizes[place] ?? 0,
      type: code % 2 === 1 ? 'image/png' : 'image/jpeg',
      prefix: code >> 1,
    };
  };

  const lowerBound = (key: Key): number => {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = at(middle);
      if (entry && compareKeys(entry, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const find = (key: Key): Entry | undefined => {
    const entry = at(lowerBound(key));
    return entry && compareKeys(entry, key) === 0 ? entry : undefined;
  };

  /** Makes space for one more entry at the end, by moving all entries to the front of columns of a fitting size. */
  const freeSpace = (): void => {
    if (front + length < capacity) return;
    capacity = Math.max(16, length * 2);
    times = moved(times, new Float64Array(capacity));
    numbers = moved(numbers, new Float64Array(capacity));
    sizes = moved(sizes, new Uint32Array(capacity));
    types = moved(types, new Uint8Array(capacity));
    front = 0;
  };
  const moved = <T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T => {
    to.set(from.subarray(front, front + length));
    return to;
  };
  const shift = (to: number, from: number, end: number): void => {
    for (const column of [times, numbers, sizes, types]) column.copyWithin(to, from, end);
  };

  return {
    get length() {
      return length;
    },
    get highest() {
      return highest;
    },
    at,
    lowerBound,
    find,
    search(key) {
      for (let index = length - 1; index >= 0; index--) {
        const entry = at(index);
        if (entry?.number === key.number && rank(entry) === rank(key)) return entry;
      }
      return undefined;
    },
    insert(entry) {
      highest = Math.max(highest, entry.number);
      const index = lowerBound(entry);
      const existing = at(index);
      const known = existing !== undefined && compareKeys(existing, entry) === 0;
      if (!known) {
        freeSpace();
        shift(front + index + 1, front + index, front + length);
        length++;
      }
      times[front + index] = entry.time;
      numbers[front + index] = entry.number;
      sizes[front + index] = entry.size;
      types[front + index] = rank(entry);
      return !known;
    },
    remove(key) {
      const index = lowerBound(key);
      const entry = at(index);
      if (!entry || compareKeys(entry, key) !== 0) return undefined;
      if (index === 0) front++;
      else shift(front + index, front + index + 1, front + length);
      length--;
      return entry;
    },
  };
}
