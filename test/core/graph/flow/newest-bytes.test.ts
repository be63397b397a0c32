// The bytes of the newest frames: each camera counts once, until it has been silent for long.

import t from 'tap';
import { createNewestBytes, FORGET_AFTER, MAX_COUNTED } from '../../../../core/graph/flow/newest-bytes.ts';

t.test('of each camera of each node the newest frame counts', (t) => {
  const newest = createNewestBytes();
  const [one, two] = [newest.of('one'), newest.of('two')];

  one('door', 10);
  two('door', 20);
  one('gate', 5);
  one('door', 7);

  t.equal(newest.held, 32);
  newest.of('one')('door', 1);
  t.equal(newest.held, 26, 'a restarted node continues its count');
  t.end();
});

t.test('a camera that sent no frame for several turns no longer counts', (t) => {
  const newest = createNewestBytes();
  const note = newest.of('one');
  note('silent', 10);
  note('late', 5);
  newest.turn();
  note('late', 3);

  for (let turn = 1; turn < FORGET_AFTER - 1; turn++) newest.turn();
  t.equal(newest.held, 13);
  newest.turn();
  t.equal(newest.held, 3);
  for (let turn = 0; turn < FORGET_AFTER; turn++) newest.turn();
  t.equal(newest.held, 0);

  note('silent', 4);
  t.equal(newest.held, 4);
  t.end();
});

t.test('the number of counted cameras of a node is limited', (t) => {
  const newest = createNewestBytes();
  const note = newest.of('one');
  for (let index = 0; index <= MAX_COUNTED; index++) note(`c${index}`, 1);

  t.equal(newest.held, MAX_COUNTED);
  note('c0', 3);
  t.equal(newest.held, MAX_COUNTED + 2);
  t.end();
});
