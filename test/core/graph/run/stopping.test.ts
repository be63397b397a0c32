// Stopping nodes: the order, the frames they still take, and the state they leave.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { feed, graph, type Part, sink } from '../../../support/graph.ts';
import { settle } from '../../../support/manual-clock.ts';
import { until } from '../../../support/until.ts';

type Started = Node<Record<string, unknown>>;

/** An event that a test triggers. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

const running = () => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const status = (id: string) => made.runner.status().find((node) => node.id === id);
  return { ...made, status };
};

t.test('a provider stops after its consumers, and unrelated nodes stop in parallel', async (t) => {
  const { runner, plan } = running();
  const order: string[] = [];
  const gates = new Map(['a', 'b', 'c', 'd'].map((id) => [id, gate()]));
  const part = (id: string, from: readonly string[]): Part => ({
    refs: { from },
    start: (node) =>
      node.defer(async () => {
        order.push(`${id} stops`);
        await gates.get(id)?.opened;
        order.push(`${id} has stopped`);
      }),
  });
  await runner.boot(plan({ a: part('a', []), b: part('b', ['a']), c: part('c', ['a']), d: part('d', []) }));

  const stopping = runner.stop();
  await settle();
  t.same(order.splice(0).sort(), ['b stops', 'c stops', 'd stops']);
  gates.get('b')?.open();
  await settle();
  t.same(order.splice(0), ['b has stopped'], 'c is still stopping');
  gates.get('c')?.open();
  await settle();
  t.same(order.splice(0), ['c has stopped', 'a stops']);
  gates.get('a')?.open();
  gates.get('d')?.open();
  await stopping;
  t.same(order.sort(), ['a has stopped', 'd has stopped']);
  t.same(
    runner.status().map(({ state }) => state.is),
    ['stopped', 'stopped', 'stopped', 'stopped'],
  );
});

t.test('a stopping node takes no more frames, and is stopped once it has processed those it has', async (t) => {
  for (const how of ['each', 'pass'] as const) {
    const { runner, plan } = running();
    const work = gate();
    const camera = feed();
    const taken: string[] = [];
    let node: Started | undefined;
    const slow: Part = {
      refs: { from: ['camera'] },
      start(context) {
        node = context;
        if (how === 'each') {
          context.input().each(
            (frame) => {
              taken.push(frame.data.toString());
              return work.opened;
            },
            { delivery: 'every' },
          );
        } else {
          context.pass(
            async (frame) => {
              taken.push(frame.data.toString());
              await work.opened;
              return frame;
            },
            { order: 'every' },
          );
        }
      },
    };
    await runner.boot(plan({ camera, slow }));
    void camera.send('one');
    await settle();

    const reload = runner.apply(plan({ camera }));
    await settle();
    void camera.send('two');
    await settle();
    t.equal(node?.signal.aborted, false, `${how}: it works on the first frame`);
    work.open();
    await reload;

    t.equal(node?.signal.aborted, true);
    t.match(node?.signal.reason, { name: 'AbortError', message: 'slow is stopping' });
    t.same(taken, ['one'], how);
  }
});

t.test('a replaced node takes no more frames, even before it has stopped', async (t) => {
  const { runner, plan } = running();
  const stop = gate();
  const camera = feed();
  let old: Started | undefined;
  const passed: string[] = [];
  const pass = (version: number): Part => ({
    refs: { from: ['camera'] },
    options: { version },
    start(node) {
      if (version === 1) old = node;
      node.pass(
        (frame) => {
          passed.push(`${version} ${frame.data}`);
          return frame;
        },
        { order: 'every' },
      );
    },
  });
  const viewer = (version: number): Part & { seen: string[] } => {
    const made = sink(['middle'], 'live', { options: { version } });
    const { start } = made;
    return Object.assign(made, {
      start(node: Started) {
        if (version === 1) node.defer(() => stop.opened);
        return start(node);
      },
    });
  };
  const [first, second] = [viewer(1), viewer(2)];
  await runner.boot(plan({ camera, middle: pass(1), viewer: first }));
  await camera.send('a');

  const reload = runner.apply(plan({ camera, middle: pass(2), viewer: second }));
  // The first viewer holds up the stop of the first node before it.
  await settle();
  t.equal(old?.signal.aborted, false);
  await camera.send('b');
  t.same(passed, ['1 a', '2 b']);
  t.same([first.seen, second.seen], [['a'], ['b']]);
  stop.open();
  await reload;
  t.equal(old?.signal.aborted, true);
  await camera.send('c');
  t.same(passed, ['1 a', '2 b', '2 c']);
  t.same(second.seen, ['b', 'c']);
});

t.test('a removed node leaves no state', async (t) => {
  const { runner, plan, status } = running();
  const camera = feed();
  const server = { origin: 'http://127.0.0.1' } as never;
  const web: Part = { start: () => ({ server }) };
  const viewer = sink(['camera']);
  await runner.boot(plan({ camera, web, viewer }));
  await camera.send('a');
  const output = runner.output('camera');
  t.ok(output);
  t.equal(runner.provided('web')?.server, server);

  const change = await runner.apply(plan({}));

  t.same([...change.removed].sort(), ['camera', 'viewer', 'web']);
  t.same(runner.status(), []);
  t.equal(runner.output('camera'), undefined);
  t.equal(runner.provided('web'), undefined);
  await t.rejects(runner.restart('camera'), { code: 'no-node', message: 'there is no node "camera"' });

  const again = feed();
  await runner.apply(plan({ camera: again, viewer }));
  t.not(runner.output('camera'), output);
  await again.send('b');
  t.match(status('camera'), { framesOut: 1, restarts: 0 });
  t.match(status('viewer'), { framesIn: 1 });
});

t.test('a restart by hand stops a node, keeps its state and starts it again', async (t) => {
  const { runner, plan, status } = running();
  const order: string[] = [];
  const lives: Started[] = [];
  let counter = 0;
  const part: Part = {
    async start(node) {
      lives.push(node);
      const state = await node.durable('state', {
        same: [],
        create: () => ++counter,
        dispose: (number) => void order.push(`dispose ${number}`),
      });
      order.push(`start with ${state}`);
      node.metrics.count('starts_total');
      node.metrics.gauge(`life_${lives.length}`, () => 1);
      node.defer(() => void order.push('stop'));
    },
  };
  await runner.boot(plan({ part }));

  await runner.restart('part');

  t.same(order.splice(0), ['start with 1', 'stop', 'start with 1']);
  t.same(
    lives.map(({ signal }) => signal.aborted),
    [true, false],
  );
  t.match(status('part'), { state: { is: 'running' }, restarts: 0, metrics: { starts_total: 2, life_2: 1 } });
  t.notOk('life_1' in (status('part')?.metrics ?? {}), 'a gauge goes with its instance');

  const other: Part = { ...part, options: { version: 2 } };
  await runner.apply(plan({ part: other }));
  t.same(order.splice(0), ['start with 1', 'stop'], 'a reload can replace it');
  await runner.apply(plan({}));
  t.same(order.splice(0), ['stop', 'dispose 1'], 'state without a holder is disposed of');
});

t.test('the state of a node is disposed of when a restart by hand finds that it fails', async (t) => {
  const { runner, plan, status } = running();
  let disposed = 0;
  let well = true;
  const part: Part = {
    async start(node) {
      if (!well) throw environment('away', 'the device is away');
      await node.durable('state', { same: [], create: () => 1, dispose: () => void disposed++ });
    },
  };
  await runner.boot(plan({ part }));

  well = false;
  await runner.restart('part');

  t.match(status('part'), { state: { is: 'failed', why: 'the device is away' } });
  t.equal(disposed, 1);
});

t.test('a node is not started again by hand once camd is ending', async (t) => {
  const { runner, plan, status } = running();
  let starts = 0;
  await runner.boot(plan({ part: { start: () => void starts++ } }));

  runner.cancelStarts();
  await runner.restart('part');

  t.equal(starts, 1);
  t.equal(status('part')?.state.is, 'stopped');
});

t.test('a node that camd stops at any moment of its start is stopped for good', async (t) => {
  for (const means of ['stop', 'removal'] as const) {
    for (let turns = 0; turns < 24; turns++) {
      const { runner, plan } = running();
      const start = gate();
      const log: string[] = [];
      const part: Part = {
        async start(node) {
          node.defer(() => void log.push('stop'));
          node.whileActive(() => {
            log.push('+');
            return () => void log.push('-');
          });
          await start.opened;
        },
      };
      const boot = runner.boot(plan({ part }));
      await settle();

      start.open();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await (means === 'stop' ? runner.stop() : boot.then(() => runner.apply(plan({}))));
      await boot;
      await settle();

      t.equal(log.filter((one) => one === 'stop').length, 1, `${means} after ${turns}`);
      t.equal(
        log.filter((one) => one === '+').length,
        log.filter((one) => one === '-').length,
        `${means} after ${turns}: what it attached is let go`,
      );
      t.ok(log.lastIndexOf('+') < log.lastIndexOf('stop') || !log.includes('+'));
    }
  }
});

t.test('stopping closes the listeners of a node that does not release them', async (t) => {
  const { runner, plan } = running();
  let address = '';
  const web: Part = {
    async start(node) {
      ({ address } = await node.listen('127.0.0.1:0'));
    },
  };
  await runner.boot(plan({ web }));
  await runner.stop();

  const other = running();
  await other.runner.boot(other.plan({ web: { start: async (node) => void (await node.listen(address)) } }));
  t.match(other.status('web'), { state: { is: 'running' } });
});

t.test('the log contains the stack of the error that failed a node', async (t) => {
  const { runner, plan, lines } = running();
  const bug = new Error('boom');
  await runner.boot(plan({ a: { start: () => Promise.reject(bug) }, b: { start: () => Promise.reject('no error') } }));

  const logged = lines.filter(({ msg }) => msg === 'node failed').map(({ node, cause }) => [node, cause]);
  t.same(Object.fromEntries(logged), { a: bug.stack, b: 'no error' });
  await until(() => runner.status().every(({ lastError }) => lastError !== undefined), 'both errors');
});
