// Nodes that transform frames: which frames the step gets, their order, and the result for the sender.

import t from 'tap';
import type { Frame, FrameHandler, PassOptions, PassStep } from '../../../../core/contract/plugin.ts';
import { environment, misuse } from '../../../../core/contract/problems.ts';
import { openScope } from '../../../../core/contract/scope.ts';
import { MAX_HELD_CAMERAS, MAX_QUEUED, type Pass, passFrames } from '../../../../core/graph/flow/pass.ts';
import { makeFrame } from '../../../../testing/frame.ts';

const data = Buffer.alloc(1);
const frame = (camera: string, seq: number): Frame => makeFrame(camera, seq, { data });
const nameOf = ({ camera, seq }: Frame): string => `${camera}${seq}`;
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** A step that ends on a frame when the test says so. */
function slowStep() {
  const begun: string[] = [];
  const ends = new Map<string, { done(out: Frame | undefined): void; fail(cause: unknown): void }>();
  const step: PassStep = (one) => {
    begun.push(nameOf(one));
    return new Promise((resolve, reject) => ends.set(nameOf(one), { done: () => resolve(one), fail: reject }));
  };
  return {
    begun,
    step,
    async end(name: string) {
      ends.get(name)?.done(undefined);
      await turns();
    },
    async fail(name: string, cause: unknown) {
      ends.get(name)?.fail(cause);
      await turns();
    },
  };
}

/** One node between what the test pushes and what it sees come out. */
function passing(
  how: PassOptions,
  step: PassStep,
  emit: (frame: Frame, wait?: boolean) => Promise<void> = async () => {},
) {
  const sent: string[] = [];
  const failures: unknown[] = [];
  const refused: unknown[] = [];
  const wants: string[] = [];
  let skipped = 0;
  let push: FrameHandler = () => undefined;
  let want =
    (_camera: string | undefined): (() => void) =>
    () => {};
  let capture: ((camera: string) => Promise<Frame>) | undefined;
  let covers = (_camera: string): boolean => false;
  const upstream = new Map<string, Frame>();
  const { scope } = openScope(new AbortController().signal);
  const { signal } = new AbortController();
  const pass: Partial<Record<keyof Pass, unknown>> = {
    id: 'small',
    input: {
      each(handler: FrameHandler) {
        push = handler;
      },
      want(camera: string | undefined) {
        wants.push(`+${camera}`);
        return () => wants.push(`-${camera}`);
      },
      answers: (_kind: string, camera: string) => upstream.has(camera),
      ask: async (_kind: string, camera: string) => upstream.get(camera),
    },
    output: {
      emit(one: Frame, wait?: boolean) {
        sent.push(`${nameOf(one)}${wait ? ' waits' : ''}`);
        return emit(one, wait);
      },
      onWant(handler: typeof want) {
        want = handler;
      },
      answer(_kind: string, handler: (...all: unknown[]) => Promise<Frame>, has: typeof covers) {
        capture = (camera) => handler(camera, scope, signal);
        covers = has;
      },
    },
    step,
    how,
    signal,
    onSkip: () => skipped++,
    onRefuse: (cause: unknown) => refused.push(cause),
    fail: (cause: unknown) => failures.push(cause),
  };
  const control = passFrames(pass as unknown as Pass);
  return {
    ...control,
    sent,
    failures,
    refused,
    wants,
    upstream,
    skipped: () => skipped,
    push: (one: Frame, wait = false) => push(one, wait),
    want: (camera?: string) => want(camera),
    capture: (camera: string) => (capture ? capture(camera) : Promise.reject(new Error('it answers nothing'))),
    covers: (camera: string) => covers(camera),
  };
}

async function answerOf(work: Promise<unknown> | undefined | void): Promise<string> {
  let state = 'waits';
  Promise.resolve(work).then(
    () => {
      state = 'taken';
    },
    (cause: Error) => {
      state = cause.message;
    },
  );
  await turns();
  return state;
}

/** The final result for the sender. */
const reasonOf = (work: Promise<unknown> | undefined | void): Promise<string> =>
  Promise.resolve(work).then(
    () => 'taken',
    (cause: Error) => cause.message,
  );

t.test('the frame of a synchronous step is sent at once', async (t) => {
  const node = passing({ order: 'every' }, (one) => (one.seq === 2 ? undefined : one));

  t.equal(node.push(frame('a', 1)), undefined, 'a camera gets no result');
  t.equal(node.push(frame('a', 2), true), undefined, 'a dropped frame counts as taken');
  const answer = node.push(frame('a', 3), true);

  t.same(node.sent, ['a1', 'a3 waits']);
  t.equal(await answerOf(answer), 'taken');
});

t.test('of a live camera only the newest frame waits for the step', async (t) => {
  const { begun, step, end } = slowStep();
  const node = passing({ order: 'live' }, step);

  for (const seq of [1, 2, 3]) node.push(frame('a', seq));
  node.push(frame('b', 1));
  t.same(begun, ['a1']);
  t.equal(node.skipped(), 1);
  await end('a1');
  t.same(begun, ['a1', 'a3'], 'the camera with the longest wait is next');
  node.push(frame('a', 4));
  await end('a3');
  t.same(begun, ['a1', 'a3', 'b1']);
  await end('b1');
  await end('a4');

  t.same(begun, ['a1', 'a3', 'b1', 'a4']);
  t.same(node.sent, ['a1', 'a3', 'b1', 'a4']);
  t.equal(node.skipped(), 1);
});

t.test('the step works on the configured number of cameras at a time, with one frame of each', async (t) => {
  for (const order of ['live', 'every'] as const) {
    const { begun, step, end } = slowStep();
    const node = passing({ order, parallel: 2 }, step);

    for (const one of [frame('a', 1), frame('a', 2), frame('b', 1), frame('c', 1)]) node.push(one);
    t.same(begun, ['a1', 'b1'], order);
    await end('b1');
    t.same(begun, ['a1', 'b1', 'c1'], order);
    await end('a1');
    t.same(begun, ['a1', 'b1', 'c1', 'a2'], order);
  }
});

t.test('frames in order are all processed, and their senders get their results one by one', async (t) => {
  const { begun, step, end } = slowStep();
  const node = passing({ order: 'every' }, step);

  const [one, two] = [node.push(frame('a', 1), true), node.push(frame('a', 2), true)];
  t.same(begun, ['a1']);
  t.equal(await answerOf(one), 'waits');
  await end('a1');
  t.equal(await answerOf(one), 'taken');
  t.equal(await answerOf(two), 'waits');
  await end('a2');
  t.equal(await answerOf(two), 'taken');

  t.same(node.sent, ['a1 waits', 'a2 waits']);
  t.equal(node.skipped(), 0);
});

t.test('the sender waits for the consumers behind the node, the next frame does not', async (t) => {
  let finish = (): void => {};
  const slow = (): Promise<void> =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const { step, begun, end } = slowStep();
  const node = passing({ order: 'every' }, step, slow);

  const one = node.push(frame('a', 1), true);
  node.push(frame('a', 2), false);
  await end('a1');
  t.equal(await answerOf(one), 'waits');
  t.same(begun, ['a1', 'a2']);
  finish();
  t.equal(await answerOf(one), 'taken');
  await end('a2');
  t.same(node.sent, ['a1 waits', 'a2'], 'the sender of each frame decides whether to wait for the result');
});

t.test('one camera is processed at a time, also if all frames must stay in order', async (t) => {
  const { begun, step, end } = slowStep();
  const node = passing({ order: 'every' }, step);

  for (const camera of ['a', 'b']) node.push(frame(camera, 1));
  t.same(begun, ['a1']);
  await end('a1');

  t.same(begun, ['a1', 'b1']);
});

t.test('a waiting sender receives a refusal from behind the node, even if the step is synchronous', async (t) => {
  for (const order of ['live', 'every'] as const) {
    const node = passing(
      { order },
      (one) => one,
      (_frame, wait) => (wait ? Promise.reject(new Error('the disk is full')) : Promise.resolve()),
    );

    t.equal(await reasonOf(node.push(frame('a', 1), true)), 'the disk is full', order);
    t.equal(await reasonOf(node.push(frame('a', 2))), 'taken', order);
    t.same(node.sent, ['a1 waits', 'a2'], order);
  }
});

t.test('a live frame does not wait behind frames in order that wait for another camera', async (t) => {
  const { begun, step, end } = slowStep();
  const node = passing({ order: 'live', parallel: 2 }, step);

  node.push(frame('a', 1), true);
  node.push(frame('a', 2), true);
  node.push(frame('b', 1));
  t.same(begun, ['a1', 'b1']);
  await end('a1');

  t.same(begun, ['a1', 'b1', 'a2']);
  t.equal(node.skipped(), 0);
});

t.test('the refusal of a consumer is reported to the sender, and does not fail the node', async (t) => {
  const { step, end } = slowStep();
  const node = passing({ order: 'every' }, step, () => Promise.reject(new Error('the disk is full')));

  const reason = reasonOf(node.push(frame('a', 1), true));
  await end('a1');

  t.equal(await reason, 'the disk is full');
  t.same(node.failures, []);
});

t.test('frames in order above the limit are refused, or skipped if no sender waits', async (t) => {
  const { step, end } = slowStep();
  const node = passing({ order: 'every' }, step);
  for (let seq = 0; seq <= MAX_QUEUED; seq++) node.push(frame('a', seq), true);

  t.equal(await answerOf(node.push(frame('a', 1000))), 'taken');
  t.equal(node.skipped(), 1);
  t.equal(
    await answerOf(node.push(frame('a', 1001), true)),
    `${MAX_QUEUED} frames wait for small. Send this one again later.`,
  );
  await end('a0');
  t.equal(await answerOf(node.push(frame('a', 1002), true)), 'waits', 'a place is free again');
  t.equal(node.skipped(), 1);
});

t.test('the number of live cameras with a waiting frame is limited', async (t) => {
  const { step } = slowStep();
  const node = passing({ order: 'live' }, step);
  node.push(frame('first', 1));
  for (let index = 0; index < MAX_HELD_CAMERAS; index++) node.push(frame(`c${index}`, 1));
  t.equal(node.skipped(), 0);

  node.push(frame('more', 1));
  t.equal(node.skipped(), 1);
  node.push(frame('c0', 2));
  t.equal(node.skipped(), 2, 'the older one is skipped');
});

t.test('an environment error refuses one frame, any other error fails the node', async (t) => {
  const broken = environment('broken', 'not this one');
  for (const cause of [broken, misuse('no-folder', 'there is no such folder'), new Error('a bug')]) {
    const failed = cause === broken ? [] : [cause];
    const atOnce = passing({ order: 'live' }, () => {
      throw cause;
    });
    atOnce.push(frame('a', 1));
    t.same([atOnce.refused, atOnce.failures], [[cause], failed], 'a live frame, at once');
    t.equal(await answerOf(atOnce.push(frame('a', 2), true)), cause.message);
    t.same(atOnce.failures, [...failed, ...failed]);

    const { step, fail, begun, end } = slowStep();
    const slow = passing({ order: 'live' }, step);
    slow.push(frame('a', 1));
    slow.push(frame('a', 2));
    await fail('a1', cause);
    t.same([slow.refused, slow.failures], [[cause], failed], 'a live frame, later');
    t.same(begun, ['a1', 'a2'], 'the next frame is processed');
    await end('a2');

    const reason = reasonOf(slow.push(frame('a', 3), true));
    await fail('a3', cause);
    t.equal(await reason, cause.message);
    t.equal(slow.failures.length, 2 * failed.length, 'one that is waited for');
  }
});

t.test('while no consumer wants a camera, its newest frame waits', async (t) => {
  const node = passing({ order: 'live', work: 'wanted' }, (one) => one);

  for (const one of [frame('a', 1), frame('a', 2), frame('b', 1)]) node.push(one);
  t.same(node.sent, []);
  t.equal(node.skipped(), 0, 'nobody has missed one');
  const [release, again] = [node.want('a'), node.want('a')];
  t.same(node.sent, ['a2'], 'at once');
  node.push(frame('a', 3));
  node.push(frame('b', 2));
  t.same(node.sent, ['a2', 'a3']);
  release();
  node.push(frame('a', 4));
  t.same(node.sent, ['a2', 'a3', 'a4'], 'another one wants it still');
  again();
  node.push(frame('a', 5));
  t.same(node.sent, ['a2', 'a3', 'a4']);
  node.want();
  t.same(node.sent.slice(3).sort(), ['a5', 'b2'], 'a caller that wants all cameras gets all');

  t.same(node.wants, ['+a', '+a', '-a', '-a', '+undefined']);
});

t.test('a capture is answered from further up, or with the frame that waits', async (t) => {
  const node = passing({ order: 'live', work: 'wanted' }, (one) => (one.seq === 9 ? undefined : one));

  await t.rejects(node.capture('a'), { code: 'no-answer', message: 'small has no frame of the camera a.' });
  t.equal(node.covers('a'), false);
  node.push(frame('a', 1));
  t.equal(node.covers('a'), true);
  t.equal(nameOf(await node.capture('a')), 'a1');
  node.upstream.set('a', frame('a', 2));
  t.equal(nameOf(await node.capture('a')), 'a2');
  node.upstream.set('a', frame('a', 9));
  await t.rejects(node.capture('a'), {
    code: 'frame-dropped',
    message: 'small dropped the picture of the camera a.',
  });
});

t.test('a frame that comes twice runs the step once while it runs', async (t) => {
  const { step, begun, end } = slowStep();
  const node = passing({ order: 'live', parallel: 2 }, step);
  const one = frame('a', 1);

  node.push(one);
  const captured = node.captured(one, new AbortController().signal);
  t.same(begun, ['a1']);
  await end('a1');

  t.equal(await captured, one);
  t.same(begun, ['a1']);
});

t.test('idle waits for what runs and for what waits in order', async (t) => {
  const { step, end } = slowStep();
  const node = passing({ order: 'every' }, step);
  t.equal(await answerOf(node.idle()), 'taken');

  node.push(frame('a', 1), true);
  node.push(frame('a', 2), true);
  const idle = node.idle();

  t.equal(await answerOf(idle), 'waits');
  await end('a1');
  t.equal(await answerOf(idle), 'waits');
  await end('a2');
  t.equal(await answerOf(idle), 'taken');
});
