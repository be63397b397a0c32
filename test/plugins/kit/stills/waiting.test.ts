// Callers that wait for the next picture of a camera: results, limits, and ends of waits.

import { setMaxListeners } from 'node:events';
import t from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import { createNewest, MAX_WAITERS } from '../../../../plugins/kit/stills/newest.ts';
import { makeFrame } from '../../../../testing/index.ts';

const never = new AbortController().signal;
// Here the maximum number of callers waits with one signal; in use, each request has its own.
setMaxListeners(0, never);
const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

function world(bytes = 2 ** 30) {
  const budget = createMemoryBudget(bytes);
  const memory = budget.for('latest');
  const newest = createNewest();
  const ends: string[] = [];
  return {
    ...{ newest, ends, budget },
    keep: (camera: string, seq: number, most = 10) => newest.keep(makeFrame(camera, seq), most, memory),
    wait: (name: string, camera: string, after: number, signal = never) =>
      void newest.next(camera, after, signal).then(
        ({ seq }) => ends.push(`${name} ${seq}`),
        (cause) => ends.push(`${name} ${cause.code ?? cause.message}`),
      ),
  };
}

t.test('all waiting callers receive the next picture that is newer than the known one', async (t) => {
  const { ends, keep, wait } = world();
  wait('first', 'gate', 0);
  wait('later', 'gate', 2);
  wait('other', 'yard', 0);
  keep('gate', 1);
  await turn();
  t.same(ends, ['first 1']);
  keep('gate', 2);
  await turn();
  t.same(ends, ['first 1'], 'only a newer picture ends the wait');
  keep('gate', 3);
  await turn();
  t.same(ends, ['first 1', 'later 3']);
  wait('now', 'gate', 2);
  wait('then', 'gate', 3);
  await turn();
  t.same(ends, ['first 1', 'later 3', 'now 3'], 'a picture that is already there is returned at once');
});

t.test('the number of waiting callers per camera is limited', async (t) => {
  const { ends, keep, wait } = world();
  for (let index = 0; index < MAX_WAITERS; index++) wait('w', 'gate', 0);
  wait('extra', 'gate', 0);
  wait('other', 'yard', 0);
  await turn();
  t.same(ends, ['extra too-many-waiting']);
  keep('gate', 1);
  await turn();
  t.equal(ends.length, 1 + MAX_WAITERS);
  wait('again', 'gate', 1);
  await turn();
  t.equal(ends.length, 1 + MAX_WAITERS, 'a further caller may wait again');
});

t.test('a cancelled wait makes room, and receives no picture', async (t) => {
  const { ends, keep, wait } = world();
  const control = new AbortController();
  setMaxListeners(0, control.signal);
  for (let index = 0; index < MAX_WAITERS; index++) wait('w', 'gate', 0, control.signal);
  control.abort(new Error('gone'));
  await turn();
  t.equal(ends.filter((end) => end === 'w gone').length, MAX_WAITERS);
  wait('next', 'gate', 0);
  wait('late', 'gate', 0, control.signal);
  await turn();
  keep('gate', 1);
  await turn();
  t.same(ends.slice(MAX_WAITERS).sort(), ['late gone', 'next 1']);
});

t.test('callers that wait for a removed camera are refused; at the end all are', async (t) => {
  const { newest, ends, keep, wait, budget } = world();
  keep('gate', 1);
  keep('yard', 1);
  wait('a', 'gate', 1);
  wait('b', 'yard', 1);
  newest.leave('gate');
  await turn();
  t.same(ends, ['a stopping']);
  t.same(newest.cameras(), ['yard']);
  newest.close();
  await turn();
  t.same(ends, ['a stopping', 'b stopping']);
  t.same(newest.cameras(), []);
  t.equal(budget.used, 0);
});

t.test('at the limit of cameras a further one is refused, and a known one keeps its place', (t) => {
  const { newest, keep } = world();

  t.equal(keep('a', 1, 2), true);
  t.equal(keep('b', 1, 2), true);
  t.equal(keep('c', 1, 2), false);
  t.equal(keep('a', 2, 2), true);
  t.equal(keep('a', 1, 2), false, 'an older picture');
  t.same(
    newest.frames().map(({ camera, seq }) => `${camera} ${seq}`),
    ['a 2', 'b 1'],
  );
  newest.forget('a');
  t.equal(newest.get('a'), undefined);
  t.equal(keep('c', 1, 2), true);
  t.end();
});
