// The contract test of every store.

import { buffer } from 'node:stream/consumers';
import type { Test } from 'tap';
import type { Frame, Kept, Store } from '../../core/contract/plugin.ts';
import { sampleJpeg } from '../support/jpeg.ts';

/** A frame with bytes of its own. */
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

const NOON = Date.UTC(2026, 10, 20, 12);

/** `open` makes an empty store; `reopen` gives the same one as it is after a restart. */
export async function storeConformance(
  t: Test,
  open: (t: Test) => Promise<{ store: Store; reopen(): Promise<Store> }>,
): Promise<void> {
  await t.test('a picture that was put is read back byte for byte', async (t) => {
    const { store } = await open(t);
    const frame = frameOf('front', 1, NOON);

    const kept = await store.put(frame);
    const found = await store.read(kept.id);

    t.match(kept, { camera: 'front', time: NOON, type: 'image/jpeg', size: frame.data.length });
    t.same(found?.kept, kept);
    t.ok(found && frame.data.equals(await buffer(found.body)));
  });

  await t.test('lists are in order of time, in both directions, with inclusive from and exclusive to', async (t) => {
    const { store } = await open(t);
    for (const second of [3, 1, 0, 2]) await store.put(frameOf('front', second + 1, NOON + second * 1000));

    const oldest = await store.list({ camera: 'front', order: 'oldest-first', limit: 10 });
    const newest = await store.list({ camera: 'front', order: 'newest-first', limit: 2 });
    const range = await store.list({ order: 'oldest-first', limit: 10, from: NOON + 1000, to: NOON + 3000 });

    t.same(times(oldest), [0, 1000, 2000, 3000]);
    t.same(times(newest), [3000, 2000]);
    t.same(times(range), [1000, 2000]);
  });

  await t.test('pages join without gap and without repetition, over cameras, also when times are equal', async (t) => {
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

      t.same(seen, whole, order);
      t.same(seen.map(({ id }) => id).sort(), [...wanted].sort(), order);
    }
  });

  await t.test('a page goes on behind a picture that was deleted meanwhile', async (t) => {
    const { store } = await open(t);
    const kept: Kept[] = [];
    for (let second = 0; second < 4; second++) kept.push(await store.put(frameOf('front', second + 1, NOON + second)));
    const cursor = kept[1]?.id ?? '';

    await store.delete(cursor);
    const rest = await store.list({ camera: 'front', order: 'oldest-first', limit: 10, after: cursor });

    t.same(times(rest), [2, 3]);
  });

  await t.test('what is deleted is gone, and only once', async (t) => {
    const { store } = await open(t);
    const first = await store.put(frameOf('front', 1, NOON));
    const second = await store.put(frameOf('front', 2, NOON + 1));

    t.equal(await store.delete(first.id), true);
    t.equal(await store.delete(first.id), false);
    t.equal(await store.delete('../../etc/passwd'), false);
    t.equal(await store.read(first.id), undefined);
    t.equal(await store.read('../../etc/passwd'), undefined);
    t.same(await store.list({ order: 'oldest-first', limit: 10 }), [second]);
  });

  await t.test('usage and cameras follow what is kept', async (t) => {
    const { store } = await open(t);
    const front = await store.put(frameOf('front', 1, NOON));
    const back = await store.put(frameOf('back', 1, NOON));

    t.same(await store.cameras(), ['back', 'front']);
    t.same(await store.usage(), { bytes: front.size + back.size, count: 2 });
    await store.delete(front.id);
    t.same(await store.cameras(), ['back']);
    t.same(await store.usage(), { bytes: back.size, count: 1 });
  });

  await t.test('concurrent puts of one time are all kept, each under an id of its own', async (t) => {
    const { store } = await open(t);
    const frames = Array.from({ length: 20 }, (_, index) => frameOf(index % 2 ? 'a' : 'b', index + 1, NOON));

    const kept = await Promise.all(frames.map((frame) => store.put(frame)));

    t.equal(new Set(kept.map(({ id }) => id)).size, frames.length);
    for (const [index, { id }] of kept.entries()) {
      const found = await store.read(id);
      t.ok(found && frames[index]?.data.equals(await buffer(found.body)));
    }
  });

  await t.test('a restart changes nothing: lists, ids, usage and bytes', async (t) => {
    const { store, reopen } = await open(t);
    const frames = [0, 0.25, 0.25, 1, 86_400_000].map((offset, index) => frameOf('front', index + 1, NOON + offset));
    for (const frame of frames) await store.put(frame);
    const before = await store.list({ order: 'oldest-first', limit: 10 });
    const usage = await store.usage();

    const again = await reopen();

    t.same(await again.list({ order: 'oldest-first', limit: 10 }), before);
    t.same(await again.usage(), usage);
    for (const [index, { id }] of before.entries()) {
      const found = await again.read(id);
      t.ok(found && frames[index]?.data.equals(await buffer(found.body)));
    }
  });

  await t.test('a camera id that would lead out of the store is refused', async (t) => {
    const { store } = await open(t);

    for (const camera of ['../evil', 'a/b', '..', '.hidden', '', 'x'.repeat(300), 'a\0b']) {
      await t.rejects(store.put(frameOf(camera, 1, NOON)), { name: 'Fault' }, JSON.stringify(camera));
    }
    t.same(await store.usage(), { bytes: 0, count: 0 });
  });
}

const times = (kept: readonly Kept[]): number[] => kept.map(({ time }) => time - NOON);
