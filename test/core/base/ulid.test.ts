// ULIDs: their form, their time, their order, and that two processes do not make the same ones.

import t from 'tap';
import { createUlid } from '../../../core/base/ulid.ts';

t.test('an identifier holds its time and has the form of a ULID', async (t) => {
  const ulid = createUlid(() => Buffer.alloc(5));

  // The time part of the example in the specification.
  t.equal(ulid(1469918176385), '01ARYZ6S410000000000000001');
  t.match(createUlid()(Date.now()), /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
});

t.test('identifiers of one process rise, even when the clock is set back', async (t) => {
  const ulid = createUlid();
  const made = [1000, 1000, 1000.5, 2000, 500, 2001].map(ulid);

  t.same([...made].sort(), made);
  t.equal(new Set(made).size, made.length);
});

t.test('two processes make different ones at the same time', async (t) => {
  t.not(createUlid()(1000).slice(0, 18), createUlid()(1000).slice(0, 18));
});
