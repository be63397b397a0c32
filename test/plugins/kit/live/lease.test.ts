// Leases on state that survives the instances that hold it.

import t from 'tap';
import { createLease, EXPECT_LIMIT } from '../../../../plugins/kit/live/lease.ts';

function tenure() {
  const seen: (string | undefined)[] = [];
  let now = 0;
  const made = createLease<string>({
    onChange: (holder) => void seen.push(holder),
    end: () => void seen.push('end'),
    monotonic: () => now,
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { ...made, seen, pass };
}

t.test('the newest holder decides, and it ends with the last one', async (t) => {
  const { acquire: hold, current, seen } = tenure();

  const old = hold('old');
  const young = hold('young');
  t.equal(current(), 'young');
  await old();
  await young();
  await young();

  t.strictSame(seen, ['old', 'young', undefined, 'end']);
});

t.test('a successor that fails gives the decision back', async (t) => {
  const { acquire: hold, expect: promise, current, seen } = tenure();
  hold('old');
  promise();

  await hold('failed')();

  t.equal(current(), 'old');
  t.strictSame(seen, ['old', 'failed', 'old']);
});

t.test('a promised successor may come after its predecessor has gone', async (t) => {
  const { acquire: hold, expect: promise, seen } = tenure();
  const old = hold('old');

  promise();
  await old();
  const young = hold('young');
  t.strictSame(seen, ['old', undefined, 'young']);
  await young();

  t.equal(seen.at(-1), 'end', 'a promise holds for one successor');
});

t.test('an old promise is worth nothing', async (t) => {
  const { acquire: hold, expect: promise, seen, pass } = tenure();
  const release = hold('one');
  promise();
  pass(EXPECT_LIMIT + 1);

  await release();

  t.equal(seen.at(-1), 'end');
});

t.test('a successor that declines leaves it to end with its holder, whichever of the two comes first', async (t) => {
  for (const declinedFirst of [true, false]) {
    const { acquire: hold, expect: promise, cancel: decline, seen } = tenure();
    const release = hold('old');
    promise();

    if (declinedFirst) decline();
    await release();
    if (!declinedFirst) decline();

    t.strictSame(seen, ['old', undefined, 'end']);
  }
});
