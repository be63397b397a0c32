// Tests of shared work by key: who joins it, who starts it anew, and when it is aborted.

import t from 'tap';
import { createKeyedSingleFlight } from '../../../core/base/single-flight.ts';
import { settle } from '../../support/manual-clock.ts';

interface Work {
  readonly key: string;
  readonly signal: AbortSignal;
  resolve(value: string): void;
  reject(cause: Error): void;
}

function flights() {
  const begun: Work[] = [];
  const run = createKeyedSingleFlight<string>(
    (key, signal) => new Promise((resolve, reject) => begun.push({ key, signal, resolve, reject })),
  );
  return { begun, run };
}
const lasting = new AbortController().signal;

t.test('callers of one key share their work, and other keys have their own', async (t) => {
  const { begun, run } = flights();
  const results = Promise.all([run('a', lasting), run('b', lasting), run('a', lasting)]);
  await settle();

  t.same(
    begun.map(({ key }) => key),
    ['a', 'b'],
  );
  for (const { key, resolve } of begun) resolve(`picture of ${key}`);
  t.same(await results, ['picture of a', 'picture of b', 'picture of a']);

  const again = run('a', lasting);
  await settle();
  t.equal(begun.length, 3, 'work that has ended is not shared any more');
  begun[2]?.reject(new Error('away'));
  await t.rejects(again, { message: 'away' });
});

t.test(
  'one caller may leave; the work is aborted when the last one leaves, and ends before it starts anew',
  async (t) => {
    const { begun, run } = flights();
    const [first, second] = [new AbortController(), new AbortController()];
    const outcomes = [run('a', first.signal), run('a', second.signal)].map((result) => result.catch((cause) => cause));
    await settle();

    first.abort('first has gone');
    t.equal(begun[0]?.signal.aborted, false);
    second.abort('second has gone');
    t.equal(begun[0]?.signal.reason, 'second has gone');
    t.same(await Promise.all(outcomes), ['first has gone', 'second has gone']);

    const next = run('a', lasting);
    await settle();
    t.equal(begun.length, 1, 'aborted work is still under way');
    begun[0]?.reject(new Error('aborted'));
    await settle();
    const joined = run('a', lasting);
    await settle();
    t.equal(begun.length, 2, 'a later caller joins the work that followed it');
    begun[1]?.resolve('fresh');
    t.same(await Promise.all([next, joined]), ['fresh', 'fresh']);
    await t.rejects(run('a', first.signal), 'a signal that is aborted already starts nothing');
    t.equal(begun.length, 2);
  },
);

t.test('twenty callers with one signal are no leak of listeners', async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const { begun, run } = flights();
  const { signal } = new AbortController();

  const results = Promise.all(Array.from({ length: 20 }, () => run('a', signal)));
  await settle();
  begun[0]?.resolve('picture');

  t.equal((await results).length, 20);
  t.same(warnings, []);
});
