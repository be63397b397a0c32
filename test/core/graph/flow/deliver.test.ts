// The acknowledgement of a frame while consumers that the profile names are away.

import t from 'tap';
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

t.test('an absent viewer holds back no acknowledgement', async (t) => {
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
  'the acknowledgement waits for every absent consumer that must have the frame, however many are away',
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

t.test('a frame does not go round while links form a circle, and the next one comes', async (t) => {
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
