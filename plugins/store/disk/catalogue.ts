// The store's index in memory for all cameras; it answers every list request.

import { environment, type Kept, type KeptQuery } from '../../../core/contract/plugin.ts';
import type { Names, Naming } from './names.ts';
import { compareKeys, createUsage, type Entry, type Key, type Usage } from './usage.ts';

export interface Catalogue {
  readonly count: number;
  readonly bytes: number;
  cameras(): readonly string[];
  has(naming: Naming): boolean;
  /** Replaces what is known of the same picture. */
  insert(naming: Naming, size: number): void;
  remove(naming: Naming): boolean;
  /** The highest number that a picture of this camera bears. */
  highest(camera: string): number;
  newest(camera: string): (Naming & Entry) | undefined;
  find(naming: Naming): Entry | undefined;
  /** The picture that this id names, if it is kept. */
  resolve(id: string): (Naming & Entry) | undefined;
  list(query: KeptQuery): Kept[];
}

/** Most pictures in one answer, whatever the query asks for. */
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
    // A name in local time may stand for two instants in autumn: the one that is kept is meant.
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
      const cursor = query.after === undefined ? undefined : (resolve(query.after) ?? names.parse(query.after, 0));
      if (query.after !== undefined && !cursor) throw environment('unknown-id', 'This is no id of a stored picture.');
      const forward = query.order === 'oldest-first';
      const chosen = query.camera === undefined ? [...quotas.keys()] : [query.camera];
      const lanes = chosen.flatMap((camera) => {
        const quota = quotas.get(camera);
        return quota ? [createLane(camera, quota, query, forward, cursor)] : [];
      });
      const result: Kept[] = [];
      const heap = createHeap(
        (a: Lane, b: Lane) => compareHeads(a, b) * (forward ? 1 : -1),
        lanes.filter((lane) => lane.head()),
      );
      while (result.length < limit) {
        const lane = heap.top();
        const entry = lane?.head();
        if (!lane || !entry) break;
        result.push(kept(lane.camera, entry));
        lane.step();
        heap.sink(lane.head() !== undefined);
      }
      return result;
    },
  };
}

/** A place in one camera's ledger that moves in the direction of the query until its end. */
interface Lane {
  readonly camera: string;
  head(): Entry | undefined;
  step(): void;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareHeads(a: Lane, b: Lane): number {
  const [left, right] = [a.head(), b.head()];
  if (!left || !right) return 0;
  return left.time - right.time || compareText(a.camera, b.camera) || compareKeys(left, right);
}

function createLane(
  camera: string,
  quota: Usage,
  query: KeptQuery,
  forward: boolean,
  cursor: Naming | undefined,
): Lane {
  const edge = (time: number): Key => ({ time, number: 0, type: 'image/jpeg' });
  let low = query.from === undefined ? 0 : quota.lowerBound(edge(query.from));
  let high = query.to === undefined ? quota.length : quota.lowerBound(edge(query.to));
  if (cursor) {
    // Across cameras the order is time, camera, number: a cursor of another camera cuts between equal times.
    const side = compareText(camera, cursor.camera);
    const same = quota.find(cursor) === undefined ? 0 : 1;
    const after =
      side === 0
        ? quota.lowerBound(cursor) + (forward ? same : 0)
        : quota.lowerBound(edge(side < 0 ? next(cursor.time) : cursor.time));
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

/** The next time that a name could bear: names are no finer than a microsecond. */
const next = (time: number): number => time + 0.0005;

/** The few lines of a binary heap that merging needs: look at the top, put it back in its place or drop it. */
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
