// A store in memory, for tests of nodes that read or delete its pictures.

import { Readable } from 'node:stream';
import { CAMERA_ID } from '../core/base/formats.ts';
import type { Frame } from '../core/contract/frame.ts';
import type { Node } from '../core/contract/plugin.ts';
import type { Kept, KeptQuery, Store } from '../core/contract/ports.ts';
import { environment } from '../core/contract/problems.ts';

export interface MemoryStore {
  /** The plugin `test/store`, for `run(…, { plugins })`; its node has no options. */
  readonly plugin: object;
  readonly store: Store;
  /** All stored pictures, oldest first. */
  kept(): readonly Kept[];
  /** The id of each deletion request. */
  readonly deletions: readonly string[];
  /** Makes every call fail with this fault; undefined ends that. */
  failWith(cause: Error | undefined): void;
}

interface Entry {
  readonly kept: Kept;
  readonly data: Buffer;
  /** Number in the order of arrival, for pictures with the same time. */
  readonly place: number;
}

export function memoryStore(): MemoryStore {
  const entries = new Map<string, Entry>();
  const deletions: string[] = [];
  let places = 0;
  let fault: Error | undefined;
  const check = (): void => {
    if (fault) throw fault;
  };
  const inOrder = (): Entry[] => [...entries.values()].sort(byAge);
  /** Deleted entries, because a page may continue after one. */
  const gone = new Map<string, Entry>();
  const list = ({ camera, from, to, limit, order, after }: KeptQuery): readonly Kept[] => {
    const behind = after === undefined ? undefined : (entries.get(after) ?? gone.get(after));
    const sign = order === 'oldest-first' ? 1 : -1;
    return inOrder()
      .sort((a, b) => sign * byAge(a, b))
      .filter((entry) => camera === undefined || entry.kept.camera === camera)
      .filter(({ kept }) => (from === undefined || kept.time >= from) && (to === undefined || kept.time < to))
      .filter((entry) => behind === undefined || sign * byAge(entry, behind) > 0)
      .slice(0, limit)
      .map(({ kept }) => kept);
  };
  const store: Store = {
    async put(frame: Frame) {
      check();
      const { camera, time, seq, type, data } = frame;
      if (!CAMERA_ID.test(camera)) throw environment('bad-camera', `"${camera}" is not a camera id.`);
      const kept: Kept = { id: `${camera}-${++places}`, camera, time, seq, type, size: data.length };
      entries.set(kept.id, { kept, data, place: places });
      return kept;
    },
    async list(query) {
      check();
      return list(query);
    },
    async cameras() {
      check();
      return [...new Set([...entries.values()].map(({ kept }) => kept.camera))].sort();
    },
    async read(id) {
      check();
      const found = entries.get(id);
      return found && { kept: found.kept, body: Readable.from([found.data]) };
    },
    async delete(id) {
      deletions.push(id);
      check();
      const found = entries.get(id);
      if (found) gone.set(id, found);
      return entries.delete(id);
    },
    async usage() {
      check();
      const sizes = [...entries.values()].map(({ kept }) => kept.size);
      return { bytes: sizes.reduce((sum, size) => sum + size, 0), count: sizes.length };
    },
  };
  return {
    store,
    deletions,
    kept: () => inOrder().map(({ kept }) => kept),
    failWith(cause) {
      fault = cause;
    },
    plugin: {
      use: 'test/store',
      schema: {
        summary: 'Keeps pictures in memory for a test',
        description: 'Keeps pictures in memory for a test.',
        provides: ['store'],
        type: 'object',
        additionalProperties: false,
        properties: {},
      },
      start: (_node: Node<unknown>) => ({ store }),
    },
  };
}

const byAge = (a: Entry, b: Entry): number => a.kept.time - b.kept.time || a.place - b.place;
