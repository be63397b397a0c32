// Faults are recognised across copies of camd: a plugin may bring its own.

import t from 'tap';
import { isFinal, rejected } from '../../../core/contract/final.ts';
import type { Node } from '../../../core/contract/plugin.ts';
import { environment, Fault, isFault } from '../../../core/contract/problems.ts';
import { graph, type Part, picture } from '../../support/graph.ts';

/** The same module once more, as a plugin with a camd of its own in node_modules loads it. */
const copy = (): Promise<typeof import('../../../core/contract/problems.ts')> =>
  // @ts-expect-error: the query is what makes it another one
  import('../../../core/contract/problems.ts?copy');

t.test('a fault of another copy is a fault, and other errors are none', async (t) => {
  const other = await copy();

  t.notOk(other.environment('x', 'y') instanceof Fault, 'it is another class');
  t.ok(isFault(other.environment('x', 'y')));
  t.ok(other.isFault(environment('x', 'y')));
  t.ok(isFinal(rejected('never')));
  for (const value of [new Error('x'), { blame: 'environment' }, 'x', null, undefined]) t.notOk(isFault(value));
});

t.test('a consumer with its own copy refuses a frame without failing', async (t) => {
  const other = await copy();
  const made = graph();
  t.teardown(() => made.runner.stop());
  let source: Node<Record<string, unknown>> | undefined;
  const consumer: Part = {
    refs: { from: ['cam'] },
    start: (node) =>
      node.input().each(() => Promise.reject(other.environment('full', 'It is full.')), { delivery: 'every' }),
  };
  const cam: Part = {
    start(node) {
      source = node;
    },
  };
  await made.runner.boot(made.plan({ cam, consumer }));

  await t.rejects(source?.output.emit(source.output.stamp(picture()), true) ?? Promise.resolve(), { code: 'full' });

  t.match(
    made.runner.status().find(({ id }) => id === 'consumer'),
    { restarts: 0, state: { is: 'degraded', why: 'It is full.' } },
  );
});
