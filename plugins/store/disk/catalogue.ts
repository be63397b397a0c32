// The store's index of all cameras, in memory; it answers all list requests.

import { environment, type Kept, type KeptQuery } from '../../../core/contract/plugin.ts';
import type { Names, Naming } from './names.ts';
import { compareKeys, createUsage, type Entry, type Key, type Usage } from './usage.ts';

export interface Catalogue {
  readonly count: number;
  readonly bytes: number;
  cameras(): readonly string[];
  has(naming: Naming): boolean;
  /** Replaces an entry of the same picture. */
  insert(naming: Naming, size: number): void;
  remove(naming: Naming): boolean;
  /** The highest number of a picture of this camera. */
  highest(camera: string): number;
  newest(camera: string): (Naming & Entry) | undefined;
  find(naming: Naming): Entry | undefined;
  /** The picture with this id, if it is stored. */
  resolve(id: string): (Naming & Entry) | undefined;
  list(query: KeptQuery): Kept[];
}

/** Limit of the pictures in one answer, regardless of the query. */
export const MAX_LISTED = 10_000;

export function createCatalogue(names: Names): Catalogue {
  const quotas = new Map<string, Usage>();
  let count = 0;
  let bytes = 0;

  const kept = (camera: string, entry: Entry): Kept => ({
    id: names.format({ camera, ...entry }),
    camera,
    time: entry.time,
    seq: entry.number,
    type: entry.type,
    size: entry.size,
  });

  const resolve = (id: string): (Naming & Entry) | undefined => {
    // A name in local time may stand for two instants in autumn: the stored one is used.
    for (const near of [0, Number.MAX_SAFE_INTEGER]) {
      const naming = names.parse(id, near);
      const quota = naming && quotas.get(naming.camera);
      if (!naming || !quota) return undefined;
      const entry = names.timed ? quota.find(naming) : quota.search(naming);
      if (entry && names.isNameOf(id, { camera: naming.camera, ...entry })) return { camera: naming.camera, ...entry };
    }
    return undefined;
  };

  return {
    resolve,
    get count() {
      return count;
    },
    get bytes() {
      return bytes;
    },
    cameras: () => [...quotas.keys()].sort(),
    has: (naming) => quotas.get(naming.camera)?.find(naming) !== undefined,
    find: (naming) => quotas.get(naming.camera)?.find(naming),
    insert(naming, size) {
      const quota = quotas.get(naming.camera) ?? createUsage();
      quotas.set(naming.camera, quota);
      const before = quota.find(naming);
      if (quota.insert({ ...naming, size })) count++;
      bytes += size - (before?.size ?? 0);
    },
    remove(naming) {
      const quota = quotas.get(naming.camera);
      const entry = quota?.remove(naming);
      if (!entry) return false;
      count--;
      bytes -= entry.size;
      if (quota?.length === 0) quotas.delete(naming.camera);
      return true;
    },
    highest: (camera) => quotas.get(camera)?.highest ?? 0,
    newest(camera) {
      const quota = quotas.get(camera);
      const entry = quota?.at(quota.length - 1);
      return entry && { camera, ...entry };
    },
    list(query) {
      const limit = Math.min(Math.max(0, Math.trunc(query.limit)), MAX_LISTED);
      const after = query.after === undefined ? undefined : (resolve(query.after) ?? names.parse(query.after, 0));
      if (query.after !== undefined && !after)
        throw environment('unknown-id', 'This is not the id of a stored picture.');
      const forward = query.order === 'oldest-first';
      const chosen = query.camera === undefined ? [...quotas.keys()] : [query.camera];
      const cursors = chosen.flatMap((camera) => {
        const quota = quotas.get(camera);
        return quota ? [createCursor(camera, quota, query, forward, after)] : [];
      });
      const result: Kept[] = [];
      const heap = createHeap(
        (a: Cursor, b: Cursor) => compareHeads(a, b) * (forward ? 1 : -1),
        cursors.filter((cursor) => cursor.head()),
      );
      while (result.length < limit) {
        const cursor = heap.top();
        const entry = cursor?.head();
        if (!cursor || !entry) break;
        result.push(kept(cursor.camera, entry));
        cursor.step();
        heap.sink(cursor.head() !== undefined);
      }
      return result;
    },
  };
}

/** A position in one camera's list that moves in the direction of the query until its end. */
interface Cursor {
  readonly camera: string;
  head(): Entry | undefined;
  step(): void;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareHeads(a: Cursor, b: Cursor): number {
  const [left, right] = [a.head(), b.head()];
  if (!left || !right) return 0;
  return left.time - right.time || compareText(a.camera, b.camera) || compareKeys(left, right);
}

function createCursor(
  camera: string,
  quota: Usage,
  query: KeptQuery,
  forward: boolean,
  last: Naming | undefined,
): Cursor {
  const edge = (time: number): Key => ({ time, number: 0, type: 'image/jpeg' });
  let low = query.from === undefined ? 0 : quota.lowerBound(edge(query.from));
  let high = query.to === undefined ? quota.length : quota.lowerBound(edge(query.to));
  if (last) {
    // Across cameras the order is time, camera, number: a last picture of another camera cuts between equal times.
    const side = compareText(camera, last.camera);
    const same = quota.find(last) === undefined ? 0 : 1;
    const after =
      side === 0
        ? quota.lowerBound(last) + (forward ? same : 0)
        : quota.lowerBound(edge(side < 0 ? next(last.time) : last.time));
    if (forward) low = Math.max(low, after);
    else high = Math.min(high, after);
  }
  let index = forward ? low : high - 1;
  return {
    camera,
    head: () => (index >= low && index < high ? quota.at(index) : undefined),
    step() {
      index += forward ? 1 : -1;
    },
  };
}

/** The next possible time of a name: names are no finer than a microsecond. */
const next = (time: number): number => time + 0.0005;

/** A binary heap for merging: reads the top, and moves it to its new place or drops it. */
function createHeap<T>(compare: (a: T, b: T) => number, items: T[]) {
  const heap = items.sort(compare);
  return {
    top: (): T | undefined => heap[0],
    sink(keep: boolean): void {
      if (!keep) {
        const last = heap.pop();
        if (heap.length === 0 || last === undefined) return;
        heap[0] = last;
      }
      let place = 0;
      for (;;) {
        let least = place;
        for (const child of [2 * place + 1, 2 * place + 2]) {
          const [a, b] = [heap[child], heap[least]];
          if (a !== undefined && b !== undefined && compare(a, b) < 0) least = child;
        }
        if (least === place) return;
        [heap[place], heap[least]] = [heap[least] as T, heap[place] as T];
        place = least;
      }
    },
  };
}
