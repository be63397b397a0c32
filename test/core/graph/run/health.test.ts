// When a node counts as degraded, and for which of several reasons.

import t from 'tap';
import { rejected } from '../../../../core/contract/final.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { createHealth, REJECTED_IN_A_ROW } from '../../../../core/graph/run/health.ts';

function health() {
  const passedOn = new WeakSet<object>();
  const said: (string | undefined)[] = [];
  let refused = 0;
  const made = createHealth({ passedOn, onChange: (why) => said.push(why), onRefused: () => refused++ });
  return { ...made, passedOn, refusals: () => refused, said: () => said.splice(0) };
}

const CROWDED = 'it is too slow for the incoming frames: its queue is full and frames are skipped';

t.test('the state from the plugin comes first, then refusals, then full queues', (t) => {
  const node = health();

  node.full('from', true);
  t.same(node.said(), [CROWDED]);
  node.refused(environment('full', 'the disk is full'));
  t.same(node.said(), ['the disk is full']);
  node.degraded('the camera is away');
  t.same(node.said(), ['the camera is away']);
  node.accepted();
  t.same(node.said(), ['the camera is away']);
  node.healthy();
  t.same(node.said(), [CROWDED]);
  node.full('from', false);
  t.same(node.said(), [undefined]);
  t.end();
});

t.test('a node is crowded until the last of its queues has room', (t) => {
  const node = health();

  node.full('from', true);
  node.full('more', true);
  node.full('from', false);
  t.equal(node.said().at(-1), CROWDED);
  node.full('more', false);
  t.equal(node.said().at(-1), undefined);
  t.end();
});

t.test('a refusal degrades until a frame is taken, or the plugin says that all is well', (t) => {
  const node = health();

  node.accepted();
  t.same(node.said(), [], 'nothing has changed');
  node.refused(environment('full', 'the disk is full'));
  node.accepted();
  t.same(node.said(), ['the disk is full', undefined]);
  node.accepted();
  t.same(node.said(), []);
  node.refused(environment('full', 'the disk is full'));
  node.healthy();
  node.accepted();
  t.same(node.said(), ['the disk is full', undefined]);
  t.equal(node.refusals(), 2);
  t.end();
});

t.test('pictures that are never taken say something of the node when many come in a row', (t) => {
  const node = health();
  const many = (count: number): void => {
    for (let index = 0; index < count; index++) node.refused(rejected('It is no picture.'));
  };

  many(REJECTED_IN_A_ROW - 1);
  t.same(node.said(), []);
  node.accepted();
  many(REJECTED_IN_A_ROW - 1);
  t.same(node.said(), [], 'one was taken between them');
  many(1);
  t.match(node.said(), [/^It is no picture/]);
  t.equal(node.refusals(), 2 * REJECTED_IN_A_ROW - 1);
  t.end();
});

t.test('a refusal of a node further on is counted there alone', (t) => {
  const [first, second] = [health(), health()];
  const cause = environment('full', 'the disk is full');
  first.passedOn.add(cause);

  first.refused(cause);
  t.same([first.said(), first.refusals()], [[], 0]);
  second.refused(cause);
  second.refused(cause);
  t.same([second.said(), second.refusals()], [['the disk is full'], 1]);
  second.refused('a text');
  second.refused(null);
  t.equal(second.refusals(), 3);
  t.end();
});
