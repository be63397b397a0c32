// Frames whose acknowledgement waits for absent consumers.

import t from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import { createLate, MAX_LATE } from '../../../../core/graph/flow/late.ts';
import type { Subscription } from '../../../../core/graph/flow/subscription.ts';
import { makeFrame } from '../../../../testing/frame.ts';

/** A consumer that records the numbers of its frames, and answers as configured. */
function taking(answer: (frame: Frame) => Promise<void> | undefined): Subscription & { seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    push(frame, wait) {
      seen.push(`${frame.seq}${wait ? ' waits' : ''}`);
      return answer(frame);
    },
    drain: async () => {},
    close: () => {},
  };
}

async function stateOf(work: Promise<void>): Promise<string> {
  let state = 'waits';
  work.then(
    () => {
      state = 'taken';
    },
    (cause: Error) => {
      state = cause.message;
    },
  );
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return state;
}

t.test('a consumer that returns receives its waiting frames in order', async (t) => {
  const late = createLate(new WeakSet());
  const [one, two] = [late.wait(makeFrame('a', 1), ['store', 'copy']), late.wait(makeFrame('a', 2), ['store'])];
  const other = late.wait(makeFrame('a', 3), ['copy']);
  const store = taking(() => Promise.resolve());

  late.arrive('store', store);

  t.same(store.seen, ['1 waits', '2 waits']);
  t.equal(await stateOf(one), 'waits', 'the copy is absent');
  t.equal(await stateOf(two), 'taken');
  late.arrive(
    'copy',
    taking(() => undefined),
  );
  t.equal(await stateOf(one), 'taken');
  t.equal(await stateOf(other), 'taken');
  late.arrive('store', store);
  t.equal(store.seen.length, 2, 'no frame waits');
});

t.test('the refusal of a returned consumer is the result', async (t) => {
  const late = createLate(new WeakSet());
  const sent = late.wait(makeFrame('a', 1), ['store']);

  late.arrive(
    'store',
    taking(() => Promise.reject(new Error('the disk is full'))),
  );

  t.equal(await stateOf(sent), 'the disk is full');
});

t.test('the result waits for a returned consumer', async (t) => {
  const late = createLate(new WeakSet());
  const sent = late.wait(makeFrame('a', 1), ['store']);
  let finish = (): void => {};

  late.arrive(
    'store',
    taking(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    ),
  );

  t.equal(await stateOf(sent), 'waits');
  finish();
  t.equal(await stateOf(sent), 'taken');
});

t.test('a refusal is reported when the last absent consumer has returned', async (t) => {
  const late = createLate(new WeakSet());
  const sent = late.wait(makeFrame('a', 1), ['store', 'copy']);

  late.arrive(
    'store',
    taking(() => Promise.reject(new Error('the disk is full'))),
  );
  t.equal(await stateOf(sent), 'waits');
  late.arrive(
    'copy',
    taking(() => undefined),
  );

  t.equal(await stateOf(sent), 'the disk is full');
});

t.test('a frame does not wait for a consumer that is no longer expected', async (t) => {
  const late = createLate(new WeakSet());
  const sent = late.wait(makeFrame('a', 1), ['store', 'copy']);

  late.expect(['store', 'copy', 'more']);
  t.equal(await stateOf(sent), 'waits');
  late.expect(['store']);
  t.equal(await stateOf(sent), 'waits');
  late.expect([]);
  t.equal(await stateOf(sent), 'taken');
});

t.test('a consumer absent for ten seconds is named in the refusal, and does not get the frame later', async (t) => {
  const timers: { readonly work: () => void; readonly ms: number }[] = [];
  const { restore } = t.capture(globalThis, 'setTimeout', (work: () => void, ms: number) => timers.push({ work, ms }));
  const refusals = new WeakSet<object>();
  const late = createLate(refusals);
  const [store, copy] = [taking(() => undefined), taking(() => undefined)];
  const sent = late.wait(makeFrame('a', 1), ['store', 'copy']);
  restore();
  late.arrive('copy', copy);

  t.equal(await stateOf(sent), 'waits');
  t.same(
    timers.map(({ ms }) => ms),
    [10_000],
  );
  timers[0]?.work();
  await t.rejects(sent, {
    code: 'consumer-away',
    message: 'store must accept this picture and is not running. Send it again later.',
  });
  t.ok(await sent.catch((cause: object) => refusals.has(cause)));
  late.arrive('store', store);

  t.same([copy.seen, store.seen], [['1 waits'], []]);
});

t.test('a frame that was taken leaves no timer', async (t) => {
  const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const late = createLate(new WeakSet());
  const before = timers();

  const sent = late.wait(makeFrame('a', 1), ['store']);
  t.equal(timers(), before + 1);
  late.expect([]);
  await sent;

  t.equal(timers(), before);
});

t.test(
  'a frame above the limit is refused at once, naming the absent consumer, and is not counted for the node that passes it on',
  async (t) => {
    const refusals = new WeakSet<object>();
    const late = createLate(refusals);
    const sent = Array.from({ length: MAX_LATE }, (_, index) => late.wait(makeFrame('a', index), ['store']));

    const causeOf = (work: Promise<void>): Promise<Error> =>
      work.then(
        () => new Error('it was taken'),
        (cause: Error) => cause,
      );
    const refused = await causeOf(late.wait(makeFrame('a', 1000), ['store']));
    const two = await causeOf(late.wait(makeFrame('a', 1001), ['store', 'copy']));

    t.equal(await stateOf(Promise.race(sent)), 'waits');
    t.ok(refusals.has(refused));
    t.equal(refused.message, 'store must accept this picture and is not running. Send it again later.');
    t.match(two.message, /^store, copy must accept this picture and are not running\./);
    late.expect([]);
    await Promise.all(sent);
    const again = late.wait(makeFrame('a', 1002), ['store']);
    t.equal(await stateOf(again), 'waits', 'a place is free again');
    late.expect([]);
  },
);
