// The running graph: start, failure, restart, reload and roll-back, with nodes made of plain functions.

import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { feed, graph, type Part, picture, sink } from '../../../support/graph.ts';
import { until } from '../../../support/until.ts';

const stateOf = (made: ReturnType<typeof graph>, id: string) =>
  made.runner.status().find((node) => node.id === id)?.state;

t.test('frames travel from a source through the graph, numbered per camera', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const viewer = sink(['camera']);

  await made.runner.boot(made.plan({ viewer, camera }));
  await camera.send('a');
  await camera.send('b');

  t.same(viewer.seen, ['a', 'b']);
  t.same(
    viewer.frames.map((frame) => [frame.camera, frame.seq]),
    [
      ['camera', 1],
      ['camera', 2],
    ],
  );
  t.same(
    made.runner.status().map(({ id, framesIn, framesOut }) => [id, framesIn, framesOut]),
    [
      ['camera', 0, 2],
      ['viewer', 2, 0],
    ],
  );
});

t.test('a node that fails at boot is tried again while the others run', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let tries = 0;
  const flaky: Part = {
    start() {
      tries++;
      if (tries < 3) throw environment('away', 'the device is away');
    },
  };
  const camera = feed();
  const viewer = sink(['camera']);

  await made.runner.boot(made.plan({ flaky, camera, viewer }));
  t.equal(stateOf(made, 'flaky')?.is, 'failed');
  await camera.send('a');
  t.same(viewer.seen, ['a']);

  await until(() => stateOf(made, 'flaky')?.is === 'running', 'the third try');
  t.equal(tries, 3);
});

t.test('a consumer that throws is restarted, its neighbours miss nothing, and it stays linked', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed();
  const steady = sink(['camera']);
  const seen: string[] = [];
  const faulty: Part = {
    refs: { from: ['camera'] },
    start(node) {
      node.input().each(
        (frame) => {
          if (frame.data.toString() === 'poison') throw new Error('boom');
          seen.push(frame.data.toString());
        },
        { delivery: 'live' },
      );
    },
  };
  await made.runner.boot(made.plan({ camera, steady, faulty }));

  await camera.send('poison');
  t.equal(stateOf(made, 'faulty')?.is, 'failed');
  await until(() => stateOf(made, 'faulty')?.is === 'running', 'the restart');
  await camera.send('fine');

  t.same(steady.seen, ['poison', 'fine']);
  t.same(seen, ['fine']);
  t.equal(made.runner.status().find((node) => node.id === 'faulty')?.restarts, 1);
});

t.test('a rejected task fails the node; cleanups run in reverse before it starts again', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const order: string[] = [];
  let crash: ((cause: Error) => void) | undefined;
  const worker: Part = {
    start(node) {
      order.push('start');
      node.defer(() => void order.push('first'));
      node.defer(() => void order.push('second'));
      node.task(
        () =>
          new Promise((_resolve, reject) => {
            crash = reject;
            node.signal.addEventListener('abort', () => reject(node.signal.reason));
          }),
      );
    },
  };
  await made.runner.boot(made.plan({ worker }));

  crash?.(new Error('boom'));
  await until(() => order.length === 4, 'the restart');

  t.same(order, ['start', 'second', 'first', 'start']);
});

t.test('a reload replaces one node under a kept consumer, which misses no frame', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const first = feed({ options: { version: 1 } });
  const second = feed({ options: { version: 2 } });
  const viewer = sink(['camera']);
  await made.runner.boot(made.plan({ camera: first, viewer }));
  await first.send('old');

  const change = await made.runner.apply(made.plan({ camera: second, viewer }));
  await second.send('new');

  t.same([change.replaced, change.kept], [['camera'], ['viewer']]);
  t.same(viewer.seen, ['old', 'new']);
  t.same(
    viewer.frames.map((frame) => frame.seq),
    [1, 2],
  );
});

t.test('a reload gives a consumer another upstream without restarting it', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const one = feed();
  const two = feed();
  const viewer = sink(['one']);
  await made.runner.boot(made.plan({ one, two, viewer }));

  const moved = sink(['two']);
  const change = await made.runner.apply(made.plan({ one, two, viewer: { ...moved, start: viewer.start } }));
  await one.send('from one');
  await two.send('from two');

  t.same(change.relinked, ['viewer']);
  t.same(viewer.seen, ['from two']);
});

t.test('a consumer is notified of the cameras that a reload removed', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const [one, two] = [feed(), feed()];
  const left: (readonly string[])[] = [];
  const viewer: Part = {
    refs: { from: ['one', 'two'] },
    start: (node) => node.input().onLeft((cameras) => void left.push(cameras)),
  };
  const watch: Part = { ...viewer, refs: { from: ['viewer'] } };
  await made.runner.boot(made.plan({ one, two, viewer, watch }));

  await made.runner.apply(made.plan({ one, viewer: { ...viewer, refs: { from: ['one'] } }, watch }));

  t.same(left, [['two'], ['two']], 'and so does one further on');
});

t.test('a successor is notified of the cameras of its predecessor that it does not get', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const [one, two] = [feed(), feed()];
  const events: string[] = [];
  const viewer = (from: readonly string[]): Part => ({
    use: 'test/viewer',
    claims: [['device', '/dev/screen']],
    refs: { from },
    start: (node) => node.input().onLeft((cameras) => void events.push(`${node.id}: ${cameras}`)),
  });
  await made.runner.boot(made.plan({ one, two, viewer: viewer(['one', 'two']) }));

  await made.runner.apply(made.plan({ one, renamed: viewer(['one']) }));

  t.same(events, ['renamed: two']);
});

t.test('when a new node fails to start, the old graph runs on as it was', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const camera = feed({ options: { version: 1 } });
  const viewer = sink(['camera']);
  const exclusive: Part = { use: 'source/device', claims: [['device', '/dev/video0']], start() {} };
  await made.runner.boot(made.plan({ camera, viewer, exclusive }));
  const broken: Part = {
    claims: [['device', '/dev/video0']],
    start() {
      throw environment('port-taken', 'another program uses 127.0.0.1:80');
    },
  };

  const failed = made.runner.apply(
    made.plan({ camera: feed({ options: { version: 2 } }), viewer, extra: sink(['camera']), broken }),
  );
  await t.rejects(failed, { code: 'port-taken' });
  await until(() => stateOf(made, 'exclusive')?.is === 'running', 'the old owner to run again');
  await until(() => stateOf(made, 'camera')?.is === 'running', 'the old camera to run again');
  await camera.send('still here');

  t.same(viewer.seen, ['still here']);
  t.same(
    made.runner
      .status()
      .map(({ id }) => id)
      .sort(),
    ['camera', 'exclusive', 'viewer'],
  );
});

t.test('a bound consumer is moved from a replaced provider to its successor in one step', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const routes: string[] = [];
  const server = (name: string): Part => ({
    options: { name },
    start: () => ({
      server: {
        route: ({ path }) => {
          routes.push(`+${name}${path}`);
          return () => void routes.push(`-${name}${path}`);
        },
        upgrade: () => () => {},
        origin: name,
        authenticated: false,
        people: { find: () => undefined },
        paths: () => [],
      },
    }),
  });
  const page: Part = {
    refs: { on: ['web'] },
    start(node) {
      node.ref('on', 'server').bind((port) => port.route({ methods: ['GET'], path: '/x', handler() {} }));
    },
  };
  await made.runner.boot(made.plan({ web: server('one'), page }));

  await made.runner.apply(made.plan({ web: server('two'), page }));
  await made.runner.stop();

  t.same(routes, ['+one/x', '+two/x', '-one/x', '-two/x']);
});

t.test('requests start a source and their release stops it, through pass-on nodes and reloads', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const log: string[] = [];
  const source = (version: number): Part => ({
    exclusive: true,
    options: { version },
    start(node) {
      node.output.announce(node.id);
      node.output.onWant((camera) => {
        log.push(`start ${version} ${camera}`);
        return () => void log.push(`stop ${version} ${camera}`);
      });
    },
  });
  const cache: Part = {
    refs: { from: ['camera'] },
    start(node) {
      const input = node.input();
      input.each((frame, wait) => node.output.emit(frame, wait), { delivery: 'through', demand: 'none' });
      node.output.onWant((camera) => input.want(camera));
    },
  };
  let viewer: Node<Record<string, unknown>> | undefined;
  const page: Part = {
    refs: { from: ['cache'] },
    start(node) {
      viewer = node;
      node.input().each(() => {}, { delivery: 'live', demand: 'none' });
    },
  };
  await made.runner.boot(made.plan({ camera: source(1), cache, page }));
  t.same(log, []);
  t.same(viewer?.input().cameras(), ['camera']);

  const release = viewer?.input().want('camera');
  await made.runner.apply(made.plan({ camera: source(2), cache, page }));
  release?.();

  t.same(log, ['start 1 camera', 'stop 1 camera', 'start 2 camera', 'stop 2 camera']);
});

t.test('concurrent captures of a camera share one, and it ends when the last caller leaves', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let taken = 0;
  let aborted = false;
  let hang = false;
  const camera: Part = {
    start(node) {
      node.output.announce('camera');
      node.output.answer('capture', async (_camera, _scope, signal) => {
        taken++;
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        if (hang)
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        await new Promise((resolve) => setImmediate(resolve));
        return node.output.stamp(picture('shot'));
      });
    },
  };
  await made.runner.boot(made.plan({ camera }));
  const output = made.runner.output('camera');
  if (!output) throw new Error('no hub');

  const shots = await Promise.all(
    [1, 2, 3].map(() => output.ask('capture', 'camera', undefined, new AbortController().signal)),
  );
  t.equal(taken, 1);
  t.same(
    shots.map((frame) => frame.seq),
    [1, 1, 1],
  );

  hang = true;
  const one = new AbortController();
  const two = new AbortController();
  const first = output.ask('capture', 'camera', undefined, one.signal);
  const second = output.ask('capture', 'camera', undefined, two.signal);
  one.abort(new Error('gone'));
  await t.rejects(first, { message: 'gone' });
  t.equal(aborted, false);
  two.abort(new Error('gone too'));
  await t.rejects(second, { message: 'gone too' });
  t.equal(aborted, true);
});

t.test('every change of state is logged once with the id of the node', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let node: Node<Record<string, unknown>> | undefined;
  const camera: Part = {
    start(context) {
      node = context;
      context.degraded('the camera is away');
    },
  };
  await made.runner.boot(made.plan({ camera }));

  for (let i = 0; i < 50; i++) {
    node?.degraded('the camera is away');
    node?.healthy();
  }

  const events = made.lines.filter((line) => line.node === 'camera').map((line) => line.msg);
  t.same(events, ['node is starting', 'node is degraded', 'node is running']);
});
