// Cases for every store: bytes, order and pages stay correct after deletions and restarts, and ids outside of it are refused.

import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import type { Frame, Kept, Store } from '../../core/contract/plugin.ts';
import type { Ending } from '../ending.ts';
import { sampleJpeg } from '../jpeg.ts';
import type { Case } from './case.ts';

/** A frame with distinct bytes. */
export function frameOf(camera: string, seq: number, time: number): Frame {
  const data = sampleJpeg({ width: 16, height: 16, seed: seq });
  return {
    camera,
    key: `${camera}-${seq}-${time}`,
    seq,
    time,
    arrived: 0,
    type: 'image/jpeg',
    data,
    width: 16,
    height: 16,
    hasHeadroom: false,
    meta: {},
  };
}

/** An empty store; `reopen` gives the same store after a restart. */
export interface StoreUnderTest {
  readonly store: Store;
  reopen(): Promise<Store>;
}

const NOON = Date.UTC(2026, 10, 20, 12);

export function storeCases<T extends Ending>(open: (t: T) => Promise<StoreUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'a stored picture is read back byte for byte',
      async run(t) {
        const { store } = await open(t);
        const frame = frameOf('front', 1, NOON);

        const kept = await store.put(frame);
        const found = await store.read(kept.id);

        const { camera, time, type, size } = kept;
        assert.deepEqual(
          { camera, time, type, size },
          { camera: 'front', time: NOON, type: 'image/jpeg', size: frame.data.length },
        );
        assert.deepEqual(found?.kept, kept);
        assert.ok(found && frame.data.equals(await buffer(found.body)));
      },
    },

    {
      title: 'lists are in order of time, in both directions, with inclusive from and exclusive to',
      async run(t) {
        const { store } = await open(t);
        for (const second of [3, 1, 0, 2]) await store.put(frameOf('front', second + 1, NOON + second * 1000));

        const oldest = await store.list({ camera: 'front', order: 'oldest-first', limit: 10 });
        const newest = await store.list({ camera: 'front', order: 'newest-first', limit: 2 });
        const range = await store.list({ order: 'oldest-first', limit: 10, from: NOON + 1000, to: NOON + 3000 });

        assert.deepEqual(times(oldest), [0, 1000, 2000, 3000]);
        assert.deepEqual(times(newest), [3000, 2000]);
        assert.deepEqual(times(range), [1000, 2000]);
      },
    },

    {
      title: 'pages have no gaps and no repetitions, across cameras, also for equal times',
      async run(t) {
        const { store } = await open(t);
        const wanted: string[] = [];
        for (const camera of ['b', 'a', 'c.1']) {
          for (const second of [0, 0, 1, 2])
            wanted.push((await store.put(frameOf(camera, wanted.length + 1, NOON + second))).id);
        }

        for (const order of ['oldest-first', 'newest-first'] as const) {
          const seen: Kept[] = [];
          for (;;) {
            const after = seen.at(-1)?.id;
            const page = await store.list({ order, limit: 5, ...(after === undefined ? {} : { after }) });
            seen.push(...page);
            if (page.length < 5) break;
          }
          const whole = await store.list({ order, limit: 100 });

          assert.deepEqual(seen, whole, order);
          assert.deepEqual(seen.map(({ id }) => id).sort(), [...wanted].sort(), order);
        }
      },
    },

    {
      title: 'a page continues after a picture that has been deleted',
      async run(t) {
        const { store } = await open(t);
        const kept: Kept[] = [];
        for (let second = 0; second < 4; second++)
          kept.push(await store.put(frameOf('front', second + 1, NOON + second)));
        const cursor = kept[1]?.id ?? '';

        await store.delete(cursor);
        const rest = await store.list({ camera: 'front', order: 'oldest-first', limit: 10, after: cursor });

        assert.deepEqual(times(rest), [2, 3]);
      },
    },

    {
      title: 'a picture can be deleted once, and is then gone',
      async run(t) {
        const { store } = await open(t);
        const first = await store.put(frameOf('front', 1, NOON));
        const second = await store.put(frameOf('front', 2, NOON + 1));

        assert.equal(await store.delete(first.id), true);
        assert.equal(await store.delete(first.id), false);
        assert.equal(await store.delete('../../etc/passwd'), false);
        assert.equal(await store.read(first.id), undefined);
        assert.equal(await store.read('../../etc/passwd'), undefined);
        assert.deepEqual(await store.list({ order: 'oldest-first', limit: 10 }), [second]);
      },
    },

    {
      title: 'usage and cameras match the stored pictures',
      async run(t) {
        const { store } = await open(t);
        const front = await store.put(frameOf('front', 1, NOON));
        const back = await store.put(frameOf('back', 1, NOON));

        assert.deepEqual(await store.cameras(), ['back', 'front']);
        assert.deepEqual(await store.usage(), { bytes: front.size + back.size, count: 2 });
        await store.delete(front.id);
        assert.deepEqual(await store.cameras(), ['back']);
        assert.deepEqual(await store.usage(), { bytes: back.size, count: 1 });
      },
    },

    {
      title: 'concurrent puts of one time are all stored, each with a separate id',
      async run(t) {
        const { store } = await open(t);
        const frames = Array.from({ length: 20 }, (_, index) => frameOf(index % 2 ? 'a' : 'b', index + 1, NOON));

        const kept = await Promise.all(frames.map((frame) => store.put(frame)));

        assert.equal(new Set(kept.map(({ id }) => id)).size, frames.length);
        for (const [index, { id }] of kept.entries()) {
          const found = await store.read(id);
          assert.ok(found && frames[index]?.data.equals(await buffer(found.body)));
        }
      },
    },

    {
      title: 'a restart changes nothing: lists, ids, usage and bytes',
      async run(t) {
        const { store, reopen } = await open(t);
        const frames = [0, 0.25, 0.25, 1, 86_400_000].map((offset, index) =>
          frameOf('front', index + 1, NOON + offset),
        );
        for (const frame of frames) await store.put(frame);
        const before = await store.list({ order: 'oldest-first', limit: 10 });
        const usage = await store.usage();

        const again = await reopen();

        assert.deepEqual(await again.list({ order: 'oldest-first', limit: 10 }), before);
        assert.deepEqual(await again.usage(), usage);
        for (const [index, { id }] of before.entries()) {
          const found = await again.read(id);
          assert.ok(found && frames[index]?.data.equals(await buffer(found.body)));
        }
      },
    },

    {
      title: 'a camera id that would lead out of the store is refused',
      async run(t) {
        const { store } = await open(t);

        for (const camera of ['../evil', 'a/b', '..', '.hidden', '', 'x'.repeat(300), 'a\0b']) {
          await assert.rejects(store.put(frameOf(camera, 1, NOON)), { name: 'Fault' }, JSON.stringify(camera));
        }
        assert.deepEqual(await store.usage(), { bytes: 0, count: 0 });
      },
    },
  ];
}

const times = (kept: readonly Kept[]): number[] => kept.map(({ time }) => time - NOON);
