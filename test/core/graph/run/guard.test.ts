// A misbehaving callback of a plugin never stops another node and leaves nothing behind. CAMD_LONG=1: more reloads.

import { connect } from 'node:net';
import t from 'tap';
import { type Clock, systemClock } from '../../../../core/base/clock.ts';
import type {
  Mqtt,
  MqttMessage,
  Node,
  Parser,
  Provided,
  Route,
  Server,
  Upgrade,
} from '../../../../core/contract/plugin.ts';
import { BLOCKED_MS } from '../../../../core/graph/run/guard.ts';
import { createListeners } from '../../../../core/graph/run/listeners.ts';
import { feed, graph, type Part, picture, sink } from '../../../support/graph.ts';
import { until } from '../../../support/until.ts';

type Mode = 'throws' | 'rejects' | 'never settles';
type Options = Record<string, unknown>;

/** Shortens the long waits of the core. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms >= 10_000 ? 1000 : ms, signal),
};

function misbehave(mode: Mode): never | Promise<never> {
  if (mode === 'throws') throw new Error('broken');
  return mode === 'rejects' ? Promise.reject(new Error('broken')) : new Promise(() => {});
}
/** For callbacks that return nothing: camd ignores a promise that they return. */
const misbehaveNow = (mode: Mode): void => {
  if (mode === 'throws') throw new Error('broken');
};

const MESSAGE: MqttMessage = {
  topic: 'a',
  payload: Buffer.from('x'),
  qos: 1,
  retain: false,
  duplicate: false,
};

interface World {
  readonly mode: Mode;
  readonly routes: Set<Route>;
  readonly upgrades: Set<Upgrade>;
  readonly messages: Set<(message: MqttMessage) => void | Promise<void>>;
  readonly ports: Set<number>;
}

/** Refused reloads in each run; fewer where each waits for the time limit of a callback that never settles. */
const REFUSED = process.env.CAMD_LONG === '1' ? 100 : 20;
const REFUSED_WAITING = 1;
const WAITED_FOR: ReadonlySet<string> = new Set([
  'start',
  'defer',
  'task',
  'create of a durable',
  'dispose of a durable',
]);

/** Each uses one callback of the contract. */
const callbacks: Readonly<Record<string, (node: Node<Options>, world: World) => Provided | void | Promise<void>>> = {
  start: (_node, { mode }) => misbehave(mode),
  handler: (node, { mode }) => node.input().each(() => misbehave(mode), { delivery: 'live' }),
  'handler of every frame': (node, { mode }) => node.input().each(() => misbehave(mode), { delivery: 'every' }),
  pass: (node, { mode }) => node.pass(() => misbehave(mode), { order: 'live' }),
  attach: (node, { mode }) => node.ref('on', 'server').bind(() => misbehaveNow(mode)),
  release: (node, { mode }) => node.ref('on', 'server').bind(() => () => misbehaveNow(mode)),
  whileActive: (node, { mode }) => node.whileActive(() => () => misbehaveNow(mode)),
  want: (node, { mode }) =>
    node.output.onWant(() => {
      misbehaveNow(mode);
      return () => {};
    }),
  'release of a want': (node, { mode }) => node.output.onWant(() => () => misbehaveNow(mode)),
  answer(node, { mode }) {
    node.output.announce('bad');
    node.output.answer('capture', () => misbehave(mode));
  },
  command(node, { mode }) {
    node.output.announce('bad');
    node.output.answer('command', () => misbehave(mode));
  },
  connection: async (node, { mode, ports }) => {
    const listener = await node.listen('127.0.0.1:0');
    ports.add(listener.port);
    listener.accept((socket) => {
      socket.destroy();
      misbehaveNow(mode);
    });
  },
  message: (node, { mode }) => node.ref('via', 'mqtt').bind((mqtt) => mqtt.subscribe('#', 1, () => misbehave(mode))),
  gauge: (node, { mode }) =>
    node.metrics.gauge('size', () => {
      misbehaveNow(mode);
      return 1;
    }),
  defer: (node, { mode }) => node.defer(() => misbehave(mode)),
  task: (node, { mode }) => node.task(() => misbehave(mode)),
  'create of a durable': async (node, { mode }) => {
    await node.durable('state', { same: [], create: () => misbehave(mode), dispose: () => {} });
  },
  'dispose of a durable': async (node, { mode }) => {
    await node.durable('state', { same: [node.options.version], create: () => 1, dispose: () => misbehave(mode) });
  },
  route: (node, { mode }) =>
    node
      .ref('on', 'server')
      .bind((server) => server.route({ methods: ['GET'], path: '/', handler: () => misbehave(mode) })),
  upgrade: (node, { mode }) =>
    node.ref('on', 'server').bind((server) => server.upgrade({ path: '/', handler: () => void misbehaveNow(mode) })),
  parser(node) {
    const parser = node.parser?.({ image() {}, skipped() {} });
    parser?.push(Buffer.from('x'));
    parser?.end();
  },
};

interface Outcome {
  /** The frames that its neighbour received. */
  readonly seen: readonly string[];
  /** Active instances at the end, and after the refused reloads. */
  readonly left: number;
  readonly active: number;
  /** The other nodes before and after the refused reloads. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly ids: readonly string[];
}

/** Runs a graph in which one node misbehaves: boot, reloads, refused reloads, removal and stop. */
async function runWith(name: string, mode: Mode): Promise<Outcome> {
  const made = graph(createListeners(), clock);
  const world: World = { mode, routes: new Set(), upgrades: new Set(), messages: new Set(), ports: new Set() };
  const nodes: Node<Options>[] = [];
  const cam = feed();
  const out = sink(['cam']);
  const server: Server = {
    route(route) {
      world.routes.add(route);
      return () => void world.routes.delete(route);
    },
    upgrade(upgrade) {
      world.upgrades.add(upgrade);
      return () => void world.upgrades.delete(upgrade);
    },
    origin: 'http://127.0.0.1',
    authenticated: false,
    people: { find: () => undefined },
    paths: () => [],
  };
  const web: Part = { start: () => ({ server }) };
  const mqtt: Mqtt = {
    connected: true,
    publish: async () => {},
    subscribe(_filter, _qos, onMessage) {
      world.messages.add(onMessage);
      return () => void world.messages.delete(onMessage);
    },
    onConnection: () => () => {},
  };
  const broker: Part = { start: () => ({ mqtt }) };
  const bad = (version: number): Part => ({
    refs: { from: ['cam'], on: ['web'], via: ['broker'] },
    options: { version },
    parser: (): Parser => ({ push: () => misbehaveNow(mode), end: () => misbehaveNow(mode) }),
    start(node) {
      nodes.push(node);
      return callbacks[name]?.(node, world);
    },
  });
  const behind = sink(['bad']);
  const broken: Part = {
    start() {
      throw new Error('this one cannot start');
    },
  };
  // Not awaited: a consumer of every frame may never acknowledge it.
  const send = (text: string): void => void cam.send(text);
  const others = { cam, out, web, broker };
  const use = async (): Promise<void> => {
    for (const { handler } of world.routes) {
      const answered = (async () => handler({} as never, {} as never, {}))();
      await Promise.race([answered, systemClock.sleep(20)]).catch(() => {});
    }
    for (const { handler } of world.upgrades) {
      handler({} as never, { destroy() {} } as never, Buffer.alloc(0), {}, '127.0.0.1');
    }
    for (const onMessage of world.messages) {
      const taken = (async () => onMessage(MESSAGE))();
      await Promise.race([taken, systemClock.sleep(20)]).catch(() => {});
    }
    for (const port of world.ports) {
      const socket = connect(port, '127.0.0.1');
      await new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
    }
    const output = made.runner.output('bad');
    output?.ask('capture', 'bad', undefined, AbortSignal.timeout(20)).catch(() => {});
    output?.ask('command', 'bad', { name: 'any', args: {} }, AbortSignal.timeout(20)).catch(() => {});
    made.runner.status();
  };

  const states = (): string[] =>
    made.runner
      .status()
      .filter(({ id }) => id !== 'bad')
      .map(({ id, state, restarts }) => `${id} ${state.is} ${restarts}`);

  await made.runner.boot(made.plan({ ...others, bad: bad(1), behind }));
  send('after the start');
  await use();
  await made.runner.apply(made.plan({ ...others, bad: bad(2), behind })).catch(() => {});
  send('after a reload');
  await use();
  const refused = mode === 'never settles' && WAITED_FOR.has(name) ? REFUSED_WAITING : REFUSED;
  const before = states();
  for (let version = 3; version < 3 + refused; version++) {
    await made.runner.apply(made.plan({ ...others, bad: bad(version), behind, broken })).then(
      () => Promise.reject(new Error('the reload was not refused')),
      () => {},
    );
  }
  const after = states();
  const active = nodes.filter(({ signal }) => !signal.aborted).length;
  send('after a roll-back');
  await use();
  await made.runner.apply(made.plan(others));
  send('after its removal');
  const ids = made.runner.status().map(({ id }) => id);
  const stopping = made.runner.stop();
  made.runner.status();
  await stopping;
  const left = nodes.filter(({ signal }) => !signal.aborted).length;
  return { seen: out.seen, left, active, before, after, ids };
}

for (const mode of ['throws', 'rejects', 'never settles'] as const) {
  t.test(`a callback that ${mode} cuts no stream, blocks no reload, stop or status, and leaks nothing`, async (t) => {
    const outcomes = await Promise.all(
      Object.keys(callbacks).map(async (name) => ({ name, ...(await runWith(name, mode)) })),
    );

    for (const { name, seen, left, active, before, after, ids } of outcomes) {
      const expected = ['after the start', 'after a reload', 'after a roll-back', 'after its removal'];
      t.same(seen, expected, `${name}: its neighbour received every frame`);
      t.ok(active <= 1, `${name}: ${active} instances after the refused reloads`);
      t.same(after, before, `${name}: refused reloads change no other node`);
      t.equal(left, 0, `${name}: no instance is left`);
      t.same(ids.toSorted(), ['broker', 'cam', 'out', 'web'], `${name}: the node is removed`);
    }
  });
}

t.test('a hundred refused reloads leave no instance and change nothing', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const nodes: Node<Options>[] = [];
  const part = (version: number): Part => ({ options: { version }, start: (node) => void nodes.push(node) });
  const broken: Part = { start: () => Promise.reject(new Error('no')) };
  await made.runner.boot(made.plan({ node: part(0) }));
  const before = made.runner.status();

  for (let version = 1; version <= 100; version++) {
    await t.rejects(made.runner.apply(made.plan({ node: part(version), more: part(version), broken })), /no/);
  }

  t.same(
    made.runner.status().map(({ id, state }) => ({ id, state })),
    before.map(({ id, state }) => ({ id, state })),
  );
  t.equal(nodes.filter(({ signal }) => !signal.aborted).length, 1);
});

t.test('a failing callback is logged once, with its name', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const bad: Part = {
    start(node) {
      node.metrics.gauge('size', () => {
        throw new Error('no size');
      });
    },
  };
  await made.runner.boot(made.plan({ bad }));

  made.runner.status();
  made.runner.status();

  const lines = made.lines.filter(({ msg }) => msg === 'a callback of the plugin failed');
  t.match(lines, [{ node: 'bad', callback: 'gauge', cause: 'no size' }]);
  t.equal(lines.length, 1);
});

t.test('only the handler that blocks the event loop is logged, with its time', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const cam = feed();
  const quick: Part = { refs: { from: ['cam'] }, start: (node) => node.pass((frame) => frame, { order: 'every' }) };
  const slow: Part = {
    refs: { from: ['quick'] },
    start: (node) =>
      node.input().each(
        () => {
          const end = performance.now() + BLOCKED_MS + 20;
          while (performance.now() < end);
        },
        { delivery: 'live' },
      ),
  };
  await made.runner.boot(made.plan({ cam, quick, slow }));

  await cam.send('x');

  const blocked = made.lines.filter(({ msg }) => msg === 'a callback of the plugin blocked the event loop');
  // On a busy machine a start may take as long as well.
  const lines = blocked.filter(({ callback }) => callback === 'handler');
  t.same(
    lines.map(({ node }) => node),
    ['slow'],
    'the upstream node is not logged',
  );
  const [line] = lines;
  t.match(line, { node: 'slow', callback: 'handler', bound_ms: BLOCKED_MS });
  t.ok(Number(line?.ms) > BLOCKED_MS);
});

t.test('a connection handler that throws loses its connection and fails its node', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let port = 0;
  const bad: Part = {
    async start(node) {
      const listener = await node.listen('127.0.0.1:0');
      port = listener.port;
      listener.accept(() => {
        throw new Error('no connections, please');
      });
    },
  };
  await made.runner.boot(made.plan({ bad }));

  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('close', resolve));

  await until(() => made.lines.some(({ callback }) => callback === 'connection'), 'the log line');
  t.equal(made.runner.status()[0]?.lastError, 'no connections, please');
});

t.test('a node whose start hangs delays neither the others nor a reload that removes it', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const hanging: Part = { start: () => new Promise<void>(() => {}) };
  const good: Part = { start() {} };
  const began = performance.now();

  await made.runner.boot(made.plan({ hanging, a: good, b: good, behind: { ...good, refs: { on: ['hanging'] } } }));
  const ready = performance.now() - began;
  const states = made.runner.status().map(({ id, state }) => [id, state.is]);
  await made.runner.apply(made.plan({ a: good, b: good }));

  t.ok(ready < 10_000, `ready after ${Math.round(ready)} ms`);
  t.same(Object.fromEntries(states), { hanging: 'starting', a: 'running', b: 'running', behind: 'running' });
  t.same(
    made.runner.status().map(({ id }) => id),
    ['a', 'b'],
  );
});

t.test('no frame of a successor reaches a consumer before every new node has started', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const cam = feed();
  const out = sink(['cam']);
  const eager: Part = {
    options: { version: 2 },
    start: (node) => void node.output.emit(node.output.stamp(picture('early'))),
  };
  let fail = (_cause: Error): void => {};
  const slow: Part = { start: () => new Promise<void>((_, reject) => (fail = reject)) };
  await made.runner.boot(made.plan({ cam, out }));

  const reload = made.runner.apply(made.plan({ cam: eager, out, slow }));
  await until(() => made.runner.status().length === 3, 'the new node');
  await cam.send('from the old one');
  fail(new Error('no'));
  await t.rejects(reload, /no/);
  await cam.send('and again');
  const accepted = made.runner.apply(made.plan({ cam: eager, out }));
  await accepted;

  t.same(out.seen, ['from the old one', 'and again', 'early']);
});
