// What a running plugin is given: what it calls reaches the graph, and what its callbacks throw is contained.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { graph, type Part } from '../../../support/graph.ts';
import { until } from '../../../support/until.ts';

type Started = Node<Record<string, unknown>>;

async function running(part: Partial<Part>, more: Readonly<Record<string, Part>> = {}) {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let node: Started | undefined;
  const start = part.start ?? (() => {});
  const plan = made.plan({
    ...more,
    a: {
      ...part,
      start(context) {
        node = context;
        return start(context);
      },
    },
  });
  await made.runner.boot(plan);
  const status = () => made.runner.status().find(({ id }) => id === 'a');
  if (!node) throw new Error('the node has started');
  return { ...made, node, status };
}

t.test('a gauge is read at each look, and one that throws is left out and fails its node once', async (t) => {
  let size = 3;
  let reads = 0;
  const { status, lines } = await running({
    start(node) {
      node.metrics.count('sent_total', 2);
      node.metrics.gauge('size', () => size);
      if (reads > 0) return;
      node.metrics.gauge('broken', () => {
        reads++;
        throw new Error('no');
      });
    },
  });

  t.match(status()?.metrics, { sent_total: 2, size: 3, broken: 0 });
  size = 4;
  t.match(status()?.metrics, { size: 4, broken: 0 });
  t.equal(reads, 1);
  t.equal(lines.filter(({ msg }) => msg === 'a callback of the plugin failed').length, 1);
});

t.test('the health reported by a node is its state', async (t) => {
  const { node, status } = await running({});

  node.degraded('the camera is away');
  t.match(status()?.state, { is: 'degraded', why: 'the camera is away' });
  node.healthy();
  t.match(status()?.state, { is: 'running' });
  node.lost(3);
  t.match(status(), { skipped: 3 });
  node.fail(new Error('broken'));
  t.match(status()?.state, { is: 'failed', why: 'broken' });
});

t.test('a reference missing in the profile is a profile error', async (t) => {
  const { node } = await running({});

  t.throws(() => node.ref('on', 'server'), {
    code: 'no-reference',
    message: 'a needs the option "on" to name a node',
  });
  t.same(node.refs('on', 'server'), []);
});

t.test('an input is made once for each option', async (t) => {
  const { node } = await running({ refs: { from: ['b'] } }, { b: { start: () => {} } });

  node.input().each(() => {}, { delivery: 'live' });
  t.throws(() => node.input('from').each(() => {}, { delivery: 'live' }), { message: /one handler/ });
  node.input('more').each(() => {}, { delivery: 'live' });
});

t.test('an error of a parser fails its node, and the parser receives no more data', async (t) => {
  const pushed: string[] = [];
  const { node, status } = await running({
    parser: () => ({
      push(chunk) {
        pushed.push(chunk.toString());
        if (pushed.length > 1) throw new Error('no picture');
      },
      end: () => void pushed.push('end'),
    }),
  });
  const sink = {} as Parameters<NonNullable<Started['parser']>>[0];
  const about = {} as Parameters<NonNullable<Started['parser']>>[1];
  const [parser, other] = [node.parser?.(sink, about), node.parser?.(sink, about)];

  for (const text of ['one', 'two', 'three']) parser?.push(Buffer.from(text));
  parser?.end();
  t.same(pushed, ['one', 'two']);
  t.match(status()?.state, { is: 'failed', why: 'no picture' });
  other?.end();
  t.same(pushed, ['one', 'two', 'end'], 'another one is not broken');
});

t.test('attachments made while the node is in effect are released when it stops, in that state only', async (t) => {
  const log: string[] = [];
  const { node, runner } = await running({
    start(context) {
      context.whileActive(() => {
        log.push('+early');
        return () => void log.push('-early');
      });
      context.defer(() => void log.push('deferred'));
    },
  });
  t.same(log, ['+early']);

  node.whileActive(() => {
    log.push('+late');
    return () => void log.push('-late');
  });
  t.same(log, ['+early', '+late']);
  await runner.stop();
  t.same(log, ['+early', '+late', '-early', '-late', 'deferred']);
  node.whileActive(() => void log.push('+too late'));
  node.defer(() => void log.push('too late'));
  await until(() => log.includes('too late'), 'the late cleanup');
  t.notOk(log.includes('+too late'), 'it is not in effect any more');
});

t.test('a task is handed the signal, and one that ends with it is no failure', async (t) => {
  const { node, runner, lines } = await running({});
  let aborted = false;

  node.task(async (signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    aborted = true;
    signal.throwIfAborted();
  });
  await runner.stop();

  t.equal(aborted, true);
  t.same(
    lines.filter(({ msg }) => msg === 'a callback of the plugin failed'),
    [],
  );
});
