// The supervisor of a node: no instance runs twice or is left behind after failures and replacements.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { RESTART_FIRST_MS } from '../../../../core/graph/run/supervision.ts';
import { graph, type Part } from '../../../support/graph.ts';
import { until } from '../../../support/until.ts';

const stateOf = (made: ReturnType<typeof graph>, id: string) =>
  made.runner.status().find((node) => node.id === id)?.state;

t.test('a node that recovered while its successor was starting is stopped', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const lives: Node<Record<string, unknown>>[] = [];
  let well = false;
  const flaky: Part = {
    start(node) {
      if (!well) throw environment('away', 'the device is away');
      lives.push(node);
    },
  };
  await made.runner.boot(made.plan({ node: flaky }));
  t.equal(stateOf(made, 'node')?.is, 'failed');

  const successor: Part = {
    options: { changed: true },
    async start() {
      well = true;
      await until(() => stateOf(made, 'node')?.is === 'running', 'the old one to come back');
    },
  };
  await made.runner.apply(made.plan({ node: successor }));

  t.equal(lives.length, 1);
  t.ok(lives[0]?.signal.aborted);
  t.equal(stateOf(made, 'node')?.is, 'running');
});

t.test('a node that waits for its next try is not tried again once it is replaced', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const failing: Part = {
    start() {
      throw environment('away', 'the device is away');
    },
  };
  let starts = 0;
  const good: Part = {
    options: { changed: true },
    start() {
      starts++;
    },
  };
  let gate = (): void => {};
  // Keeps the reload from being finished until the wait of the failed node would be over.
  const slow: Part = { refs: { on: ['node'] }, start: () => new Promise<void>((resolve) => (gate = resolve)) };
  await made.runner.boot(made.plan({ node: failing }));

  const reload = made.runner.apply(made.plan({ node: good, slow }));
  await until(() => starts > 0, 'the successor');
  await new Promise((resolve) => setTimeout(resolve, 2 * RESTART_FIRST_MS));
  gate();
  await reload;

  t.equal(starts, 1);
});

t.test('a node with another plugin under the same id gets neither the state nor the counters', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const kept: unknown[] = [];
  const part = (use: string, options = {}): Part => ({
    use,
    options,
    async start(node) {
      kept.push(await node.durable('state', { same: [], create: () => `state of ${use}`, dispose: () => {} }));
      node.metrics.count(`${use}_total`);
    },
  });
  await made.runner.boot(made.plan({ node: part('test/one') }));

  await made.runner.apply(made.plan({ node: part('test/one', { changed: true }) }));
  await made.runner.apply(made.plan({ node: part('test/two') }));

  t.same(kept, ['state of test/one', 'state of test/one', 'state of test/two']);
  t.same(made.runner.status()[0]?.metrics, { 'test/two_total': 1 });
});

t.test('stopping does not wait for a node that is still starting, and closes what it opens too late', async (t) => {
  const made = graph();
  let open = (): void => {};
  let closed = false;
  const slow: Part = {
    async start(node) {
      await new Promise<void>((resolve) => (open = resolve));
      node.defer(() => {
        closed = true;
      });
    },
  };
  let dependents = 0;
  const dependent: Part = { refs: { on: ['slow'] }, start: () => void dependents++ };
  const boot = made.runner.boot(made.plan({ slow, dependent }));
  await until(() => stateOf(made, 'slow')?.is === 'starting', 'the start');

  made.runner.cancelStarts();
  await boot;
  await made.runner.stop();
  open();

  await until(() => closed, 'the late cleanup');
  t.equal(dependents, 0);
  t.notOk(made.lines.some((line) => line.msg === 'node has failed'));
});

t.test('a node that has just started has neither taken nor lost anything', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());

  await made.runner.boot(made.plan({ node: { start() {} } }));

  t.match(made.runner.status(), [
    { framesIn: 0, framesOut: 0, bytesOut: 0, rate: 0, skipped: 0, reserved: 0, refused: 0, restarts: 0 },
  ]);
  t.notOk('lastError' in (made.runner.status()[0] ?? {}));
});
