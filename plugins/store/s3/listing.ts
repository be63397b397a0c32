// Lists pictures in order of time, in both directions, without an index: keys sort by time, and folders are read from their end.

import { environment, type Kept, type KeptQuery } from '../../../core/contract/plugin.ts';
import type { Bucket } from './bucket.ts';
import type { Keys } from './keys.ts';

export interface Listing {
  cameras(signal: AbortSignal): Promise<readonly string[]>;
  list(query: KeptQuery, signal: AbortSignal): Promise<readonly Kept[]>;
  usage(signal: AbortSignal): Promise<{ bytes: number; count: number }>;
}

/** Limit of the pictures in one answer, regardless of the query. */
export const MAX_LISTED = 10_000;
/** Limit of the entries of one folder that are held in memory to be read backwards. */
export const MAX_FOLDER = 100_000;
/** Number of cameras whose lists are opened at the same time. */
const PARALLEL = 8;

export function createListing(bucket: Bucket, keys: Keys, maxFolder: number = MAX_FOLDER): Listing {
  async function* pages(
    prefix: string,
    query: { after?: string; folders?: boolean; limit?: number },
    signal: AbortSignal,
  ) {
    let from: string | undefined;
    do {
      const page = await bucket.list({ prefix, ...query, ...(from === undefined ? {} : { from }) }, signal);
      yield page;
      from = page.next;
    } while (from !== undefined);
  }
  async function* forwards(base: string, { low, high, limit }: Bounds, signal: AbortSignal): AsyncGenerator<Kept> {
    for await (const { objects } of pages(base, { ...(low === undefined ? {} : { after: low }), limit }, signal)) {
      for (const { key, size } of objects) {
        if (high !== undefined && key >= high) return;
        const found = keys.parse(key, size);
        if (found) yield found;
      }
    }
  }
  async function* backwards(folder: string, bounds: Bounds, signal: AbortSignal): AsyncGenerator<Kept> {
    const { low = '', high } = bounds;
    const entries: { readonly key: string; readonly size?: number }[] = [];
    for await (const { objects, folders } of pages(folder, { folders: true }, signal)) {
      entries.push(...objects, ...folders.map((key) => ({ key })));
      if (entries.length > maxFolder) throw tooLarge(folder, maxFolder);
      if (high !== undefined && (entries.at(-1)?.key ?? '') >= high) break;
    }
    entries.sort((a, b) => (a.key < b.key ? 1 : -1));
    for (const { key, size } of entries) {
      if (high !== undefined && key >= high) continue;
      if (size === undefined) {
        if (key > low || low.startsWith(key)) yield* backwards(key, bounds, signal);
        continue;
      }
      const found = key > low ? keys.parse(key, size) : undefined;
      if (found) yield found;
    }
  }

  const cameras = async (signal: AbortSignal): Promise<string[]> => {
    const found: string[] = [];
    for await (const { folders } of pages(keys.root, { folders: true }, signal)) {
      for (const folder of folders) found.push(folder.slice(keys.root.length, -1));
    }
    return found.sort();
  };

  const picturesOf = (
    camera: string,
    query: KeptQuery,
    cursor: Kept | undefined,
    limit: number,
    signal: AbortSignal,
  ) => {
    const isForward = query.order === 'oldest-first';
    let low = query.from === undefined ? undefined : keys.bound(camera, query.from);
    let high = query.to === undefined ? undefined : keys.bound(camera, query.to);
    if (cursor) {
      // Across cameras the order is time, camera, key: a cursor of another camera cuts between equal times.
      const isBefore = camera < cursor.camera;
      const cut = camera === cursor.camera ? cursor.id : keys.bound(camera, cursor.time + (isBefore ? MICROSECOND : 0));
      if (isForward) low = low === undefined || cut > low ? cut : low;
      else high = high === undefined || cut < high ? cut : high;
    }
    const bounds = { low, high, limit };
    return isForward ? forwards(keys.base(camera), bounds, signal) : backwards(keys.base(camera), bounds, signal);
  };

  return {
    cameras,
    async list(query, signal) {
      const limit = Math.min(Math.max(0, Math.trunc(query.limit)), MAX_LISTED);
      const cursor = query.after === undefined ? undefined : keys.parse(query.after, 0);
      if (query.after !== undefined && !cursor)
        throw environment('unknown-id', 'This is not the id of a stored picture.');
      if (limit === 0) return [];
      const chosen = query.camera === undefined ? await cameras(signal) : [query.camera];
      const lists = chosen.map((camera) => picturesOf(camera, query, cursor, limit, signal));
      const heads: { readonly kept: Kept; readonly rest: AsyncGenerator<Kept> }[] = [];
      const open = async (): Promise<void> => {
        for (let rest = lists.pop(); rest; rest = lists.pop()) {
          const head = await rest.next();
          if (!head.done) heads.push({ kept: head.value, rest });
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, open));

      const sign = query.order === 'oldest-first' ? 1 : -1;
      const result: Kept[] = [];
      while (heads.length > 0 && result.length < limit) {
        let first = 0;
        for (const [index, head] of heads.entries()) {
          if (sign * compare(head.kept, heads[first]?.kept ?? head.kept) < 0) first = index;
        }
        const [head] = heads.splice(first, 1);
        if (!head) break;
        result.push(head.kept);
        const next = await head.rest.next();
        if (!next.done) heads.push({ kept: next.value, rest: head.rest });
      }
      return result;
    },
    async usage(signal) {
      let bytes = 0;
      let count = 0;
      for await (const { objects } of pages(keys.root, {}, signal)) {
        for (const { key, size } of objects) {
          if (!keys.parse(key, size)) continue;
          bytes += size;
          count++;
        }
      }
      return { bytes, count };
    },
  };
}

interface Bounds {
  /** All keys are after this one. */
  readonly low: string | undefined;
  /** All keys are before this one. */
  readonly high: string | undefined;
  readonly limit: number;
}

/** Milliseconds: keys are no finer. */
const MICROSECOND = 0.001;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compare = (a: Kept, b: Kept): number =>
  a.time - b.time || compareText(a.camera, b.camera) || compareText(a.id, b.id);

const tooLarge = (folder: string, most: number) =>
  environment(
    'large-folder',
    `"${folder}" has more than ${most} keys, too many to be read from the end. Set "time_format" to one with more folders.`,
  );
