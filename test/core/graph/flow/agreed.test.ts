// The one answer of several consumers.

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

t.test('a refusal that may pass is told before one that is final, and else the first', async (t) => {
  await t.rejects(agreed([Promise.reject(never), Promise.reject(later)]), later);
  await t.rejects(agreed([Promise.reject(later), Promise.reject(never)]), later);
  await t.rejects(agreed([Promise.reject(soon), Promise.reject(later)]), soon);
  await t.rejects(agreed([Promise.resolve(), Promise.reject(never)]), never);
});

t.test('a refusal waits for those that still work', async (t) => {
  let finish = (): void => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let told = false;
  const answer = agreed([Promise.reject(never), slow]).catch(() => {
    told = true;
  });

  await new Promise((resolve) => setImmediate(resolve));
  t.equal(told, false);
  finish();
  await answer;
  t.equal(told, true);
});
