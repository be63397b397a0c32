// Listeners and parsers of an instance, frames that it refuses, and failures and health that come while it starts.

import { connect, type Socket } from 'node:net';
import t from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { feed, graph, type Part, sink } from '../../../support/graph.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

type Started = Node<Record<string, unknown>>;

/** On a clock that stands still, so that a node that has failed is not started again. */
const running = () => {
  const made = graph(undefined, manualClock().clock);
  t.teardown(() => made.runner.stop());
  const status = (id: string) => made.runner.status().find((node) => node.id === id);
  return { ...made, status };
};

const refusing = (): Part => ({
  start: (node) =>
    node.whileActive(() => {
      throw new Error('it cannot take effect');
    }),
});

/** Whether somebody accepts connections there, and what is said. */
const hear = (port: number): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (part) => {
        text += part;
      })
      .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''))
      .on('close', () => resolve(text));
  });

t.test('a listener accepts for the instance in effect until the plugin releases it', async (t) => {
  const { runner, plan } = running();
  const say = (text: string) => (socket: Socket) => void socket.end(text);
  let port = 0;
  const letGo: (() => void)[] = [];
  let open = (): void => {};
  const part = (version: number): Part => ({
    options: { version },
    async start(node) {
      const listener = await node.listen('127.0.0.1:0');
      port = listener.port;
      letGo.push(listener.accept(say(`version ${version}`)));
      listener.accept(say('never'))();
      if (version === 2) await new Promise<void>((resolve) => (open = resolve));
    },
  });
  await runner.boot(plan({ web: part(1) }));
  const first = port;
  t.equal(await hear(first), 'version 1');

  const reload = runner.apply(plan({ web: part(2) }));
  while (letGo.length < 2) await settle();
  t.equal(port, first, 'the address is taken over');
  t.equal(await hear(port), 'version 1', 'the new one is not in effect');
  open();
  await reload;
  t.equal(await hear(port), 'version 2');
  letGo[1]?.();
  t.equal(await hear(port), '', 'no instance accepts');
});

t.test('an address acquired too late is released at once', async (t) => {
  const { runner, plan } = running();
  let node: Started | undefined;
  const web: Part = {
    start(context) {
      node = context;
    },
  };
  await runner.boot(plan({ web }));
  await runner.apply(plan({}));

  const listener = await node?.listen('127.0.0.1:0');
  let said = 'open';
  for (let turn = 0; turn < 100 && said !== 'ECONNREFUSED'; turn++) said = await hear(listener?.port ?? 0);

  t.equal(said, 'ECONNREFUSED');
});

t.test('an address is released when its node is removed', async (t) => {
  const { runner, plan } = running();
  let port = 0;
  const web: Part = {
    async start(node) {
      ({ port } = await node.listen('127.0.0.1:0'));
    },
  };
  await runner.boot(plan({ web }));

  await runner.apply(plan({}));
  let said = 'open';
  for (let turn = 0; turn < 100 && said !== 'ECONNREFUSED'; turn++) said = await hear(port);

  t.equal(said, 'ECONNREFUSED');
});

t.test('a refused reload holds nothing: what is removed after it is closed and disposed of', async (t) => {
  const { runner, plan } = running();
  let port = 0;
  let disposed = 0;
  const web: Part = {
    async start(node) {
      ({ port } = await node.listen('127.0.0.1:0'));
      await node.durable('state', { same: [], create: () => 1, dispose: () => void disposed++ });
    },
  };
  await runner.boot(plan({ web }));
  await t.rejects(runner.apply(plan({ web, bad: refusing() })));

  await runner.apply(plan({}));
  let said = 'open';
  for (let turn = 0; turn < 100 && said !== 'ECONNREFUSED'; turn++) said = await hear(port);

  t.equal(said, 'ECONNREFUSED');
  t.equal(disposed, 1);
});

t.test('a parser that throws in the end fails its node, once, and gets nothing after it', async (t) => {
  const { runner, plan, lines, status } = running();
  const log: string[] = [];
  let node: Started | undefined;
  const part: Part = {
    parser: () => ({
      push: () => void log.push('push'),
      end() {
        log.push('end');
        throw new Error('the last picture is cut');
      },
    }),
    start(context) {
      node ??= context;
    },
  };
  await runner.boot(plan({ part }));
  const parser = node?.parser?.({} as never, {} as never);

  parser?.end();
  parser?.end();
  parser?.push(Buffer.from('x'));

  t.same(log, ['end']);
  t.match(status('part'), { state: { is: 'failed', why: 'the last picture is cut' } });
  t.match(
    lines.filter(({ msg }) => msg === 'a callback of the plugin failed'),
    [{ node: 'part', callback: 'parser', cause: 'the last picture is cut' }],
  );
});

t.test('frames that a node refuses are counted, and its state says why until it takes one', async (t) => {
  const { runner, plan, status } = running();
  const camera = feed();
  let why: string | undefined = 'the disk is full';
  const store: Part = {
    refs: { from: ['camera'] },
    start(node) {
      node.input().each(
        async () => {
          if (why !== undefined) throw environment('full', why);
        },
        { delivery: 'every' },
      );
    },
  };
  await runner.boot(plan({ camera, store }));

  await camera.send('a', true).catch(() => {});
  await settle();
  t.match(status('store'), { refused: 1, state: { is: 'degraded', why: 'the disk is full' } });
  why = undefined;
  await camera.send('b', true);
  await settle();
  t.match(status('store'), { refused: 1, framesIn: 2, state: { is: 'running' } });
});

t.test('what waits for the signal of its node and ends with it is no failure, another error is', async (t) => {
  for (const [cause, expected] of [
    [new DOMException('it ends', 'AbortError'), []],
    [new Error('it broke'), ['task']],
  ] as const) {
    const { runner, plan, lines } = running();
    const part: Part = {
      start: (node) =>
        node.task(async (signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw cause;
        }),
    };
    await runner.boot(plan({ part }));

    await runner.stop();

    const failed = lines.filter(({ msg }) => msg === 'a callback of the plugin failed');
    t.same(
      failed.map(({ callback }) => callback),
      expected,
    );
  }
});

t.test('an abort that is not that of its node fails it', async (t) => {
  const { runner, plan, status } = running();
  let fail: (cause: Error) => void = () => {};
  const part: Part = {
    start: (node) =>
      node.task(
        () =>
          new Promise<never>((_, reject) => {
            fail = reject;
          }),
      ),
  };
  await runner.boot(plan({ part }));
  fail(new DOMException('gone', 'AbortError'));
  await settle();

  t.equal(status('part')?.lastError, 'gone');
});

t.test('a task that fails at any moment of the start fails the node, once', async (t) => {
  for (let turns = 0; turns < 12; turns++) {
    const { runner, plan, status } = running();
    let lives = 0;
    const part: Part = {
      start(node) {
        if (++lives > 1) return;
        node.task(async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          throw new Error('it broke');
        });
      },
    };
    await runner.boot(plan({ part }));
    await settle();

    t.match(status('part'), { state: { is: 'failed', why: 'it broke' }, restarts: 0 }, `after ${turns}`);
    await runner.stop();
  }
});

t.test('a task that fails at any moment of the start refuses the reload or fails the node', async (t) => {
  for (let turns = 0; turns < 12; turns++) {
    const { runner, plan, status } = running();
    const part = (version: number): Part => ({
      options: { version },
      start(node) {
        if (version === 1) return;
        node.task(async () => {
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          throw new Error('it broke');
        });
      },
    });
    await runner.boot(plan({ part: part(1) }));

    const said = await runner.apply(plan({ part: part(2) })).then(
      () => 'taken',
      ({ message }) => message,
    );
    await settle();

    const state = status('part')?.state.is;
    t.ok(said === 'it broke' ? state === 'running' : state === 'failed', `after ${turns}: ${said}, ${state}`);
    await runner.stop();
  }
});

t.test('health reported while a node starts is its state when it takes effect', async (t) => {
  const { runner, plan, status } = running();
  const viewer = sink(['part']);
  let open = (): void => {};
  const part = (version: number): Part => ({
    options: { version },
    async start(node) {
      node.degraded(`version ${version} is not well`);
      if (version === 1) return;
      await new Promise<void>((resolve) => (open = resolve));
      node.degraded('it will be well soon');
    },
  });
  await runner.boot(plan({ part: part(1), viewer }));
  t.match(status('part')?.state, { is: 'degraded', why: 'version 1 is not well' });

  const reload = runner.apply(plan({ part: part(2), viewer }));
  await settle();
  t.match(status('part')?.state, { is: 'degraded', why: 'version 1 is not well' });
  open();
  await reload;
  t.match(status('part'), {
    state: { is: 'degraded', why: 'it will be well soon' },
    lastError: 'it will be well soon',
  });
});

t.test('health reported between the start of a node and the end of the reload is kept', async (t) => {
  const { runner, plan, status } = running();
  let node: Started | undefined;
  const part: Part = {
    start(context) {
      node = context;
    },
  };
  let open = (): void => {};
  const slow: Part = { refs: { on: ['part'] }, start: () => new Promise<void>((resolve) => (open = resolve)) };
  await runner.boot(plan({}));
  const reload = runner.apply(plan({ part, slow }));
  await settle();

  node?.degraded('the broker is away');
  t.equal(status('part')?.state.is, 'starting');
  open();
  await reload;

  t.match(status('part')?.state, { is: 'degraded', why: 'the broker is away' });
});

t.test('a node that fails between its start and its reload refuses the reload', async (t) => {
  const { runner, plan, status } = running();
  let node: Started | undefined;
  const part = (version: number): Part => ({
    options: { version },
    start(context) {
      node = context;
    },
  });
  let open = (): void => {};
  const slow: Part = { refs: { on: ['part'] }, start: () => new Promise<void>((resolve) => (open = resolve)) };
  await runner.boot(plan({ part: part(1) }));
  const first = node;
  const reload = runner.apply(plan({ part: part(2), slow }));
  await settle();

  node?.fail(environment('away', 'the device is away'));
  node?.fail(new Error('a later failure'));
  open();

  await t.rejects(reload, { code: 'away', message: 'the device is away' });
  t.match(status('part'), { state: { is: 'running' }, restarts: 0 });
  t.equal(first?.signal.aborted, false);
  t.equal(node?.signal.aborted, true);
});

t.test('an error during the start is the reason of the failure, even if the start continues', async (t) => {
  const { runner, plan, status } = running();
  let cleaned = 0;
  const part: Part = {
    start(node) {
      node.defer(() => void cleaned++);
      node.fail(environment('away', 'the device is away'));
      return new Promise<void>(() => {});
    },
  };

  await runner.boot(plan({ part }));

  t.match(status('part')?.state, { is: 'failed', why: 'the device is away' });
  t.equal(cleaned, 1);
});
