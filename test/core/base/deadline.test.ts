// Tests of deadlines: work that ends in time, too late, or because its caller aborts it.

import t from 'tap';
import { startDeadline, withDeadline, withTimeout } from '../../../core/base/deadline.ts';
import { manualClock, settle } from '../../support/manual-clock.ts';

const late = () => new Error('late');
const never = () => new Promise<never>(() => {});

t.test(
  'work that ends in time gives its own result or error, and leaves no timer and no listener behind',
  async (t) => {
    const time = manualClock();
    const { clock } = time;
    const stop = new AbortController();
    let given: AbortSignal | undefined;

    const result = await withDeadline({ ms: 100, late, clock, signals: [stop.signal, undefined] }, async (signal) => {
      given = signal;
      return 7;
    });
    await t.rejects(
      withDeadline({ ms: 100, late, clock }, () => {
        throw new Error('its own');
      }),
      { message: 'its own' },
    );
    await settle();
    const sleepers = time.sleepers();
    stop.abort();

    t.same([result, sleepers, given?.aborted], [7, 0, false]);
  },
);

t.test('work that ignores its signal is left at the deadline, and its signal says why', async (t) => {
  const time = manualClock();
  const { clock } = time;
  let reason: unknown;
  const work = withDeadline({ ms: 100, late, clock }, (signal) => {
    signal.addEventListener('abort', () => {
      reason = signal.reason;
    });
    return never();
  });
  const outcome = t.rejects(work, { message: 'late' });

  await time.advance(99);
  const before = reason;
  await time.advance(1);
  await outcome;

  t.equal(before, undefined);
  t.match(reason, { message: 'late' });
});

t.test('a signal ends it earlier, and one that is aborted already begins nothing', async (t) => {
  const time = manualClock();
  const { clock } = time;
  const [first, second] = [new AbortController(), new AbortController()];
  let begun = 0;
  const options = { ms: 100, late, clock, signals: [first.signal, second.signal] };
  const work = () => {
    begun++;
    return never();
  };

  const outcome = t.rejects(withDeadline(options, work), { message: 'gone' });
  second.abort(new Error('gone'));
  await outcome;
  await t.rejects(withDeadline(options, work), { message: 'gone' });
  await settle();

  t.same([begun, time.sleepers()], [1, 0]);
});

t.test('a signal requested after the deadline has the reason', async (t) => {
  const time = manualClock();
  const deadline = startDeadline({ ms: 100, late, clock: time.clock });
  const raced = deadline.race(never());
  raced.catch(() => {});
  await time.advance(100);

  await t.rejects(raced, { message: 'late' });
  t.equal(deadline.signal.aborted, true);
  t.match(deadline.signal.reason, { message: 'late' });
  deadline.end();
});

t.test('work without a signal settles as it does, or is late', async (t) => {
  t.equal(await withTimeout(60_000, late, Promise.resolve(7)), 7);
  await t.rejects(withTimeout(60_000, late, Promise.reject(new Error('its own'))), { message: 'its own' });
  await t.rejects(withTimeout(1, late, never()), { message: 'late' });
});
