// The sending of notifications: in order, one at a time, repeated after a failure, on a virtual clock.

import t from 'tap';
import type { Notice } from '../../../../plugins/kit/notify/notice.ts';
import { createOutbox, MAX_WAITING, type Sent } from '../../../../plugins/kit/notify/outbox.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

const notice = (camera: string): Notice => ({ is: 'offline', cameras: [camera], since: 0, time: 0 });
const FAILED: Sent = { is: 'failed', why: 'It is away.' };

function world(t: { teardown(work: () => void): void }) {
  const time = manualClock();
  const outbox = createOutbox();
  const control = new AbortController();
  t.teardown(() => control.abort());
  const journal: string[] = [];
  let answer: (notice: Notice, signal: AbortSignal) => Promise<Sent> = async () => ({ is: 'sent' });
  const run = (signal = control.signal): Promise<void> =>
    outbox.run(
      {
        clock: time.clock,
        send(notice, given) {
          journal.push(`send ${notice.cameras}`);
          return answer(notice, given);
        },
        report: (notice, { is }) => void journal.push(`${is} ${notice.cameras}`),
      },
      signal,
    );
  return {
    ...{ time, outbox, journal, run, control },
    answer: (next: typeof answer) => {
      answer = next;
    },
  };
}

t.test('waiting notifications are sent in order, later ones at once', async (t) => {
  const { outbox, journal, run } = world(t);
  outbox.add(notice('a'));
  outbox.add(notice('b'));
  void run();
  await settle();
  t.same(journal.splice(0), ['send a', 'sent a', 'send b', 'sent b']);
  t.equal(outbox.waiting, 0);

  outbox.add(notice('c'));
  t.equal(outbox.waiting, 1);
  await settle();
  t.same(journal, ['send c', 'sent c']);
  t.equal(outbox.waiting, 0);
});

t.test('notifications are sent one at a time', async (t) => {
  const { outbox, journal, run, answer } = world(t);
  let through = (_sent: Sent): void => {};
  answer(
    () =>
      new Promise((resolve) => {
        through = resolve;
      }),
  );
  outbox.add(notice('a'));
  outbox.add(notice('b'));
  void run();
  await settle();
  t.same(journal, ['send a']);
  t.equal(outbox.waiting, 2);
  through({ is: 'refused', why: 'No.' });
  await settle();
  t.same(journal, ['send a', 'refused a', 'send b'], 'a refused notification is not sent again');
});

t.test('after each failure the pause grows, up to five minutes; a success resets it', async (t) => {
  const { time, outbox, journal, run, answer } = world(t);
  const attempts = async (ms: number): Promise<number> => {
    journal.length = 0;
    await time.advance(ms);
    return journal.filter((line) => line.startsWith('send')).length;
  };
  answer(async () => FAILED);
  outbox.add(notice('a'));
  void run();
  await settle();
  t.same(journal, ['send a', 'failed a']);
  t.equal(outbox.waiting, 1);

  // Jitter shortens a pause by up to 30 %: the second attempt follows after 3.5 to 5 s, the third 7 to 10 s later.
  t.equal(await attempts(3400), 0);
  t.equal(await attempts(1600), 1);
  t.equal(await attempts(5400), 0);
  t.equal(await attempts(4700), 1);
  await time.advance(3_600_000);
  t.ok((await attempts(3_000_000)) >= 10);
  t.ok((await attempts(3_000_000)) <= 15);

  answer(async () => ({ is: 'sent' }));
  await time.advance(300_000);
  t.equal(outbox.waiting, 0);
  answer(async () => FAILED);
  outbox.add(notice('b'));
  await settle();
  t.equal(await attempts(5000), 1);
});

t.test('a server may request a longer pause, of at most an hour, but no shorter one', async (t) => {
  for (const [requested, before, after] of [
    [60_000, 59_999, 60_000],
    [7_200_000, 3_599_999, 3_600_000],
    [1, 3400, 5000],
  ] as const) {
    const { time, outbox, journal, run, answer } = world(t);
    answer(async () => ({ ...FAILED, retryAfterMs: requested }) as Sent);
    outbox.add(notice('a'));
    void run();
    await time.advance(before);
    t.equal(journal.filter((line) => line === 'send a').length, 1, `${requested} before`);
    await time.advance(after - before);
    t.equal(journal.filter((line) => line === 'send a').length, 2, `${requested} after`);
  }
});

t.test('the oldest notification is dropped over the limit, even while it is being sent', async (t) => {
  const { outbox, journal, run, answer } = world(t);
  let through = (_sent: Sent): void => {};
  answer(
    () =>
      new Promise((resolve) => {
        through = resolve;
      }),
  );
  outbox.add(notice('first'));
  void run();
  await settle();
  for (let index = 1; index < MAX_WAITING; index++) t.equal(outbox.add(notice(`n${index}`)), undefined);
  t.same(outbox.add(notice('last'))?.cameras, ['first']);
  answer(async () => ({ is: 'sent' }));
  through({ is: 'sent' });
  await settle();

  t.equal(outbox.waiting, 0);
  t.same(journal.slice(0, 3), ['send first', 'sent first', 'send n1']);
  t.equal(journal.at(-1), 'sent last');
});

t.test('a run ends with its signal, and the next run repeats the interrupted notification', async (t) => {
  const { outbox, journal, run, answer, control } = world(t);
  const first = new AbortController();
  answer((_one, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
  outbox.add(notice('a'));
  const running = run(first.signal);
  await settle();
  first.abort();
  await running;
  t.same(journal, ['send a'], 'the interrupted notification is not reported');
  t.equal(outbox.waiting, 1);

  answer(async () => ({ is: 'sent' }));
  const second = run();
  await settle();
  t.same(journal, ['send a', 'send a', 'sent a']);
  control.abort();
  await second;
  await run(AbortSignal.abort());
  t.equal(journal.length, 3);
});

t.test('a run ends when it is aborted during a pause, and rejects when sending throws', async (t) => {
  const { time, outbox, run, answer, control } = world(t);
  answer(async () => FAILED);
  outbox.add(notice('a'));
  const running = run();
  await settle();
  t.equal(time.sleepers(), 1);
  control.abort();
  await running;
  t.equal(time.sleepers(), 0);

  answer(() => Promise.reject(new Error('a bug')));
  await t.rejects(run(new AbortController().signal), { message: 'a bug' });
});
