// The parts of a disk: conditions of a node, faults, and free space.

import t from 'tap';
import { environment } from '../../../../core/contract/problems.ts';
import { createConditions } from '../../../../plugins/kit/disk/conditions.ts';
import { asFault } from '../../../../plugins/kit/disk/fault.ts';
import { createSpace } from '../../../../plugins/kit/disk/space.ts';

t.test('the first complaint is reported, and health once none is left', (t) => {
  const events: string[] = [];
  const conditions = createConditions({
    degraded: (why) => void events.push(why),
    healthy: () => void events.push('healthy'),
  });
  conditions.set('a', undefined);
  t.same(events, [], 'nothing has changed');
  conditions.set('a', 'A.');
  conditions.set('b', 'B.');
  conditions.set('a', 'A.');
  t.same(events, ['A.', 'A.']);
  t.equal(conditions.has('a'), true);
  conditions.set('a', undefined);
  t.equal(conditions.has('a'), false);
  conditions.set('b', 'B again.');
  conditions.set('b', undefined);
  t.same(events, ['A.', 'A.', 'B.', 'B again.', 'healthy']);
  t.end();
});

t.test('an error of the system becomes a fault that names the folder; faults and bugs stay unchanged', (t) => {
  const coded = (code: string) => Object.assign(new Error('boom'), { code });
  const fault = environment('x', 'Y.');
  const bug = new Error('bug');

  for (const [code, kind, words] of [
    ['ENOSPC', 'disk-full', /^\/p cannot store pictures: the disk is full; .*\.$/],
    ['EDQUOT', 'disk-full', /quota/],
    ['EROFS', 'disk-failed', /read-only/],
    ['EODD', 'disk-failed', /cannot store pictures: .*boom\.$/],
  ] as const) {
    t.match(asFault(coded(code), '/p'), { code: kind, blame: 'environment', message: words }, code);
  }
  t.equal(asFault(fault, '/p'), fault);
  t.equal(asFault(bug, '/p'), bug);
  t.end();
});

function space(minFree = 100) {
  let now = 5000;
  let free = 1000;
  let queries = 0;
  let fails = false;
  const made = createSpace({
    folder: '/p',
    minFree,
    monotonic: () => now,
    async ask() {
      queries++;
      if (fails) throw new Error('away');
      return free;
    },
  });
  return {
    made,
    queries: () => queries,
    set: (next: { now?: number; free?: number; fails?: boolean }) => {
      now = next.now ?? now;
      free = next.free ?? free;
      fails = next.fails ?? fails;
    },
  };
}

t.test('free space is queried at most once per second, and writes in between are subtracted', async (t) => {
  const { made, queries, set } = space();
  t.equal(made.free, undefined);
  await made.admit(100);
  t.equal(made.free, 900);
  await made.admit(100);
  t.equal(made.free, 800);
  t.equal(queries(), 1);
  set({ now: 6000 });
  await made.admit(0);
  t.equal(queries(), 1);
  set({ now: 6001, free: 500 });
  await made.admit(10);
  t.equal(queries(), 2);
  t.equal(made.free, 490);
});

t.test('a picture that leaves less than the minimum is refused, after another query', async (t) => {
  const { made, queries, set } = space();
  await made.admit(900);
  t.equal(made.free, 100, 'exactly the minimum may stay');
  t.equal(queries(), 1);
  set({ free: 100 });
  await t.rejects(made.admit(1), {
    code: 'disk-full',
    message: /^\/p has 100\D.* left, and min_free keeps 100\D.*; free some space or add retain\/policy\.$/,
  });
  t.equal(queries(), 2);
  t.equal(made.free, 100, 'the refused picture occupies no space');
  set({ free: 101 });
  await made.admit(1);
  t.equal(queries(), 3);
});

t.test('concurrent queries are merged, and a failure is not cached', async (t) => {
  const { made, queries, set } = space();
  await Promise.all([made.admit(1), made.admit(1), made.admit(1)]);
  t.equal(queries(), 1);
  t.equal(made.free, 997);
  made.invalidate();
  t.equal(made.free, undefined);
  set({ fails: true });
  await t.rejects(made.admit(1), { message: 'away' });
  set({ fails: false });
  await made.admit(1);
  t.equal(queries(), 3);
});
