// Counts, downloads as a ZIP and deletes all pictures of a camera between two times.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { HttpReply } from '../../../core/contract/http.ts';
import type { Kept, Store } from '../../../core/contract/plugin.ts';
import { MAX_BYTES, MAX_ENTRIES, OVERHEAD, type ZipEntry, zipStream } from './zip.ts';

/** Pictures per request to the store. */
const PAGE = 500;

export interface Range {
  readonly camera: string;
  /** Milliseconds since the epoch, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

/** Oldest first. */
export async function* picturesOf(store: Store, { camera, from, to }: Range): AsyncGenerator<Kept, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const found = await store.list({
      camera,
      from,
      to,
      order: 'oldest-first',
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* found;
    after = found.at(-1)?.id;
    if (found.length < PAGE || after === undefined) return;
    await setImmediate();
  }
}

export interface RangeSize {
  readonly pictures: number;
  readonly bytes: number;
}

/** Counts up to `most` + 1 pictures. */
export async function sizeOf(store: Store, range: Range, most: number): Promise<RangeSize> {
  let pictures = 0;
  let bytes = 0;
  for await (const { size } of picturesOf(store, range)) {
    pictures++;
    bytes += size;
    if (pictures > most) break;
  }
  return { pictures, bytes };
}

/** The reason why the range does not fit into one archive, or undefined. */
export function tooLarge({ pictures, bytes }: RangeSize, most: number): string | undefined {
  if (pictures > Math.min(most, MAX_ENTRIES)) return `a download has at most ${Math.min(most, MAX_ENTRIES)} pictures`;
  if (bytes + pictures * (OVERHEAD + 2 * 200) > MAX_BYTES) return 'a download has at most 4 GB';
  return undefined;
}

/** The pictures as files of an archive, without those deleted in the meantime. */
async function* entriesOf(store: Store, range: Range): AsyncGenerator<ZipEntry, void, undefined> {
  let before: string | undefined;
  for await (const kept of picturesOf(store, range)) {
    const found = await store.read(kept.id);
    if (!found) continue;
    const clock = new Date(kept.time).toISOString().replace(/:/g, '-');
    const end = kept.type === 'image/png' ? 'png' : 'jpg';
    const name = `${range.camera}/${clock}.${end}`;
    yield {
      name: name === before ? `${range.camera}/${clock} ${kept.seq}.${end}` : name,
      time: kept.time,
      data: await buffer(found.body),
    };
    before = name;
  }
}

/** Streams as fast as the client reads. */
export function sendZip(reply: HttpReply, store: Store, range: Range): HttpReply {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 16).replace(':', '-');
  const name = `${range.camera} ${day(range.from)}Z.zip`;
  return reply
    .headers({
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="${name}"`,
      'x-content-type-options': 'nosniff',
    })
    .type('application/zip')
    .send(Readable.from(zipStream(entriesOf(store, range)), { objectMode: false, highWaterMark: 64 * 1024 }));
}

/** Deletes at most `most` pictures, oldest first, and returns their number. */
export async function deleteRange(store: Store, range: Range, most: number): Promise<number> {
  let deleted = 0;
  const ids: string[] = [];
  for await (const { id } of picturesOf(store, range)) if (ids.push(id) >= most) break;
  for (const id of ids) if (await store.delete(id)) deleted++;
  return deleted;
}
