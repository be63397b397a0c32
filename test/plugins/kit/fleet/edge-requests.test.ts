// Requests of hubs to an edge, without a graph: full and small pictures, captures, commands, and limits.

import { setMaxListeners } from 'node:events';
import t from 'tap';
import { environment, type Frame, type Input, type Node } from '../../../../core/contract/plugin.ts';
import { createEdge } from '../../../../plugins/kit/fleet/edge.ts';
import type { Hello, Reply, Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

type Ask = (kind: string, camera: string, scope: unknown, signal: AbortSignal) => Promise<unknown>;

/** An input of these cameras, whose frames the test sends. */
function inputOf(cameras: string[], ask: Ask, can: readonly string[] = []) {
  const wants: string[] = [];
  let show = (_frame: Frame): void => {};
  let left = (_cameras: readonly string[]): void => {};
  const input = {
    ask,
    cameras: () => cameras,
    answers: (kind: string, camera: string) => can.includes(`${kind} ${camera}`),
    want(camera: string) {
      wants.push(`+${camera}`);
      return () => void wants.push(`-${camera}`);
    },
    each(handle: (frame: Frame) => void, options: unknown) {
      t.same(options, { delivery: 'live', demand: 'none' });
      show = handle;
    },
    onLeft(handle: (cameras: readonly string[]) => void) {
      left = handle;
    },
  };
  return {
    ...{ input: input as unknown as Input, wants },
    show: (frame: Frame) => show(frame),
    leave(camera: string) {
      cameras.splice(cameras.indexOf(camera), 1);
      left([camera]);
    },
  };
}

function world(ask: Ask = () => Promise.reject(new Error('not expected')), cameras = ['door', 'yard']) {
  const time = manualClock();
  const control = new AbortController();
  setMaxListeners(0, control.signal);
  const full = inputOf(cameras, ask, ['capture door', 'command yard']);
  const small = inputOf(['door'], ask);
  const hellos: Hello[] = [];
  const states: string[] = [];
  const gauges: Record<string, () => number> = {};
  const counts: Record<string, number> = {};
  const ends: (() => void)[] = [];
  let report = (): Iterable<unknown> => [];
  const node = {
    ...{ clock: time.clock, signal: control.signal, input: () => full.input },
    memory: { take: () => () => {} },
    log: { warn() {} },
    metrics: {
      count(name: string, by = 1) {
        counts[name] = (counts[name] ?? 0) + by;
      },
      gauge(name: string, read: () => number) {
        gauges[name] = read;
      },
    },
    cameras: {
      report(read: () => Iterable<unknown>) {
        report = read;
      },
    },
    task: (work: (signal: AbortSignal) => Promise<void>) => void work(control.signal),
    defer: (end: () => void) => void ends.push(end),
    degraded: (why: string) => void states.push(why),
    healthy: () => void states.push('healthy'),
  } as unknown as Node<unknown>;
  const options = { edge: 'shop', helloEvery: 60_000, staleAfter: 5000 };
  const edge = createEdge(node, options, { hello: (hello) => hellos.push(hello) }, small.input);
  const request = (message: Request): Reply[] => {
    const replies: Reply[] = [];
    edge.handler.request(message, (reply) => replies.push(reply));
    return replies;
  };
  return {
    ...{ edge, time, full, small, hellos, states, gauges, counts, request },
    reports: () => [...report()],
    end() {
      for (const end of ends) end();
      control.abort();
    },
  };
}

const NEXT = { is: 'next', hub: 'h', camera: 'door', size: 'full', after: '', every: 0, lease: 10_000 } as const;
/** A picture of the door that is not too old at the start of a test. */
const fresh = (seq: number): Frame => makeFrame('door', seq, { arrived: 1_000_000 });
const keys = (replies: readonly Reply[]): string[] =>
  replies.flatMap((reply) => (reply.is === 'picture' ? [reply.head.key] : []));

t.test('small pictures come from a separate input', async (t) => {
  const { edge, full, small, request, end } = world();
  t.same(request({ is: 'list' }), [
    {
      ...{ is: 'list', revision: 1 },
      cameras: [
        { id: 'door', capture: true, command: false, small: true },
        { id: 'yard', capture: false, command: true, small: false },
      ],
    },
  ]);
  const large = request(NEXT);
  const slim = request({ ...NEXT, size: 'small' });
  t.same([full.wants, small.wants], [['+door'], ['+door']]);
  full.show(fresh(1));
  t.same([keys(large), keys(slim)], [['door-1'], []]);
  request({ is: 'want', hub: 'h', camera: 'door', size: 'full', lease: 0 });
  small.show(fresh(2));
  t.same([keys(large), keys(slim)], [['door-1'], ['door-2']]);
  t.same(full.wants, ['+door', '-door']);
  t.same([edge.newest('full').length, edge.newest('small').map(({ key }) => key)], [1, ['door-2']]);
  small.leave('door');
  t.same([edge.newest('full').length, edge.newest('small').length], [1, 0]);
  end();
  t.same(small.wants, ['+door', '-door'], 'an edge that ends releases its cameras');
});

t.test('a removed camera is reported to hubs, and its picture is forgotten', async (t) => {
  const { edge, full, hellos, request, end } = world();
  edge.handler.connected(true);
  full.show(fresh(1));
  const before = hellos.at(-1)?.revision ?? 0;
  full.leave('door');
  t.equal(hellos.at(-1)?.revision, before + 1);
  t.same(edge.newest('full'), []);
  t.match(request({ is: 'capture', camera: 'door', timeout: 0 }), [{ code: 'unknown-camera' }]);
  t.match(request({ is: 'list' }), [{ revision: before + 1, cameras: [{ id: 'yard' }] }]);
  end();
});

t.test('a new camera can be requested before it is announced', async (t) => {
  const cameras = ['door'];
  const { edge, hellos, request, end } = world(() => Promise.resolve('on'), cameras);
  edge.handler.connected(true);
  cameras.push('gate');
  const replies = request({ is: 'command', camera: 'gate', name: 'light' });
  await settle();
  t.same(replies, [{ is: 'fact', fact: 'on' }]);
  edge.handler.connected(true);
  t.equal(hellos.at(-1)?.revision, 2);
  end();
});

t.test('a command is sent to the camera with its arguments, and its fact is returned', async (t) => {
  const calls: unknown[] = [];
  const { request, counts, end } = world(async (kind, camera, scope) => {
    calls.push([kind, camera, scope]);
    return { lit: true };
  });
  const plain = request({ is: 'command', camera: 'yard', name: 'light' });
  const more = request({ is: 'command', camera: 'yard', name: 'light', args: [1] });
  await settle();
  t.same(calls, [
    ['command', 'yard', { name: 'light' }],
    ['command', 'yard', { name: 'light', args: [1] }],
  ]);
  t.same([plain, more], [[{ is: 'fact', fact: { lit: true } }], [{ is: 'fact', fact: { lit: true } }]]);
  t.equal(counts.commands_total, 2);
  end();
});

t.test('a fault of a camera is passed on, the details of an internal error are not', async (t) => {
  const causes: unknown[] = [environment('away', 'The camera is away.'), new Error('secret detail')];
  const { request, end } = world(() => Promise.reject(causes.shift()));
  const first = request({ is: 'capture', camera: 'door', timeout: 0 });
  await settle();
  const second = request({ is: 'capture', camera: 'door', timeout: 0 });
  await settle();
  t.match(first, [{ is: 'fault', code: 'away', message: /^The camera is away/ }]);
  t.same(second, [{ is: 'fault', code: 'failed', message: 'The edge could not answer the request; see its log.' }]);
  end();
});

t.test('the hub sets the time limit of a capture, at most one minute', async (t) => {
  for (const [message, ms] of [
    [{ is: 'capture', camera: 'door', timeout: 1000 }, 1000],
    [{ is: 'capture', camera: 'door', timeout: 0 }, 60_000],
    [{ is: 'capture', camera: 'door', timeout: 90_000 }, 60_000],
    [{ is: 'command', camera: 'door', name: 'light' }, 60_000],
  ] as const) {
    const { request, time, end } = world(
      (_kind, _camera, _scope, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const replies = request(message);
    await time.advance(ms - 1);
    t.same(replies, []);
    await time.advance(1);
    t.match(replies, [{ is: 'fault', code: 'edge-late', message: /The camera door did not answer the edge in time/ }]);
    end();
  }
});

t.test('the number of captures and commands under way is limited', async (t) => {
  const open: ((fact: unknown) => void)[] = [];
  const { request, counts, end } = world(() => new Promise((resolve) => open.push(resolve)));
  const command = () => request({ is: 'command', camera: 'yard', name: 'light' });
  const all = Array.from({ length: 256 }, command);
  t.same(all.flat(), []);
  t.match(command(), [{ is: 'fault', code: 'edge-busy' }]);
  t.equal(counts.commands_total, 256);
  await settle();
  open[0]?.('done');
  await settle();
  t.same(all[0], [{ is: 'fact', fact: 'done' }]);
  t.same(command(), [], 'a further request is accepted');
  t.match(command(), [{ is: 'fault', code: 'edge-busy' }]);
  end();
});

t.test('a rival is reported for half a minute', async (t) => {
  const { edge, states, time, request, reports, end } = world();
  const rival = (): Reply[] => request({ is: 'rival', camera: 'door', edge: 'other' });
  edge.handler.connected(true);
  states.length = 0;
  t.same(rival(), []);
  t.same(states, ['The edge "other" also has a camera door: give one of the two another id.']);
  t.same(reports(), [['door', { why: 'The edge "other" also has a camera with this id.' }]]);
  await time.advance(29_999);
  edge.handler.connected(true);
  t.match(states.at(-1), /other/);
  await time.advance(1);
  edge.handler.connected(true);
  t.equal(states.at(-1), 'healthy');
  t.same(reports(), []);
  rival();
  edge.handler.connected(false);
  await time.advance(60_000);
  t.match(states.at(-1), /other/, 'an edge without a hub is degraded');
  end();
});

t.test('an expired lease is released within a quarter of a second', async (t) => {
  const { full, gauges, time, request, end } = world();
  request({ ...NEXT, lease: 1000 });
  await time.advance(999);
  t.same(full.wants, ['+door']);
  t.equal(gauges.leases?.(), 1);
  await time.advance(250);
  t.same(full.wants, ['+door', '-door']);
  t.equal(gauges.leases?.(), 0);
  end();
});

t.test('an edge announces at most ten thousand cameras, and keeps no picture of any further one', async (t) => {
  const { edge, full, counts, request, end } = world(
    undefined,
    Array.from({ length: 10_001 }, (_, index) => `c${index}`),
  );
  const [reply] = request({ is: 'list' });
  t.equal(reply?.is === 'list' && reply.cameras.length, 10_000);
  t.match(request({ is: 'capture', camera: 'c10000', timeout: 0 }), [{ code: 'unknown-camera' }]);
  const picture = fresh(1);
  for (let index = 0; index < 10_000; index++) full.show({ ...picture, camera: `c${index}` });
  t.equal(counts.pictures_unkept_total, undefined);
  full.show({ ...picture, camera: 'c10000' });
  t.equal(counts.pictures_unkept_total, 1);
  t.equal(edge.newest('full').length, 10_000);
  end();
});
