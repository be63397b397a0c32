// Callbacks that a consumer hands to a port of another node: what they throw is the consumer's.

import t from 'tap';
import { createLog } from '../../../../core/base/log.ts';
import type { Ports } from '../../../../core/contract/ports.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { createGuard } from '../../../../core/graph/run/guard.ts';
import { guardPort } from '../../../../core/graph/run/guard-port.ts';

type Call = (...all: unknown[]) => unknown;

/** A guarded port that keeps what it was given, and what the guard said. */
function guarded<P extends keyof Ports>(name: P, names: readonly string[], more: object = {}) {
  const failures: unknown[] = [];
  const lines: { callback?: string }[] = [];
  const guard = createGuard({
    log: createLog({ level: 'error', write: (line) => void lines.push(JSON.parse(line)) }),
    monotonic: () => 0,
    onFail: (cause) => failures.push(cause),
  });
  const given: unknown[][] = [];
  const record = (...all: unknown[]): string => {
    given.push(all);
    return 'released';
  };
  const inner = { ...Object.fromEntries(names.map((one) => [one, record])), ...more };
  const port = guardPort(name, inner as unknown as Ports[P], guard) as unknown as Record<string, Call>;
  return { port, inner, given, failures, noted: () => lines.map(({ callback }) => callback) };
}

const bug = new Error('a bug');
const throwing = (): never => {
  throw bug;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('a port without callbacks is handed on as it is', (t) => {
  const { port, inner } = guarded('registry', []);

  t.equal(port, inner);
  t.end();
});

t.test('other members of a port stay, with their own this', (t) => {
  const { port } = guarded('server', ['route', 'upgrade'], {
    origin: 'http://here',
    name() {
      return (this as { origin: string }).origin;
    },
  });

  t.equal(port.origin, 'http://here');
  const { name } = port;
  t.equal(name?.(), 'http://here');
  t.equal(port.name, name);
  t.end();
});

t.test('a route that fails is logged once and answered by the server, and its node runs on', async (t) => {
  const { port, given, failures, noted } = guarded('server', ['route']);
  const handlers: Call[] = [
    throwing,
    () => Promise.reject(bug),
    () => Promise.reject(Object.assign(new Error('not here'), { statusCode: 404 })),
    () => Promise.resolve('fine'),
    (_request, reply) => reply,
    () => 7,
  ];
  for (const handler of handlers) t.equal(port.route?.({ path: '/', handler }), 'released');
  const call = (index: number, reply: unknown = {}): unknown => {
    const [{ handler, path }] = given[index] as [{ handler: Call; path: string }];
    t.equal(path, '/');
    return handler({}, reply, {});
  };

  await t.rejects(call(2) as Promise<unknown>, { message: 'not here' });
  t.same(noted(), [], 'an answer is no fault');
  t.throws(() => call(0), bug);
  t.same(noted(), ['route']);
  await t.rejects(call(1) as Promise<unknown>, bug);
  t.equal(await call(3), 'fine');
  // biome-ignore lint/suspicious/noThenProperty: a reply of the server has one
  const reply = { then: () => t.fail('a reply is not waited for') };
  t.equal(call(4, reply), reply);
  t.equal(call(5), 7);
  t.same([failures, noted()], [[], ['route']]);
});

t.test('a status of the server itself is a fault that is noted', async (t) => {
  const { port, given, noted } = guarded('server', ['route']);
  port.route?.({ handler: () => Promise.reject(Object.assign(new Error('broken'), { statusCode: 500 })) });
  const [{ handler }] = given[0] as [{ handler: Call }];

  await t.rejects(handler({}, {}, {}) as Promise<unknown>, { message: 'broken' });

  t.same(noted(), ['route']);
});

t.test('an answer that a route has ready, and one that fails', (t) => {
  const { port, given, noted } = guarded('server', ['route']);
  port.route?.({ handler: () => 'handled', ready: () => 'ready' });
  port.route?.({ handler: () => 'handled', ready: throwing });
  port.route?.({ handler: () => 'handled' });
  const ready = given.map(([route]) => (route as { ready?: Call }).ready);

  t.equal(ready[0]?.({}), 'ready');
  t.equal(ready[1]?.({}), undefined, 'the handler answers');
  t.equal(ready[2], undefined);
  t.same(noted(), ['route']);
  t.end();
});

t.test('an upgrade that fails loses its socket, at once or later', async (t) => {
  const { port, given, failures, noted } = guarded('server', ['upgrade']);
  for (const handler of [throwing, () => Promise.reject(bug), () => Promise.resolve(), () => {}]) {
    port.upgrade?.({ path: '/', handler });
  }
  const destroyed: boolean[] = [];
  for (const [upgrade] of given) {
    let gone = false;
    (upgrade as { handler: Call }).handler({}, { destroy: () => (gone = true) });
    await turn();
    destroyed.push(gone);
  }

  t.same(destroyed, [true, true, false, false]);
  t.same([failures, noted()], [[], ['upgrade']]);
});

t.test('a message that is refused is not acknowledged; only a bug fails the node', async (t) => {
  const refusal = environment('busy', 'later');
  for (const [cause, failed] of [
    [refusal, []],
    [bug, [bug]],
  ] as const) {
    const { port, given, failures } = guarded('mqtt', ['subscribe', 'onConnection']);
    t.equal(
      port.subscribe?.('a/#', 1, () => Promise.reject(cause)),
      'released',
    );
    const [filter, qos, onMessage] = given[0] as [string, number, Call];

    t.same([filter, qos], ['a/#', 1]);
    await t.rejects(onMessage({}) as Promise<unknown>, cause);
    t.same(failures, failed);
  }
});

t.test('listeners to a connection and messages of NATS fail the node that listens', (t) => {
  for (const [name, method, args] of [
    ['mqtt', 'onConnection', []],
    ['nats', 'onConnection', []],
    ['nats', 'inbox', []],
    ['nats', 'subscribe', ['subject']],
  ] as const) {
    const { port, given, failures, noted } = guarded(name, [method]);
    const seen: unknown[] = [];

    t.equal(
      port[method]?.(...args, (value: unknown) => seen.push(value), { options: 1 }),
      'released',
    );
    port[method]?.(...args, throwing);
    for (const all of given) (all[args.length] as Call)('sent');

    t.same(seen, ['sent'], `${name} ${method}`);
    t.same([failures, noted()], [[bug], ['message']]);
    if (method === 'subscribe') t.same(given[0]?.[2], { options: 1 });
  }
  t.end();
});
