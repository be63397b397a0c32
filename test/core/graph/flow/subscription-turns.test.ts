// Whose turn it is with a consumer, when its queue has room, and when it has worked on everything.

import t from 'tap';
import { misuse } from '../../../../core/contract/problems.ts';
import { frame, gate, link, turn } from '../../../support/subscription.ts';

t.test('a live consumer that is done is handed the next frame at once', async (t) => {
  const consumer = gate();
  const { push, skipped } = link({ delivery: 'live', handler: consumer.handler });
  push(frame(1), false);
  consumer.finish();
  await turn();

  push(frame(2), false);
  push(frame(3), false);

  t.same(consumer.seen, [1, 2]);
  t.same(skipped, []);
});

t.test('a live consumer never answers for a frame, not even for one that somebody waits for', (t) => {
  const waits: boolean[] = [];
  const { push } = link({ delivery: 'live', handler: (_frame, wait) => void waits.push(wait) });

  t.equal(push(frame(1), true), undefined);

  t.same(waits, [false]);
  t.end();
});

t.test('an every consumer receives whether a sender waits for the frame', async (t) => {
  const waits: boolean[] = [];
  const { push } = link({ delivery: 'every', handler: (_frame, wait) => void waits.push(wait) });

  await push(frame(1), true);
  await push(frame(2), false);

  t.same(waits, [true, false]);
});

t.test('a queue that is full again reports it again', async (t) => {
  const consumer = gate();
  const { push, full } = link({ delivery: 'every', queue: 1, handler: consumer.handler });
  const fill = (from: number): void => {
    for (let seq = from; seq < from + 3; seq++) push(frame(seq), false);
  };

  fill(1);
  consumer.finish();
  await turn();
  fill(4);

  t.same(full, [true, false, true]);
});

t.test('a fault of the profile in a handler of every frame fails the consumer', async (t) => {
  const consumer = gate();
  const { push, failures } = link({ delivery: 'every', handler: consumer.handler });
  const wrong = misuse('no-folder', 'there is no such folder');

  const sent = push(frame(1), true);
  consumer.refuse(wrong);
  await t.rejects(sent ?? Promise.resolve(), wrong);

  t.same(failures, [wrong]);
});

t.test('a queue that senders who wait have filled beyond its end has room only when it is below', async (t) => {
  const consumer = gate();
  const { push, full } = link({ delivery: 'every', queue: 1, handler: consumer.handler });

  for (const seq of [1, 2, 3]) push(frame(seq), true);
  push(frame(4), false);
  consumer.finish();
  await turn();
  t.same(full, [true], 'one waits still');
  consumer.finish();
  await turn();

  t.same(full, [true, false]);
});

t.test('an every consumer has one frame at a time, whatever its camera, unless it asks for more', async (t) => {
  const consumer = gate();
  const { push } = link({ delivery: 'every', handler: consumer.handler });

  for (const one of [frame(1, 'a'), frame(2, 'b')]) push(one, false);
  t.same(consumer.seen, [1]);
  consumer.finish();
  await turn();

  t.same(consumer.seen, [1, 2]);
});

t.test('draining waits for the last of several frames that are worked on', async (t) => {
  const consumer = gate();
  const { push, drain } = link({ delivery: 'every', handler: consumer.handler, parallel: 2 });
  for (const one of [frame(1, 'a'), frame(2, 'b')]) push(one, false);
  let drained = 0;
  const count = (): void => void drained++;

  void drain().then(count);
  consumer.finish();
  await turn();
  void drain().then(count);
  await turn();
  t.equal(drained, 0);
  consumer.finish();
  await turn();

  t.equal(drained, 2);
});
