// What an instance attaches: when it takes effect, in which order a reload that fails puts it back, and what comes too late.

import t from 'tap';
import type { Node, Provided, Server } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { feed, graph, type Part, picture } from '../../../support/graph.ts';
import { settle } from '../../../support/manual-clock.ts';

type Started = Node<Record<string, unknown>>;

const running = () => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const status = (id: string) => made.runner.status().find((node) => node.id === id);
  return { ...made, status };
};

/** A node that writes down when it attaches and lets go. */
const writing = (log: string[], name: string, options: Part['options'] = {}): Part => ({
  options,
  start: (node) =>
    node.whileActive(() => {
      log.push(`+${name}`);
      return () => void log.push(`-${name}`);
    }),
});

const refusing = (): Part => ({
  start: (node) =>
    node.whileActive(() => {
      throw new Error('it cannot take effect');
    }),
});

/** A server that writes down its routes. */
const serving = (log: string[], name: string): Part => ({
  options: { name },
  start: (): Provided => ({
    server: {
      origin: name,
      route: ({ path }: { path: string }) => {
        log.push(`+${name}${path}`);
        return () => void log.push(`-${name}${path}`);
      },
    } as unknown as Server,
  }),
});

const routing =
  (path: string): Part['start'] =>
  (node) => {
    for (const ref of node.refs('on', 'server'))
      ref.bind((port) => port.route({ methods: ['GET'], path, handler() {} }));
  };

t.test('a failed reload releases new attachments before it restores the old ones', async (t) => {
  const { runner, plan, status } = running();
  const log: string[] = [];
  await runner.boot(plan({ a: writing(log, 'old a'), b: writing(log, 'old b') }));
  t.same(log.splice(0), ['+old a', '+old b']);

  const wanted = {
    a: writing(log, 'new a', { changed: true }),
    b: writing(log, 'new b', { changed: true }),
    c: refusing(),
  };
  await t.rejects(runner.apply(plan(wanted)), { message: 'it cannot take effect' });

  t.same(log, ['-old a', '+new a', '-old b', '+new b', '-new b', '+old b', '-new a', '+old a']);
  t.match([status('a'), status('b')], [{ state: { is: 'running' } }, { state: { is: 'running' } }]);
  t.equal(status('c'), undefined);
  t.match([status('a')?.restarts, status('b')?.restarts], [0, 0]);
});

t.test('nodes added by a failed reload provide no ports, and their consumers release them', async (t) => {
  const { runner, plan } = running();
  const log: string[] = [];
  const page = { refs: { on: ['web'] }, start: routing('/x') };
  await runner.boot(plan({ web: serving(log, 'one') }));

  await t.rejects(runner.apply(plan({ web: serving(log, 'two'), page, bad: refusing() })));

  t.same(log.splice(0), ['+two/x', '-two/x']);
  t.equal(runner.provided('web')?.server?.origin, 'one');
  let seen: string | undefined;
  const look: Part = {
    refs: { on: ['web'] },
    start(node) {
      seen = node.ref('on', 'server').current()?.origin;
    },
  };
  await runner.apply(plan({ web: serving(log, 'one'), look }));
  t.equal(seen, 'one', 'nothing is left of what was going to be provided');
});

t.test('a node that starts sees what the reload is going to provide, not what one before was', async (t) => {
  const { runner, plan } = running();
  const log: string[] = [];
  const broken: Part = { start: () => Promise.reject(new Error('no')) };
  const seen: (string | undefined)[] = [];
  const look: Part = {
    refs: { on: ['web'] },
    start(node) {
      seen.push(node.ref('on', 'server').current()?.origin);
    },
  };
  await runner.boot(plan({ web: serving(log, 'one') }));

  await t.rejects(runner.apply(plan({ web: serving(log, 'two'), look, broken })), { message: 'no' });
  await runner.apply(plan({ web: serving(log, 'one'), look }));
  await runner.restart('look');

  t.same(seen, ['two', 'one', 'one']);
});

t.test('bindings move with a reload that names other nodes, each to the one in its place', async (t) => {
  const { runner, plan } = running();
  const log: string[] = [];
  const servers = { a: serving(log, 'a'), b: serving(log, 'b'), c: serving(log, 'c') };
  const start = routing('/x');
  await runner.boot(plan({ ...servers, page: { refs: { on: ['a', 'b'] }, start } }));
  t.same(log.splice(0), ['+a/x', '+b/x']);

  const change = await runner.apply(plan({ ...servers, page: { refs: { on: ['a', 'c'] }, start } }));

  t.same(change.relinked, ['page']);
  t.same(
    log.splice(0).filter((one) => !one.includes('a/')),
    ['+c/x', '-b/x'],
  );
});

t.test('a reload that fails moves the bindings and the frames of a node back', async (t) => {
  const { runner, plan } = running();
  const log: string[] = [];
  const [one, two] = [feed(), feed()];
  const servers = { a: serving(log, 'a'), b: serving(log, 'b'), one, two };
  const seen: string[] = [];
  const start: Part['start'] = (node) => {
    routing('/x')(node);
    node.input().each((frame) => void seen.push(frame.data.toString()), { delivery: 'live' });
  };
  await runner.boot(plan({ ...servers, page: { refs: { on: ['a'], from: ['one'] }, start } }));

  const bad = refusing();
  await t.rejects(runner.apply(plan({ ...servers, page: { refs: { on: ['b'], from: ['two'] }, start }, bad })));
  await one.send('from one');
  await two.send('from two');

  t.same(log, ['+a/x', '+b/x', '-a/x', '+a/x', '-b/x']);
  t.same(seen, ['from one']);
});

t.test('a binding to a failed node is released at once, and bound again when the node is back', async (t) => {
  const { runner, plan, status } = running();
  const log: string[] = [];
  const { start } = serving(log, 'web');
  let web: Started | undefined;
  const mortal: Part = {
    start(node) {
      web = node;
      return start(node);
    },
  };
  await runner.boot(plan({ web: mortal, page: { refs: { on: ['web'] }, start: routing('/x') } }));
  t.same(log.splice(0), ['+web/x']);

  web?.fail(environment('away', 'the network is away'));
  t.same([log.splice(0), runner.provided('web')], [['-web/x'], undefined]);
  await runner.restart('web');

  t.same(log, ['+web/x']);
  t.match([status('web'), status('page')], [{ state: { is: 'running' } }, { state: { is: 'running' }, restarts: 0 }]);
});

t.test('an attachment made while a node is in effect is active at once', async (t) => {
  const { runner, plan, status } = running();
  const log: string[] = [];
  const camera = feed();
  let node: Started | undefined;
  const late: Part = {
    refs: { on: ['web'], from: ['camera'] },
    start(context) {
      node = context;
    },
  };
  await runner.boot(plan({ camera, web: serving(log, 'web'), late }));

  if (node) await routing('/late')(node);
  t.same(log, ['+web/late']);
  const seen: string[] = [];
  node?.input().each((frame) => void seen.push(frame.data.toString()), { delivery: 'live' });
  await camera.send('a');
  t.same(seen, ['a']);
  t.equal(status('late')?.framesIn, 1);

  node?.whileActive(() => {
    throw new Error('it does not attach');
  });
  t.match(status('late')?.state, { is: 'failed', why: 'it does not attach' });
  t.same(log, ['+web/late', '-web/late'], 'what it had is let go');
});

t.test('an input takes no frames before its node is in effect', async (t) => {
  const { runner, plan } = running();
  const camera = feed();
  const seen: string[] = [];
  let open = (): void => {};
  const slow: Part = {
    refs: { from: ['camera'] },
    async start(node) {
      node.input().each((frame) => void seen.push(frame.data.toString()), { delivery: 'live' });
      await new Promise<void>((resolve) => (open = resolve));
    },
  };
  await runner.boot(plan({ camera }));
  const reload = runner.apply(plan({ camera, slow }));
  await settle();

  await camera.send('early');
  open();
  await reload;
  await camera.send('late');

  t.same(seen, ['late']);
});

t.test('frames from a node of a refused reload are refused with a request to send them again', async (t) => {
  const { runner, plan } = running();
  let sent: Promise<void> = Promise.resolve();
  const eager: Part = {
    start(node) {
      sent = node.output.emit(node.output.stamp(picture('early')), true);
      sent.catch(() => {});
    },
  };
  await runner.boot(plan({}));

  await t.rejects(runner.apply(plan({ eager, broken: { start: () => Promise.reject(new Error('no')) } })));

  await t.rejects(sent, { code: 'not-running', message: 'the node does not accept frames yet; send it again later' });
});

t.test('state that becomes ready after its node has stopped is disposed of, and the node is notified', async (t) => {
  const { runner, plan } = running();
  let node: Started | undefined;
  await runner.boot(
    plan({
      a: {
        start(context) {
          node = context;
        },
      },
    }),
  );
  await runner.stop();
  let disposed = 0;

  if (!node) throw new Error('it has started');
  await t.rejects(node.durable('late', { same: [], create: () => 1, dispose: () => void disposed++ }), {
    code: 'stopping',
    message: 'a is stopping',
  });
  t.equal(disposed, 1);
});
