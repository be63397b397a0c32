// The input of a node: when frames come, from where, and what becomes of cameras that have left.

import t from 'tap';
import type { Delivery, FrameHandler, Input } from '../../../../core/contract/plugin.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createInput } from '../../../../core/graph/flow/input.ts';
import { createNodeOutput, type NodeOutput } from '../../../../core/graph/flow/output.ts';
import { picture } from '../../../support/graph.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const flow = createFlow(manualClock().clock, { of: () => () => {} });

function source(id: string, ...cameras: readonly string[]) {
  const output = createNodeOutput(id, flow);
  const producer = output.open();
  for (const camera of cameras) producer.output.announce(camera);
  producer.activate();
  const send = (camera = id, wait = false) =>
    producer.output.emit(producer.output.stamp(picture(camera, camera)), wait);
  return { ...producer, output, send, inside: producer.output };
}

function viewer(...outputs: readonly NodeOutput[]) {
  const seen: string[] = [];
  const told: string[] = [];
  const failures: unknown[] = [];
  let received = 0;
  const control = createInput({
    option: 'from',
    outputs,
    consumer: 'viewer',
    onFrame: () => received++,
    onSkip: () => told.push('skipped'),
    onFull: (is) => told.push(is ? 'full' : 'room'),
    onRefuse: () => told.push('refused'),
    onAccept: () => told.push('accepted'),
    onFail: (cause) => failures.push(cause),
  });
  const each = (
    delivery: Delivery = 'live',
    more: Partial<Parameters<Input['each']>[1]> = {},
    handler?: FrameHandler,
  ) => control.input.each(handler ?? (({ camera }) => void seen.push(camera)), { delivery, ...more });
  return { ...control, each, seen, told, failures, received: () => received };
}

t.test('frames come while the input is attached, whether its handler came before or after', async (t) => {
  for (const first of ['handler', 'attached'] as const) {
    const cam = source('cam');
    const { each, attach, detach, seen, received } = viewer(cam.output);
    if (first === 'handler') each();
    attach();
    if (first === 'attached') each();
    t.same(cam.output.consumers(), ['viewer'], first);
    t.same(cam.output.wanted(), [''], first);

    await cam.send();
    detach();
    await cam.send();

    t.same(seen, ['cam'], first);
    t.equal(received(), 1);
    t.same([cam.output.consumers(), cam.output.wanted()], [[], []], first);
    attach();
    await cam.send();
    t.same(seen, ['cam', 'cam'], first);
    t.same([cam.output.consumers(), cam.output.wanted()], [['viewer'], ['']], first);
  }
});

t.test('an input takes one handler, and asks for all cameras unless it says otherwise', (t) => {
  const cam = source('cam');
  const { each, attach } = viewer(cam.output);
  each('live', { demand: 'none' });
  attach();

  t.same(cam.output.wanted(), []);
  t.throws(() => each(), { message: 'an input accepts only one handler' });
  t.end();
});

t.test('frames come from other nodes after a change, without a gap', async (t) => {
  const [one, two, three] = [source('one'), source('two'), source('three')];
  const { each, attach, retarget, seen, input, outputs } = viewer(one.output, two.output);
  each();
  attach();
  const release = input.want('door');

  retarget([two.output, three.output]);
  for (const { send } of [one, two, three]) await send();

  t.same(seen, ['two', 'three']);
  t.same(outputs(), [two.output, three.output]);
  t.same(
    [one, two, three].map(({ output }) => output.wanted()),
    [[], ['', 'door'], ['', 'door']],
  );
  release();
  t.same(three.output.wanted(), ['']);
});

t.test('before it is attached other nodes are only noted', async (t) => {
  const [one, two] = [source('one'), source('two')];
  const { each, attach, detach, retarget, seen } = viewer(one.output);
  each();

  retarget([two.output]);
  await two.send();
  t.same([two.output.consumers(), seen], [[], []]);
  attach();
  await two.send();
  await one.send();
  t.same(seen, ['two']);
  detach();
  retarget([one.output]);
  await one.send();
  t.same([one.output.consumers(), seen], [[], ['two']], 'nor after it is detached');
});

t.test('the cameras of all nodes before it, sorted', (t) => {
  const { input } = viewer(source('one', 'yard', 'door').output, source('two', 'gate', 'door').output);

  t.same(input.cameras(), ['door', 'gate', 'yard']);
  t.end();
});

t.test('a frame of a camera that has left is too late, until the camera is back', async (t) => {
  const cam = source('cam', 'door');
  const { each, attach, leave, seen } = viewer(cam.output);
  each('through');
  attach();
  await cam.send('door');

  // A node that passes frames on: the camera is known to the node before it alone.
  cam.inside.withdraw('door');
  cam.connect(viewer());
  leave(['door']);
  await cam.send('door');
  t.same(seen, ['door']);
  cam.inside.announce('door');
  await cam.send('door');
  t.same(seen, ['door', 'door'], 'it is there again');
});

t.test('a frame that somebody waits for is taken though its camera has left', async (t) => {
  const cam = source('cam', 'door');
  const { each, attach, leave, seen } = viewer(cam.output);
  each('through');
  attach();
  cam.inside.withdraw('door');
  cam.connect(viewer());
  leave(['door']);

  await cam.send('door');
  await cam.send('door', true);
  t.same(seen, ['door']);
  await cam.send('gate');

  t.same(seen, ['door', 'gate'], 'other cameras are as before');
});

t.test('before it has a handler, nothing is taken and the wants of the node count all the same', async (t) => {
  const [one, two] = [source('one'), source('two')];
  const { attach, detach, retarget, input, drain } = viewer(one.output);

  attach();
  input.want('door');
  retarget([two.output]);

  t.same([two.output.consumers(), two.output.wanted()], [[], ['door']]);
  await drain();
  detach();
  t.same(two.output.wanted(), ['door']);
});

t.test('listeners are told of cameras that leave, and one that throws keeps it from nobody', (t) => {
  const { input, leave, failures, close } = viewer(source('cam').output);
  const left: string[] = [];
  const broken = new Error('no');
  input.onLeft(() => {
    throw broken;
  });
  input.onLeft((cameras) => left.push(...cameras));

  leave(['door', 'gate']);
  t.same([left, failures], [['door', 'gate'], [broken]]);
  close();
  leave(['yard']);
  t.equal(left.length, 2, 'nobody listens any more');
  t.end();
});

t.test('what the subscription tells reaches the node', async (t) => {
  const cam = source('cam');
  const { each, attach, told, failures } = viewer(cam.output);
  let finish = (): void => {};
  const bug = new Error('a bug');
  let frames = 0;
  each('every', { queue: 1 }, () => {
    if (++frames > 1) throw bug;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  attach();

  const sent = [cam.send(), cam.send(), cam.send()];
  t.same(told, ['skipped', 'full']);
  finish();
  await Promise.allSettled(sent);

  t.same(told, ['skipped', 'full', 'accepted', 'room', 'refused']);
  t.same(failures, [bug]);
});

t.test('several frames of different cameras at a time, where the handler asks for it', async (t) => {
  const cam = source('cam');
  const { each, attach, drain } = viewer(cam.output);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  each('every', { parallel: 2 }, ({ camera }) => {
    begun.push(camera);
    return new Promise((resolve) => ends.push(resolve));
  });
  attach();

  for (const camera of ['a', 'b', 'c']) void cam.send(camera);
  t.same(begun, ['a', 'b']);
  const drained = drain();
  while (ends.length > 0) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await drained;
  t.same(begun, ['a', 'b', 'c']);
});

t.test('requests go to the first node that answers', async (t) => {
  const [one, two] = [source('one', 'door'), source('two', 'door', 'gate')];
  two.inside.answer('command', async () => ({ from: 'two' }));
  const { input } = viewer(one.output, two.output);
  const ask = (camera: string) => input.ask('command', camera, { name: 'focus' }, AbortSignal.timeout(20_000));

  t.same(await ask('door'), { from: 'two' });
  t.equal(input.answers('command', 'door'), true);
  t.equal(input.answers('capture', 'door'), false);
  await t.rejects(ask('yard'), { code: 'no-answer' });
});

t.test('a closed input wants nothing any more', (t) => {
  const cam = source('cam');
  const { input, close, want } = viewer(cam.output);
  const release = want('door');
  input.want(undefined);

  close();
  t.same(cam.output.wanted(), []);
  release();
  t.same(cam.output.wanted(), []);
  t.end();
});
