// Wants, captures and commands travel against the flow of frames, through nodes that know nothing of them.

import t from 'tap';
import { systemClock } from '../../../../core/base/clock.ts';
import { environment, type Fact, type Frame, type Input, type Node } from '../../../../core/contract/plugin.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createInput } from '../../../../core/graph/flow/input.ts';
import { createNodeOutput, type NodeOutput } from '../../../../core/graph/flow/output.ts';
import { graph, type Part, picture } from '../../../support/graph.ts';

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** A source on demand that obeys commands. */
function camera(log: string[] = []): Part {
  return {
    start(node) {
      node.output.announce(node.id);
      node.output.onWant((wanted) => {
        log.push(`want ${wanted}`);
        return () => void log.push(`released ${wanted}`);
      });
      node.output.answer('capture', async () => node.output.stamp(picture('taken')));
      node.output.answer(
        'command',
        async (_camera, { name, args }): Promise<Fact> => ({ done: name, with: args ?? null }),
      );
    },
  };
}

/** A pass-through node as a third party would write it, without code for wants and requests. */
const simple = (from: string): Part => ({
  refs: { from: [from] },
  start: (node) =>
    node.input().each((frame, wait) => node.output.emit(frame, wait), { delivery: 'through', demand: 'none' }),
});

/** The input of a consumer at the end. */
function end(from: string): Part & { input(): Input } {
  let node: Node<Record<string, unknown>> | undefined;
  return {
    refs: { from: [from] },
    start(started) {
      node = started;
    },
    input() {
      if (!node) throw new Error('the consumer has not started');
      return node.input();
    },
  };
}

t.test('wants, captures and commands pass through nodes that only pass frames on', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const log: string[] = [];
  const last = end('c');
  const parts = { cam: camera(log), b: simple('cam'), c: simple('b'), last };
  await made.runner.boot(made.plan(parts));

  const release = last.input().want('cam');
  const frame = await last.input().ask('capture', 'cam', undefined, signal());
  const fact = await last.input().ask('command', 'cam', { name: 'focus', args: 3 }, signal());
  release();

  t.equal(frame.data.toString(), 'taken');
  t.same(fact, { done: 'focus', with: 3 });
  t.same(log, ['want cam', 'released cam']);
  t.equal(last.input().answers('capture', 'cam'), true);
  t.equal(last.input().answers('capture', 'other'), false);
  await t.rejects(last.input().ask('capture', 'other', undefined, signal()), {
    code: 'no-answer',
    blame: 'environment',
  });
});

t.test('a node that answers by itself gets the request, and the nodes before it do not', async (t) => {
  const made = graph();
  t.teardown(() => made.runner.stop());
  const last = end('b');
  const own: Part = {
    refs: { from: ['cam'] },
    start(node) {
      node.input().each((frame) => void node.output.emit(frame), { delivery: 'live', demand: 'none' });
      node.output.answer('command', async () => 'mine');
    },
  };
  await made.runner.boot(made.plan({ cam: camera(), b: own, last }));

  t.equal(await last.input().ask('command', 'cam', { name: 'x' }, signal()), 'mine');
  t.equal((await last.input().ask('capture', 'cam', undefined, signal())).data.toString(), 'taken');
});

/** An output and, when it reads others, the input of its running instance. */
function wired(id: string) {
  const output = createNodeOutput(id, createFlow(systemClock));
  const producer = output.open();
  producer.activate();
  const read = (...outputs: NodeOutput[]): Input => {
    const nothing = (): void => {};
    const control = createInput({
      option: 'from',
      outputs,
      consumer: id,
      onFrame: nothing,
      onSkip: nothing,
      onFull: nothing,
      onRefuse: nothing,
      onAccept: nothing,
      onFail: nothing,
    });
    producer.connect(control);
    return control.input;
  };
  return { output, producer, read };
}

t.test('while links form a circle, questions still end and the cameras outside of it are found', async (t) => {
  const [cam, a, b] = [wired('cam'), wired('a'), wired('b')];
  cam.producer.output.announce('cam');
  cam.producer.output.answer('capture', async () => cam.producer.output.stamp(picture('taken')));
  a.read(b.output, cam.output);
  const input = b.read(a.output);

  t.same(input.cameras(), ['cam']);
  t.same(a.output.cameras(), ['cam']);
  t.equal(input.answers('capture', 'nobody'), false);
  t.equal((await input.ask('capture', 'cam', undefined, signal())).data.toString(), 'taken');
  input.want('cam')();
});

interface Passing {
  readonly made: ReturnType<typeof graph>;
  readonly seen: Frame[];
  readonly last: ReturnType<typeof end>;
  source(): Node<Record<string, unknown>>;
}

async function passing(t: { teardown(work: () => Promise<void>): void }, step: Part['start']): Promise<Passing> {
  const made = graph();
  t.teardown(() => made.runner.stop());
  let node: Node<Record<string, unknown>> | undefined;
  const source: Part = {
    start(started) {
      node = started;
      started.output.announce(started.id);
      started.output.answer('capture', async () => {
        const frame = started.output.stamp(picture('taken'));
        void started.output.emit(frame);
        return frame;
      });
    },
  };
  const seen: Frame[] = [];
  const last = end('step');
  const sink: Part = {
    refs: { from: ['step'] },
    start: (started) => started.input().each((frame) => void seen.push(frame), { delivery: 'live' }),
  };
  await made.runner.boot(made.plan({ cam: source, step: { refs: { from: ['cam'] }, start: step }, sink, last }));
  return {
    made,
    seen,
    last,
    source() {
      if (!node) throw new Error('the source has not started');
      return node;
    },
  };
}

const text = (frames: readonly Frame[]): string[] => frames.map((frame) => frame.data.toString());
const changed = (frame: Frame, to: string): Frame => ({ ...frame, data: Buffer.from(to) });

t.test('a step is applied to frames and, once, to the picture of a capture', async (t) => {
  let steps = 0;
  const { seen, last } = await passing(t, (node) =>
    node.pass(
      async (frame) => {
        steps++;
        return changed(frame, `${frame.data}!`);
      },
      { order: 'live' },
    ),
  );

  const frame = await last.input().ask('capture', 'cam', undefined, signal());

  t.equal(frame.data.toString(), 'taken!');
  t.equal(steps, 1);
  t.same(text(seen), ['taken!']);
});

t.test('a dropped frame is acknowledged and goes no further; a dropped capture fails with the reason', async (t) => {
  const { seen, last, source } = await passing(t, (node) => node.pass(() => undefined, { order: 'every' }));

  await source().output.emit(source().output.stamp(picture('x')), true);
  t.same(seen, []);
  await t.rejects(last.input().ask('capture', 'cam', undefined, signal()), { code: 'frame-dropped' });
});

/** A step that the test finishes. */
function gate() {
  const open: (() => void)[] = [];
  return {
    waiting: () => open.length,
    finish: () => open.shift()?.(),
    step: (frame: Frame): Promise<Frame> => new Promise((resolve) => open.push(() => resolve(frame))),
  };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test(
  'in order "live" the newest frame of a camera waits for the step, in order "every" all of them do',
  async (t) => {
    for (const [order, expected] of [
      ['live', ['1', '4']],
      ['every', ['1', '2', '3', '4']],
    ] as const) {
      const { step, waiting, finish } = gate();
      const { seen, source } = await passing(t, (node) => node.pass(step, { order }));

      for (const one of ['1', '2', '3', '4']) void source().output.emit(source().output.stamp(picture(one)));
      for (; waiting() > 0; await turn()) finish();

      t.same(text(seen), expected, order);
    }
  },
);

t.test('frames that must be acknowledged all go through the step, side by side for several cameras', async (t) => {
  const { step, waiting, finish } = gate();
  const { seen, source } = await passing(t, (node) => node.pass(step, { order: 'live', parallel: 2 }));
  const answers = ['a1', 'a2', 'b1'].map((one) =>
    source().output.emit(source().output.stamp(picture(one, one.slice(0, 1))), true),
  );

  await turn();
  t.equal(waiting(), 2, 'a and b, and of each one at a time');
  for (; waiting() > 0; await turn()) finish();
  await Promise.all(answers);

  t.same(text(seen).sort(), ['a1', 'a2', 'b1']);
});

t.test('a refusal of the step reaches the source that waits; a bug fails the node', async (t) => {
  let cause: unknown = environment('torn', 'The picture is torn.');
  const { made, source } = await passing(t, (node) => node.pass(() => Promise.reject(cause), { order: 'live' }));
  const send = (): Promise<void> => source().output.emit(source().output.stamp(picture('x')), true);

  await t.rejects(send(), { code: 'torn' });
  cause = new TypeError('bug');
  await t.rejects(send(), { message: 'bug' });

  t.equal(made.runner.status().find(({ id }) => id === 'step')?.restarts === 0, true);
  t.match(
    made.runner.status().find(({ id }) => id === 'step'),
    { state: { is: 'failed', why: 'bug' } },
  );
});
