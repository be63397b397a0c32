// Delivery from one producer to one consumer: waiting, skipping and acknowledging.

import t from 'tap';
import { environment } from '../../../../core/contract/problems.ts';
import type { SubscriptionOptions } from '../../../../core/graph/flow/subscription.ts';
import { frame, gate, link, turn } from '../../../support/subscription.ts';

t.test('a live consumer that is idle is handed the frame before push returns', async (t) => {
  const seen: number[] = [];
  const { push } = link({ delivery: 'live', handler: ({ seq }) => void seen.push(seq) });

  push(frame(1), false);
  push(frame(2), false);

  t.same(seen, [1, 2]);
});

t.test(
  'a live consumer that is busy gets the newest frame of each camera next; the rest is skipped and counted',
  async (t) => {
    const consumer = gate();
    const { push, skipped } = link({ delivery: 'live', handler: consumer.handler });

    for (const one of [frame(1), frame(2), frame(3), frame(10, 'b'), frame(4), frame(11, 'b')]) push(one, false);
    consumer.finish();
    await turn();
    t.same(consumer.seen, [1, 4], 'one at a time');
    consumer.finish();
    await turn();

    t.same(consumer.seen, [1, 4, 11]);
    t.same(skipped, [2, 3, 10]);
  },
);

t.test('a live handler that throws or rejects is a failure of the consumer', async (t) => {
  const boom = new Error('boom');
  const throws = link({
    delivery: 'live',
    handler: () => {
      throw boom;
    },
  });
  const rejects = link({ delivery: 'live', handler: () => Promise.reject(boom) });

  throws.push(frame(1), false);
  rejects.push(frame(1), false);
  await turn();

  t.same(throws.failures, [boom]);
  t.same(rejects.failures, [boom]);
});

t.test(
  'an every consumer is handed all frames in order, one at a time, and each is acknowledged when it is done',
  async (t) => {
    const consumer = gate();
    const { push } = link({ delivery: 'every', handler: consumer.handler });
    const acknowledged: number[] = [];

    for (const seq of [1, 2, 3]) push(frame(seq), true)?.then(() => acknowledged.push(seq));
    await turn();
    t.same(consumer.seen, [1]);
    t.same(acknowledged, []);
    consumer.finish();
    await turn();

    t.same(consumer.seen, [1, 2]);
    t.same(acknowledged, [1]);
  },
);

t.test(
  'a full queue skips frames of a source that does not wait, and reports once that it is full and once that it has room',
  async (t) => {
    const consumer = gate();
    const { push, skipped, full } = link({ delivery: 'every', queue: 2, handler: consumer.handler });

    for (const seq of [1, 2, 3, 4, 5]) push(frame(seq), false);
    t.same(skipped, [4, 5]);
    t.same(full, [true]);
    consumer.finish();
    await turn();

    t.same(full, [true, false]);
    t.same(consumer.seen, [1, 2]);
  },
);

t.test('a full queue holds the promise of a source that waits', async (t) => {
  const consumer = gate();
  const { push, skipped } = link({ delivery: 'every', queue: 1, handler: consumer.handler });

  for (const seq of [1, 2, 3]) push(frame(seq), true);
  for (let i = 0; i < 3; i++) {
    consumer.finish();
    await turn();
  }

  t.same(consumer.seen, [1, 2, 3]);
  t.same(skipped, []);
});

t.test(
  'a refused frame rejects for its sender alone; an environment fault does not fail the consumer, a bug does',
  async (t) => {
    const consumer = gate();
    const { push, failures } = link({ delivery: 'every', handler: consumer.handler });
    const full = environment('disk-full', 'the disk is full');
    const bug = new TypeError('bug');

    const first = push(frame(1), true);
    const second = push(frame(2), true);
    const third = push(frame(3), true);
    consumer.refuse(full);
    await t.rejects(first ?? Promise.resolve(), { code: 'disk-full' });
    consumer.refuse(bug);
    await t.rejects(second ?? Promise.resolve(), { message: 'bug' });
    consumer.finish();
    await third;

    t.same(failures, [bug]);
  },
);

t.test('draining lets taken frames finish and takes no more; closing refuses what is queued', async (t) => {
  const consumer = gate();
  const { push, drain, close } = link({ delivery: 'every', handler: consumer.handler });
  const first = push(frame(1), true);
  const second = push(frame(2), true);

  const drained = drain();
  await t.rejects(push(frame(3), true) ?? Promise.resolve(), { code: 'consumer-stopping' });
  close();
  await t.rejects(second ?? Promise.resolve(), { code: 'consumer-stopping' });
  consumer.finish();
  await first;

  await drained;
  t.same(consumer.seen, [1]);
});

t.test('a through consumer answers with what its own consumers answer', async (t) => {
  const through = link({
    delivery: 'through',
    handler: (_frame, wait) => (wait ? Promise.reject(environment('no', 'no')) : undefined),
  });

  t.equal(through.push(frame(1), false), undefined);
  await t.rejects(through.push(frame(2), true) ?? Promise.resolve(), { code: 'no' });
});

t.test(
  'an every consumer may have frames of several cameras at once, of each one at a time and in order',
  async (t) => {
    const { seen, finish, handler } = gate();
    const { push, drain } = link({ delivery: 'every', handler, parallel: 2 });
    const answers = [frame(1), frame(2), frame(3, 'b'), frame(4, 'c')].map((one) => push(one, true));

    await turn();
    const first = [...seen];
    finish();
    await answers[0];
    await turn();
    const second = [...seen];
    const drained = drain();
    for (let left = 3; left > 0; left--) {
      finish();
      await turn();
    }
    await drained;

    t.same(first, [1, 3], 'a and b');
    t.same(second, [1, 3, 2], 'what came first goes first');
    t.same(seen, [1, 3, 2, 4]);
  },
);

t.test('a live consumer that fails has nothing waiting, and is handed the next frame', async (t) => {
  const consumer = gate();
  const { push, failures } = link({ delivery: 'live', handler: consumer.handler });

  for (const seq of [1, 2]) push(frame(seq), false);
  consumer.refuse(new Error('boom'));
  await turn();
  t.same(consumer.seen, [1]);
  t.equal(failures.length, 1);
  push(frame(3), false);
  consumer.finish();
  await turn();

  t.same(consumer.seen, [1, 3]);
});

t.test('a live consumer that is drained or closed gets no more, and drained waits for its work', async (t) => {
  for (const how of ['drain', 'close'] as const) {
    const consumer = gate();
    const made = link({ delivery: 'live', handler: consumer.handler });
    for (const seq of [1, 2]) made.push(frame(seq), false);
    let ended = false;

    void Promise.resolve(made[how]()).then(() => {
      ended = true;
    });
    made.push(frame(3), false);
    await turn();
    t.equal(ended, how === 'close');
    consumer.finish();
    await turn();

    t.equal(ended, true);
    t.same(consumer.seen, [1], how);
  }
});

t.test('sixteen frames wait for an every consumer unless it asks for another number', async (t) => {
  const consumer = gate();
  const { push, skipped } = link({ delivery: 'every', handler: consumer.handler });

  for (let seq = 0; seq <= 17; seq++) push(frame(seq), false);

  t.same(skipped, [17]);
});

t.test('taken and refused frames are reported', async (t) => {
  const events: string[] = [];
  const tell = {
    onAccept: () => void events.push('taken'),
    onRefuse: (cause: unknown) => void events.push(`refused ${cause instanceof Error ? cause.message : ''}`),
  };
  const refusal = environment('no', 'no');
  for (const delivery of ['every', 'through'] as const) {
    const consumer = gate();
    const { push, failures } = link({ delivery, handler: consumer.handler, ...tell });
    const one = push(frame(1), true);
    consumer.finish();
    await one;
    const two = push(frame(2), true);
    consumer.refuse(refusal);
    await t.rejects(two ?? Promise.resolve(), refusal);

    t.same(events.splice(0), ['taken', 'refused no'], delivery);
    t.same(failures, []);
  }
});

t.test('a through handler that throws fails the node, and is answered for where somebody waits', async (t) => {
  const boom = new Error('boom');
  const { push, failures } = link({
    delivery: 'through',
    handler: () => {
      throw boom;
    },
  });

  t.equal(push(frame(1), false), undefined);
  await t.rejects(push(frame(2), true) ?? Promise.resolve(), boom);

  t.same(failures, [boom, boom]);
});

t.test('one that has ended takes no frame, and says so only where somebody waits for an every consumer', async (t) => {
  for (const how of ['drain', 'close'] as const) {
    for (const delivery of ['live', 'every', 'through'] as const) {
      const seen: number[] = [];
      const made = link({ delivery, handler: ({ seq }) => void seen.push(seq) });

      await made[how]();

      t.equal(made.push(frame(1), false), undefined);
      if (delivery === 'every')
        await t.rejects(made.push(frame(2), true) ?? Promise.resolve(), { code: 'consumer-stopping' });
      else t.equal(made.push(frame(2), true), undefined);
      t.same(seen, [], `${how} ${delivery}`);
    }
  }
});

t.test('closing ends a pending drain', async (t) => {
  const consumer = gate();
  const { push, drain, close } = link({ delivery: 'every', handler: consumer.handler });
  push(frame(1), false);
  const drained = drain();

  close();

  await drained;
  t.same(consumer.seen, [1]);
});

t.test('those who answer for frames say so', (t) => {
  const of = (delivery: SubscriptionOptions['delivery']) => link({ delivery, handler: () => undefined }).acknowledges;

  t.same([of('live'), of('every'), of('through')], [false, true, true]);
  t.end();
});
