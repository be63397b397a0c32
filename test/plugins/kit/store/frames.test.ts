// The handling of frames shared by stores: frames that are shown but not stored, refusals to waiting senders, and facts of captures.

import t from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import type { CaptureScope, Frame, Kept } from '../../../../core/contract/plugin.ts';
import { createConditions } from '../../../../plugins/kit/disk/conditions.ts';
import { createNewest } from '../../../../plugins/kit/stills/newest.ts';
import { type StoreFrames, storeFrames } from '../../../../plugins/kit/store/frames.ts';

type Take = (frame: Frame, wait: boolean) => Promise<void>;

const frame = (seq: number): Frame => ({
  camera: 'gate',
  key: `gate-${seq}`,
  seq,
  time: seq,
  arrived: seq,
  type: 'image/jpeg',
  data: Buffer.alloc(10),
  width: 1,
  height: 1,
  hasHeadroom: false,
  meta: { angle: 1 },
});

const bench = (keep: (frame: Frame) => Promise<Kept>, waiting = 0) => {
  const emitted: [seq: number, file: unknown, wait: boolean][] = [];
  const counts: string[] = [];
  let take: Take = async () => {};
  let leave = (_cameras: readonly string[]): void => {};
  let why: string | undefined;
  const input = {
    onLeft(handler: (cameras: readonly string[]) => void) {
      leave = handler;
    },
    each(handler: Take) {
      take = handler;
    },
    ask: async () => frame(7),
  };
  const node = {
    id: 'store',
    options: { queue: 2, max_cameras: 4, mode: 'always' },
    metrics: { count: (name: string) => void counts.push(name) },
    output: {
      answer() {},
      async emit({ seq, meta }: Frame, wait: boolean) {
        emitted.push([seq, meta.file, wait]);
      },
    },
    memory: createMemoryBudget(1000).for('store'),
  };
  const newest = createNewest();
  const capture = storeFrames({
    node: node as unknown as StoreFrames['node'],
    input: input as unknown as StoreFrames['input'],
    writer: { keep, waiting: () => waiting, idle: async () => {} },
    newest,
    conditions: createConditions({
      degraded(sentence) {
        why = sentence;
      },
      healthy() {},
    }),
    target: '/pictures',
  });
  return {
    ...{ capture, emitted, counts, newest, why: () => why },
    take: (frame: Frame, wait: boolean) => take(frame, wait),
    leave: (camera: string) => leave([camera]),
  };
};

const kept = async ({ key }: Frame): Promise<Kept> => ({ id: `${key}.jpg` }) as Kept;
const full = async (): Promise<Kept> => {
  throw new Error('no space');
};

t.test(
  'a stored frame is passed on with the name of its file; an older one only to consumers of every frame',
  async (t) => {
    const store = bench(kept);

    await store.take(frame(5), false);
    await store.take(frame(4), false);
    await store.take(frame(3), true);

    t.same(store.emitted, [
      [5, 'gate-5.jpg', false],
      [3, 'gate-3.jpg', true],
    ]);
    t.equal(store.newest.get('gate')?.meta.file, 'gate-5.jpg');
  },
);

t.test('a frame that cannot be stored is shown, unless its sender waits for the answer', async (t) => {
  const store = bench(full);

  await t.rejects(store.take(frame(1), false), { message: 'no space' });
  await t.rejects(store.take(frame(2), true), { message: 'no space' });

  t.same(store.emitted, [[1, undefined, false]]);
});

t.test('a store that is slower than its cameras shows frames without storing them; a sender waits', async (t) => {
  const store = bench(kept, 2);

  await store.take(frame(1), false);
  t.same(store.counts, ['skipped_total']);
  t.match(store.why(), /^\/pictures is slower than the cameras/);
  await store.take(frame(2), true);

  t.same(store.emitted, [
    [1, undefined, false],
    [2, 'gate-2.jpg', true],
  ]);
});

t.test('a capture is stored with the facts of its request, and is the newest picture', async (t) => {
  const stored: Frame[] = [];
  const store = bench(async (frame) => {
    stored.push(frame);
    return kept(frame);
  });
  const scope = { facts: { layer: 12 } } as unknown as CaptureScope;

  const taken = await store.capture('gate', scope, new AbortController().signal);

  t.same(stored[0]?.meta, { angle: 1, layer: 12 });
  t.same(taken.meta, { angle: 1, layer: 12, file: 'gate-7.jpg' });
  t.equal(store.newest.get('gate'), taken);
});

t.test('the newest picture of a removed camera is forgotten', async (t) => {
  const store = bench(kept);
  await store.take(frame(1), false);
  store.leave('yard');
  t.equal(store.newest.get('gate')?.seq, 1);
  store.leave('gate');
  t.equal(store.newest.get('gate'), undefined);
});
