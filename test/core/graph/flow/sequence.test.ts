// Frame numbers count up for each camera, and not without end many cameras are remembered.

import t from 'tap';
import { createSequence, MAX_COUNTED_CAMERAS } from '../../../../core/graph/flow/sequence.ts';

t.test('each camera counts from one', (t) => {
  const { next } = createSequence();

  t.same([next('a'), next('a'), next('b'), next('a'), next('b')], [1, 2, 1, 3, 2]);
  t.end();
});

t.test('one camera too many makes the one that was seen first start anew', (t) => {
  const { next } = createSequence();
  for (let index = 0; index < MAX_COUNTED_CAMERAS; index++) next(`c${index}`);
  t.equal(next('c0'), 2, 'all of them are remembered');

  t.equal(next('new'), 1);

  t.equal(next('c1'), 2, 'the second one is remembered');
  t.equal(next('new'), 2);
  t.equal(next('c0'), 1);
  t.end();
});
