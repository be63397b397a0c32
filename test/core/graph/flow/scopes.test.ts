// Captures that need a service out of the way: it is suspended once, and resumes whatever happens.

import t from 'tap';
import { type Input, type Node, openScope, type Ref, type Service } from '../../../../core/contract/plugin.ts';
import { graph, type Part, picture } from '../../../support/graph.ts';

const patience = (): AbortSignal => AbortSignal.timeout(20_000);

/** A service that counts, and writes what it does to the log. */
const service = (log: string[], broken = false): Part => ({
  start: (node) => ({
    service: {
      async suspend() {
        log.push(`stop ${node.id}`);
        if (broken) throw new Error('it does not stop');
        return async () => {
          log.push(`start ${node.id}`);
        };
      },
    },
  }),
});

/** A camera that needs its services out of the way; each capture ends when `finish` is called. */
function camera(services: readonly string[], log: string[]) {
  const open: { done(): void; fail(cause: unknown): void }[] = [];
  const part: Part = {
    refs: { while: services },
    start(node) {
      const refs = node.refs('while', 'service');
      node.output.announce('cam');
      node.output.announce('other');
      node.output.answer('capture', async (id, scope, signal) => {
        for (const ref of refs) await scope?.enter(ref);
        await new Promise<void>((resolve, reject) => {
          open.push({ done: resolve, fail: reject });
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
        log.push(`taken ${id}`);
        return node.output.stamp(picture('taken', id));
      });
    },
  };
  const next = async () => {
    while (open.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return open.shift();
  };
  return {
    part,
    finish: async () => (await next())?.done(),
    fail: async (cause: unknown) => (await next())?.fail(cause),
  };
}

interface Ending {
  teardown(work: () => Promise<void>): void;
}

async function started(
  t: Ending,
  parts: Record<string, Part>,
): Promise<{ input: Input; refs: readonly Ref<Service>[]; stop(): Promise<void> }> {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let node: Node<Record<string, unknown>> | undefined;
  const asker: Part = {
    refs: { from: ['latest'], services: ['one', 'two'] },
    start(context) {
      node = context;
    },
  };
  const latest: Part = {
    refs: { from: ['cam'] },
    start: (context) => context.pass((frame) => frame, { order: 'live' }),
  };
  await made.runner.boot(made.plan({ ...parts, latest, asker }));
  if (!node) throw new Error('the asker has not started');
  return { input: node.input(), refs: node.refs('services', 'service'), stop: () => made.runner.stop() };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

t.test(
  'captures of one scope suspend a service once, and services resume in reverse when the scope ends',
  async (t) => {
    const log: string[] = [];
    const cam = camera(['one', 'two'], log);
    const { input } = await started(t, { one: service(log), two: service(log), cam: cam.part });
    const { scope, end } = openScope(patience());

    const both = Promise.all(['cam', 'other'].map((id) => input.ask('capture', id, scope, patience())));
    await cam.finish();
    await cam.finish();
    await both;
    t.notMatch(log.join(), /start/);
    await end();

    t.same(log, ['stop one', 'stop two', 'taken cam', 'taken other', 'start two', 'start one']);
  },
);

t.test('a capture without a scope has one of its own, also when it fails or is given up', async (t) => {
  const log: string[] = [];
  const cam = camera(['one'], log);
  const { input } = await started(t, { one: service(log), two: service(log), cam: cam.part });

  const good = input.ask('capture', 'cam', undefined, patience());
  await cam.finish();
  await good;
  const bad = input.ask('capture', 'cam', undefined, patience());
  await cam.fail(new Error('no picture'));
  await t.rejects(bad, { message: 'no picture' });
  const control = new AbortController();
  const gone = input.ask('capture', 'cam', undefined, control.signal);
  gone.catch(() => {});
  while (log.filter((line) => line === 'stop one').length < 3) await settled();
  control.abort(new Error('gone'));
  await t.rejects(gone, { message: 'gone' });
  while (log.filter((line) => line === 'start one').length < 3) await settled();

  t.same(log, ['stop one', 'taken cam', 'start one', 'stop one', 'start one', 'stop one', 'start one']);
});

t.test('a service does not resume in the middle of a capture that another caller still waits for', async (t) => {
  const log: string[] = [];
  const cam = camera(['one'], log);
  const { input } = await started(t, { one: service(log), two: service(log), cam: cam.part });
  const [first, second] = [openScope(patience()), openScope(patience())];
  const control = new AbortController();

  const leaves = input.ask('capture', 'cam', first.scope, control.signal);
  const stays = input.ask('capture', 'cam', second.scope, patience());
  while (log.length === 0) await settled();
  control.abort(new Error('gone'));
  await t.rejects(leaves, { message: 'gone' });
  const ended = first.end();
  await settled();
  t.same(log, ['stop one']);
  await cam.finish();
  await stays;
  await ended;

  t.same(log, ['stop one', 'taken cam', 'start one']);
  await second.end();
});

t.test('a service that does not stop fails the capture; one that is not running is reported', async (t) => {
  const log: string[] = [];
  const cam = camera(['one'], log);
  const { input, refs } = await started(t, { one: service(log, true), two: service(log), cam: cam.part });

  await t.rejects(input.ask('capture', 'cam', undefined, patience()), { message: 'it does not stop' });
  const { scope, end } = openScope(patience());
  const [, two] = refs;
  if (!two) throw new Error('no reference');
  await t.rejects(scope.enter({ ...two, id: 'two', current: () => undefined, bind() {} }), { code: 'service-away' });
  await end();

  t.same(log, ['stop one']);
});
