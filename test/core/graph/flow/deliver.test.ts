// The acknowledgement of a frame while consumers named in the profile are absent.

import t from 'tap';
import { rejected } from '../../../../core/contract/final.ts';
import type { Delivery } from '../../../../core/contract/plugin.ts';
import { createDeliver } from '../../../../core/graph/flow/deliver.ts';
import { createSubscription } from '../../../../core/graph/flow/subscription.ts';
import { makeFrame } from '../../../../testing/frame.ts';

const nothing = (): void => {};
const consumer = (delivery: Delivery, seen: number[]) =>
  createSubscription({
    handler: ({ seq }) => void seen.push(seq),
    delivery,
    onSkip: nothing,
    onFull: nothing,
    onFail: nothing,
  });

async function isSettled(work: Promise<void>): Promise<boolean> {
  let settled = false;
  work.then(
    () => {
      settled = true;
    },
    () => {},
  );
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

t.test('an absent viewer does not delay the acknowledgement', async (t) => {
  const deliver = createDeliver(new WeakSet());
  deliver.expect(
    new Map<string, Delivery>([
      ['store', 'every'],
      ['viewer', 'live'],
    ]),
  );
  const seen: number[] = [];
  deliver.add(consumer('every', seen), 'store');

  await deliver.send(makeFrame('front', 1), true);

  t.same(seen, [1]);
});

t.test(
  'the acknowledgement waits for every absent consumer that requires the frame, whatever their number',
  async (t) => {
    for (const names of [['one'], ['one', 'two'], ['one', 'two', 'three']]) {
      const deliver = createDeliver(new WeakSet());
      deliver.expect(new Map(names.map((name) => [name, 'every' as const])));
      const seen: number[] = [];

      const sent = deliver.send(makeFrame('front', 1), true);
      for (const name of names) {
        t.equal(await isSettled(sent), false, `${name} of ${names.length} is away`);
        deliver.add(consumer('every', seen), name);
      }
      await sent;

      t.ok(seen.length >= names.length, 'each has it');
    }
  },
);

t.test('a frame does not loop while subscriptions form a cycle, and the next frame arrives', async (t) => {
  const [one, two] = [createDeliver(new WeakSet()), createDeliver(new WeakSet())];
  const seen: number[] = [];
  const onTo = (next: typeof one) =>
    createSubscription({
      handler(frame, wait) {
        seen.push(frame.seq);
        return next.send(frame, wait);
      },
      delivery: 'through',
      onSkip: nothing,
      onFull: nothing,
      onFail: nothing,
    });
  one.add(onTo(two));
  two.add(onTo(one));

  await one.send(makeFrame('a', 1), false);
  await one.send(makeFrame('a', 2), true);

  t.same(seen, [1, 1, 2, 2]);
});

t.test('a consumer that returns receives the newest frame of each camera once', async (t) => {
  const deliver = createDeliver(new WeakSet());
  const [late, later]: number[][] = [[], []];
  deliver.expect(
    new Map([
      ['late', 'live'],
      ['later', 'live'],
    ]),
  );
  for (const [camera, seq] of [
    ['a', 1],
    ['a', 2],
    ['b', 3],
  ] as const)
    await deliver.send(makeFrame(camera, seq), false);

  const subscription = consumer('live', late ?? []);
  deliver.add(subscription, 'late');
  deliver.add(subscription, 'late');
  t.same(late, [2, 3], 'not twice');
  deliver.add(consumer('live', later ?? []), 'later');
  t.same(later, [2, 3]);
  deliver.remove(subscription);
  deliver.add(subscription, 'late');
  t.same(late, [2, 3], 'nothing was missed since');
  await deliver.send(makeFrame('a', 4), false);
  t.same(
    [late, later],
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
  );
});

t.test('missed frames are dropped once all expected consumers are present', async (t) => {
  const deliver = createDeliver(new WeakSet());
  const seen: number[] = [];
  deliver.expect(new Map([['late', 'live']]));
  await deliver.send(makeFrame('a', 1), false);

  deliver.expect(new Map());
  deliver.expect(new Map([['late', 'live']]));
  deliver.add(consumer('live', seen), 'late');

  t.same(seen, []);
});

t.test('a watcher is not a consumer: it gets no missed frames, and no frame waits for it', async (t) => {
  const deliver = createDeliver(new WeakSet());
  const seen: number[] = [];
  deliver.expect(new Map([['late', 'every']]));
  await deliver.send(makeFrame('a', 1), false);
  const watcher = consumer('every', seen);

  deliver.add(watcher);
  t.same([seen, deliver.consumers(), deliver.acknowledged()], [[], [], false]);
  await deliver.send(makeFrame('a', 2), false);
  t.same(seen, [2]);
  deliver.add(consumer('live', seen), 'viewer');
  t.same([deliver.consumers(), deliver.acknowledged()], [['viewer'], false]);
  const store = consumer('every', seen);
  deliver.add(store, 'store');
  t.same([deliver.consumers(), deliver.acknowledged()], [['viewer', 'store'], true]);
  deliver.remove(store);
  deliver.remove(store);
  deliver.remove(watcher);
  t.same([deliver.consumers(), deliver.acknowledged()], [['viewer'], false]);
});

t.test('only a sender that waits receives the refusal', async (t) => {
  const deliver = createDeliver(new WeakSet());
  const refusing = createSubscription({
    handler: () => Promise.reject(rejected('no')),
    delivery: 'every',
    onSkip: nothing,
    onFull: nothing,
    onFail: nothing,
  });
  deliver.add(refusing, 'store');

  await t.rejects(deliver.send(makeFrame('a', 1), true), { message: 'no' });
  await deliver.send(makeFrame('a', 2), false);
});

t.test('the result waits for absent and for present consumers', async (t) => {
  const deliver = createDeliver(new WeakSet());
  deliver.expect(
    new Map([
      ['store', 'every'],
      ['copy', 'through'],
    ]),
  );
  const seen: number[] = [];
  let finish = (): void => {};
  const slow = createSubscription({
    handler: ({ seq }) => {
      seen.push(seq);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    delivery: 'every',
    onSkip: nothing,
    onFull: nothing,
    onFail: nothing,
  });
  deliver.add(slow, 'store');

  const sent = deliver.send(makeFrame('a', 1), true);
  t.same(seen, [1], 'a present consumer receives it at once');
  deliver.add(consumer('every', seen), 'copy');
  t.equal(await isSettled(sent), false);
  t.same(seen, [1, 1]);
  finish();
  await sent;
});

t.test('frames of two cameras with the same number are two frames', async (t) => {
  const [one, two] = [createDeliver(new WeakSet()), createDeliver(new WeakSet())];
  const seen: string[] = [];
  one.add(
    createSubscription({
      handler(frame) {
        seen.push(`${frame.camera}${frame.seq}`);
        if (frame.camera === 'a') void one.send(makeFrame('b', frame.seq), false);
        if (frame.seq === 1) void one.send(makeFrame(frame.camera, 2), false);
        return two.send(frame, false);
      },
      delivery: 'through',
      onSkip: nothing,
      onFull: nothing,
      onFail: nothing,
    }),
  );

  await one.send(makeFrame('a', 1), false);

  t.same(seen, ['a1', 'b1', 'b2', 'a2', 'b2']);
});

t.test('a consumer that has left counts as absent again', async (t) => {
  const deliver = createDeliver(new WeakSet());
  deliver.expect(new Map([['store', 'every']]));
  const seen: number[] = [];
  const store = consumer('every', seen);
  deliver.add(store, 'store');

  deliver.remove(store);
  const sent = deliver.send(makeFrame('a', 1), true);

  t.equal(await isSettled(sent), false);
  deliver.add(store, 'store');
  await sent;
  t.same(seen, [1]);
});

t.test('a frame does not wait for a consumer that is no longer expected', async (t) => {
  const deliver = createDeliver(new WeakSet());
  deliver.expect(new Map([['store', 'every']]));
  const sent = deliver.send(makeFrame('a', 1), true);

  t.equal(await isSettled(sent), false);
  deliver.expect(new Map());
  await sent;

  await deliver.send(makeFrame('a', 2), true).then(() => t.pass('with nobody there it is answered at once'));
  await deliver.send(makeFrame('a', 3), false).then(() => t.pass('and so is one that nobody waits for'));
});
