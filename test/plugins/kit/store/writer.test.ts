// The writer shared by stores: order per camera, each picture once, and a limit on waiting pictures.

import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { type Frame, isFault, type Kept } from '../../../../core/contract/plugin.ts';
import { createConditions } from '../../../../plugins/kit/disk/conditions.ts';
import { createStoreWriter, type StoreWriterOptions } from '../../../../plugins/kit/store/writer.ts';

const frame = (camera: string, seq: number): Frame => ({
  camera,
  key: `${camera}-${seq}`,
  seq,
  time: seq,
  arrived: seq,
  type: 'image/jpeg',
  data: Buffer.alloc(10),
  width: 1,
  height: 1,
  hasHeadroom: false,
  meta: {},
});

/** Each put waits until the test ends it. */
function bench(options: Partial<StoreWriterOptions> = {}) {
  const counts: Record<string, number> = {};
  const puts: { key: string; ends(): void; fails(cause: unknown): void }[] = [];
  const refused: string[] = [];
  const warnings: unknown[] = [];
  let degraded: string | undefined;
  const conditions = createConditions({
    degraded: (why) => {
      degraded = why;
    },
    healthy: () => {
      degraded = undefined;
    },
  });
  const silent = () => {};
  const writer = createStoreWriter({
    node: {
      metrics: {
        count(name: string, by = 1) {
          counts[name] = (counts[name] ?? 0) + by;
        },
        gauge: silent,
      } as StoreWriterOptions['node']['metrics'],
      log: { warn: (...line: unknown[]) => void warnings.push(line) } as unknown as StoreWriterOptions['node']['log'],
    },
    conditions,
    target: 'disk',
    parallel: 2,
    maxWaiting: 3,
    maxCameras: 2,
    put: ({ key, camera, time, data }) =>
      new Promise<Kept>((resolve, reject) => {
        const kept = { id: key, camera, time, size: data.length, type: 'image/jpeg' } as Kept;
        puts.push({ key, ends: () => resolve(kept), fails: reject });
      }),
    onRefused: ({ key }) => void refused.push(key),
    ...options,
  });
  return { writer, puts, counts, refused, warnings, conditions, why: () => degraded };
}

t.test('cameras are written in parallel, the pictures of one camera in order', async (t) => {
  const { writer, puts, counts } = bench();

  const first = writer.keep(frame('a', 1));
  const second = writer.keep(frame('a', 2));
  const other = writer.keep(frame('b', 1));
  await setImmediate();
  t.same(
    puts.map(({ key }) => key),
    ['a-1', 'b-1'],
  );
  puts[0]?.ends();
  t.equal((await first).id, 'a-1');
  await setImmediate();
  t.equal(puts[2]?.key, 'a-2');
  puts[1]?.ends();
  puts[2]?.ends();
  t.same([(await second).id, (await other).id], ['a-2', 'b-1']);
  await writer.idle();
  t.same(counts, { kept_total: 3, kept_bytes_total: 30 });
});

t.test('a picture that arrives twice is written once; after a refusal it is written again', async (t) => {
  const { writer, puts, counts, refused, warnings } = bench();

  const both = [writer.keep(frame('a', 1)), writer.keep(frame('a', 1))];
  await setImmediate();
  t.equal(puts.length, 1);
  puts[0]?.fails(new Error('no space'));
  for (const { status } of await Promise.allSettled(both)) t.equal(status, 'rejected');
  t.same([refused, warnings.length, counts], [['a-1'], 1, { refused_total: 1 }]);

  const again = writer.keep(frame('a', 1));
  await setImmediate();
  puts[1]?.ends();
  await again;
  t.equal(await writer.keep(frame('a', 1)), await again, 'a stored picture is known');
  t.equal(puts.length, 2);
});

t.test('over the limit of waiting pictures the next is refused and may be sent again', async (t) => {
  const { writer, puts, conditions, why } = bench({ parallel: 1 });
  const kept = [1, 2, 3, 4].map((seq) => writer.keep(frame('a', seq)));
  await setImmediate();
  t.equal(writer.waiting(), 3);

  const refusal = await writer.keep(frame('a', 5)).catch((cause: unknown) => cause);
  t.ok(isFault(refusal));
  t.match(refusal, { code: 'store-busy', blame: 'environment', message: /^3 pictures wait for the disk/ });

  conditions.set('slow', 'It is slow.');
  for (let seq = 0; seq < 4; seq++) {
    t.equal(why(), 'It is slow.', 'pictures still wait');
    puts[seq]?.ends();
    await kept[seq];
    await setImmediate();
  }
  t.equal(why(), undefined, 'no picture waits');
});

t.test('the last picture is remembered for a limited number of cameras', async (t) => {
  const put: string[] = [];
  const { writer } = bench({
    async put({ key }) {
      put.push(key);
      return { id: key, size: 1 } as Kept;
    },
  });
  const all = [frame('a', 1), frame('b', 1), frame('c', 1)];

  for (const picture of all) await writer.keep(picture);
  await setImmediate();
  for (const picture of all) await writer.keep(picture);

  t.same(put, ['a-1', 'b-1', 'c-1', 'c-1']);
});

t.test('a store that is not ready refuses without a count or a log line', async (t) => {
  const { writer, puts, counts, refused, warnings } = bench({
    ready() {
      throw new Error('the folder cannot be opened');
    },
  });

  await t.rejects(writer.keep(frame('a', 1)), { message: 'the folder cannot be opened' });
  t.same([puts.length, counts, refused, warnings], [0, {}, [], []]);
});
