// Password guessing: refusals are delayed more and more, and some attempts are not checked.

import t from 'tap';
import { type Attempt, createGuessing } from '../../../../plugins/kit/ingest/guessing.ts';

const MINUTE = 60_000;

function world() {
  let now = 1_000_000;
  const guessing = createGuessing(() => now);
  const attempt = (address: string, user?: string, credentials = 'x'): Attempt => ({ address, user, credentials });
  return {
    ...{ guessing, attempt },
    /** The delay of one more refusal, which the test sends at once. */
    wrong: (address: string, user?: string): number => {
      const { delay, sent } = guessing.wrong(attempt(address, user));
      sent();
      return delay;
    },
    pass: (ms: number): void => {
      now += ms;
    },
  };
}

t.test('two failures are not delayed, then the delay of each refusal doubles, up to a limit', (t) => {
  const { wrong } = world();

  t.same(
    Array.from({ length: 10 }, () => wrong('a')),
    [0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000],
  );
  for (let more = 0; more < 30; more++) t.equal(wrong('a'), 5000);
  t.equal(wrong('b'), 0, 'another address is not affected');
  t.end();
});

t.test('failures are counted per address and per user, and the larger number applies', (t) => {
  const { guessing, attempt, wrong } = world();
  for (const address of ['a', 'b', 'c']) wrong(address, 'ann');

  t.equal(wrong('d', 'ann'), 200);
  t.equal(wrong('a', 'bob'), 0);
  t.equal(wrong('a'), 100);
  t.equal(guessing.wrong(attempt('a')).failures, 4);
  const long = 'u'.repeat(300);
  for (let index = 0; index < 3; index++) wrong(`e${index}`, `${long}${index}`);
  t.equal(wrong('e9', long), 200, 'only the beginning of a long name counts');
  t.end();
});

t.test('failures are forgotten after a success, and after a quarter of an hour without one', (t) => {
  const { guessing, attempt, wrong, pass } = world();
  for (let index = 0; index < 4; index++) wrong('a', 'ann');
  guessing.right(attempt('a', 'ann'));
  t.same([wrong('a', 'ann'), wrong('a', 'ann'), wrong('a', 'ann')], [0, 0, 100]);
  pass(15 * MINUTE);
  t.equal(wrong('a', 'ann'), 200, 'a quarter of an hour has not passed');
  pass(15 * MINUTE + 1);
  t.equal(wrong('a', 'ann'), 0);
  t.end();
});

t.test('while eight refusals of an address or user wait, only credentials that were right before are checked', (t) => {
  const { guessing, attempt, pass } = world();
  guessing.right(attempt('a', undefined, 'known'));
  const waiting = Array.from({ length: 7 }, () => guessing.wrong(attempt('a', 'ann')));
  t.equal(guessing.mayTry(attempt('a', 'ann')), true);
  const eighth = guessing.wrong(attempt('a', 'ann'));

  t.equal(guessing.mayTry(attempt('a')), false);
  t.equal(guessing.mayTry(attempt('b', 'ann')), false, 'nor by the user');
  t.equal(guessing.mayTry(attempt('b')), true);
  t.equal(guessing.mayTry(attempt('a', undefined, 'known')), true);
  t.equal(guessing.mayTry(attempt('a', undefined, 'unknown')), false);
  pass(60 * MINUTE);
  guessing.wrong(attempt('a', 'ann'));
  t.equal(guessing.mayTry(attempt('a')), false, 'a waiting refusal is not forgotten');
  eighth.sent();
  eighth.sent();
  t.equal(guessing.mayTry(attempt('a')), false, 'a refusal is sent once');
  waiting[0]?.sent();
  t.equal(guessing.mayTry(attempt('a')), true);
  t.end();
});

t.test('the number of known credentials per address is limited; above it they are learnt again', (t) => {
  const { guessing, attempt } = world();
  for (let index = 0; index < 64; index++) guessing.right(attempt('a', undefined, `c${index}`));
  guessing.right(attempt('a', undefined, 'c0'));
  for (let index = 0; index < 8; index++) guessing.wrong(attempt('a'));
  t.equal(guessing.mayTry(attempt('a', undefined, 'c63')), true);
  t.equal(guessing.mayTry(attempt('a', undefined, 'c0')), true);
  guessing.right(attempt('a', undefined, 'c64'));
  t.equal(guessing.mayTry(attempt('a', undefined, 'c64')), true);
  t.equal(guessing.mayTry(attempt('a', undefined, 'c63')), false);
  t.end();
});
