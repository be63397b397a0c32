// The limits of what waits between nodes, each reached once: frames for consumers that are away or busy, and counted cameras.

import t from 'tap';
import { systemClock } from '../../../../core/base/clock.ts';
import type { Frame } from '../../../../core/contract/frame.ts';
import { MAX_MISSED } from '../../../../core/graph/flow/deliver.ts';
import { createFlow } from '../../../../core/graph/flow/flow.ts';
import { createNodeOutput } from '../../../../core/graph/flow/output.ts';
import { createSequence, MAX_COUNTED_CAMERAS } from '../../../../core/graph/flow/sequence.ts';
import { createSubscription, MAX_WAITING_CAMERAS } from '../../../../core/graph/flow/subscription.ts';
import { picture } from '../../../support/graph.ts';

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `camera-${index}`);

/** An output with one running instance; `shoot` sends a frame that does not wait. */
function output() {
  const node = createNodeOutput('a', createFlow(systemClock, { of: () => () => {} }));
  const producer = node.open();
  producer.activate();
  const shoot = (camera: string, text = 'x') => void producer.output.emit(producer.output.stamp(picture(text, camera)));
  return { node, shoot };
}

/** A consumer that keeps what it is handed; with `busy` it is never done with its first frame. */
function consumer(busy = false) {
  const frames: Frame[] = [];
  const skipped: Frame[] = [];
  let finish = (): void => {};
  const first = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const subscription = createSubscription({
    delivery: 'live',
    handler(frame) {
      frames.push(frame);
      return busy && frames.length === 1 ? first : undefined;
    },
    onSkip: (frame) => void skipped.push(frame),
    onFull() {},
    onFail() {},
  });
  return { subscription, frames, skipped, finish };
}

const texts = (frames: readonly Frame[]): string[] => frames.map(({ camera, data }) => `${camera} ${data}`);

t.test('a consumer that returns receives the newest missed frame of each camera once', async (t) => {
  const { node, shoot } = output();
  const [present, late, watcher] = [consumer(), consumer(), consumer()];
  node.expect(
    new Map([
      ['present', 'live'],
      ['late', 'live'],
    ]),
  );
  node.add(present.subscription, 'present');

  shoot('front', 'old');
  shoot('front', 'new');
  shoot('yard', 'only');
  node.add(watcher.subscription);
  node.add(late.subscription, 'late');
  node.remove(late.subscription);
  node.add(late.subscription, 'late');

  t.same(texts(present.frames), ['front old', 'front new', 'yard only']);
  t.same(texts(late.frames), ['front new', 'yard only']);
  t.same(watcher.frames, [], 'no frame waits for a watcher');
});

t.test('no frame is kept while every consumer is present, or when none is expected any more', async (t) => {
  const { node, shoot } = output();
  const one = consumer();
  node.expect(new Map([['one', 'live']]));
  node.add(one.subscription, 'one');

  shoot('front', 'seen');
  node.remove(one.subscription);
  shoot('front', 'missed');
  node.expect(new Map());
  node.expect(new Map([['one', 'live']]));
  node.add(one.subscription, 'one');

  t.same(texts(one.frames), ['front seen']);
});

t.test('for a consumer that is away frames of MAX_MISSED cameras are kept, and newer ones of those', async (t) => {
  const { node, shoot } = output();
  const late = consumer();
  node.expect(new Map([['late', 'live']]));

  for (const camera of numbered(MAX_MISSED + 5)) shoot(camera);
  shoot('camera-0', 'newer');
  node.add(late.subscription, 'late');

  t.equal(late.frames.length, MAX_MISSED);
  t.equal(texts(late.frames)[0], 'camera-0 newer');
  t.notOk(late.frames.some(({ camera }) => camera === `camera-${MAX_MISSED}`));
});

t.test('for a busy consumer frames of MAX_WAITING_CAMERAS cameras wait, and others are skipped', async (t) => {
  const { node, shoot } = output();
  const busy = consumer(true);
  node.add(busy.subscription, 'busy');

  shoot('first');
  for (const camera of numbered(MAX_WAITING_CAMERAS + 2)) shoot(camera);
  shoot('camera-0', 'newer');
  busy.finish();
  await new Promise(setImmediate);

  t.same(
    texts(busy.skipped),
    [`camera-${MAX_WAITING_CAMERAS} x`, `camera-${MAX_WAITING_CAMERAS + 1} x`, 'camera-0 x'],
    'those without a place, and the older one of a camera that has its place',
  );
  t.equal(busy.frames.length, 1 + MAX_WAITING_CAMERAS);
  t.equal(texts(busy.frames)[1], 'camera-0 newer');
});

t.test(
  'frames of MAX_COUNTED_CAMERAS cameras are numbered; past that the camera counted first starts anew',
  async (t) => {
    const sequence = createSequence();

    for (const camera of numbered(MAX_COUNTED_CAMERAS)) sequence.next(camera);
    t.equal(sequence.next('camera-0'), 2, 'all of them are remembered');
    t.equal(sequence.next('one too many'), 1);

    t.equal(sequence.next('camera-0'), 1, 'the camera counted first is forgotten');
    t.equal(sequence.next('camera-2'), 2, 'and no other than the two that were in the way');
    t.equal(sequence.next('one too many'), 2);
  },
);
