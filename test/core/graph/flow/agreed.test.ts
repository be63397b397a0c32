// The combined result of several consumers.

import t from 'tap';
import { rejected } from '../../../../core/contract/final.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { agreed } from '../../../../core/graph/flow/agreed.ts';

const never = rejected('never');
const later = environment('busy', 'later');
const soon = environment('busy', 'soon');

t.test('all must have taken the frame', async (t) => {
  await agreed([]);
  await agreed([Promise.resolve()]);
  await agreed([Promise.resolve(), Promise.resolve()]);

  await t.rejects(agreed([Promise.reject(later)]), later);
  await t.rejects(agreed([Promise.resolve(), Promise.reject(later)]), later);
});

t.test('a temporary refusal takes precedence over a final one, otherwise the first is reported', async (t) => {
  await t.rejects(agreed([Promise.reject(never), Promise.reject(later)]), later);
  await t.rejects(agreed([Promise.reject(later), Promise.reject(never)]), later);
  await t.rejects(agreed([Promise.reject(soon), Promise.reject(later)]), soon);
  await t.rejects(agreed([Promise.resolve(), Promise.reject(never)]), never);
});

t.test('a refusal is reported once every consumer has finished', async (t) => {
  let finish = (): void => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let reported = false;
  const answer = agreed([Promise.reject(never), slow]).catch(() => {
    reported = true;
  });

  await new Promise((resolve) => setImmediate(resolve));
  t.equal(reported, false);
  finish();
  await answer;
  t.equal(reported, true);
});
