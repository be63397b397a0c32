// The input of a node: when frames arrive, from which nodes, and the handling of cameras that have left.

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
  const events: string[] = [];
  const failures: unknown[] = [];
  let received = 0;
  const control = createInput({
    option: 'from',
    outputs,
    consumer: 'viewer',
    onFrame: () => received++,
    onSkip: () => events.push('skipped'),
    onFull: (is) => events.push(is ? 'full' : 'room'),
    onRefuse: () => events.push('refused'),
    onAccept: () => events.push('accepted'),
    onFail: (cause) => failures.push(cause),
  });
  const each = (
    delivery: Delivery = 'live',
    more: Partial<Parameters<Input['each']>[1]> = {},
    handler?: FrameHandler,
  ) => control.input.each(handler ?? (({ camera }) => void seen.push(camera)), { delivery, ...more });
  return { ...control, each, seen, events, failures, received: () => received };
}

t.test('frames arrive while the input is attached, whether its handler was set before or after', async (t) => {
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

t.test('an input accepts one handler, and subscribes to all cameras by default', (t) => {
  const cam = source('cam');
  const { each, attach } = viewer(cam.output);
  each('live', { demand: 'none' });
  attach();

  t.same(cam.output.wanted(), []);
  t.throws(() => each(), { message: 'an input accepts only one handler' });
  t.end();
});

t.test('after a change frames arrive from other nodes without a gap', async (t) => {
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
  t.same(seen, ['door', 'door'], 'the camera is back');
});

t.test('a frame whose sender waits is accepted although its camera has left', async (t) => {
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

t.test('without a handler an input takes no frames, but its requests count', async (t) => {
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

t.test('listeners are notified of cameras that leave, even if another listener throws', (t) => {
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
  t.equal(left.length, 2, 'no listener is left');
  t.end();
});

t.test('events of the subscription reach the node', async (t) => {
  const cam = source('cam');
  const { each, attach, events, failures } = viewer(cam.output);
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
  t.same(events, ['skipped', 'full']);
  finish();
  await Promise.allSettled(sent);

  t.same(events, ['skipped', 'full', 'accepted', 'room', 'refused']);
  t.same(failures, [bug]);
});

t.test('a handler can receive frames of several cameras in parallel', async (t) => {
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

t.test('a closed input has no requests', (t) => {
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
