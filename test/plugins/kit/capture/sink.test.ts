// Feeds and sinks of sources on a virtual clock: counters, reports, and the recipients of pictures.

import { getEventListeners } from 'node:events';
import t from 'tap';
import type { ParserFactory } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { type FeedOptions, keepOpen, type Opening } from '../../../../plugins/kit/capture/feed.ts';
import { publishFrames, type Sink, type SourceNode } from '../../../../plugins/kit/capture/sink.ts';
import { publishSnapshots } from '../../../../plugins/kit/capture/snapshots.ts';
import { demand, fake, hand, image, patience, watch } from '../../../support/fake-source.ts';
import { settle } from '../../../support/manual-clock.ts';

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** "reason: text" is skipped for that reason, "nothing" is read and ignored, anything else is a picture. */
const words: ParserFactory = (sink) => ({
  push(chunk) {
    const [reason = '', text] = chunk.toString().split(': ');
    if (reason === 'nothing') return;
    if (text === undefined) sink.image(image(reason));
    else sink.skipped(chunk.length, reason);
  },
  end: () => sink.skipped(1, 'end'),
});

/** A feed that the test fills. `connects`: it begins with the first bytes instead of at once. */
function feed(more: Partial<FeedOptions> = {}, parser = words, connects = false) {
  const world = fake(parser);
  let lost = 0;
  const node: SourceNode = Object.assign(Object.create(world.node), {
    lost: (count: number) => {
      lost += count;
    },
  });
  const seen = watch(world);
  const openings: Opening[] = [];
  let push = (_text: string): void => {};
  let end = (_cause?: unknown): void => {};
  let signals: AbortSignal | undefined;
  publishFrames(node, { ...demand, mode: 'always' }, (sink, signal) => {
    signals = signal;
    return keepOpen(node, { what: 'The feed', timeout: 5000, random: () => 0, ...more }, sink, signal, (opening) => {
      openings.push(opening);
      let begun = connects ? undefined : opening.begin();
      push = (text) => {
        begun ??= opening.begin();
        begun(Buffer.from(text));
      };
      return new Promise((resolve, reject) => {
        end = (cause) => (cause === undefined ? resolve() : reject(cause));
        opening.signal.addEventListener('abort', () => reject(opening.signal.reason));
      });
    });
  });
  return {
    ...world,
    seen,
    openings,
    lost: () => lost,
    listeners: () => (signals ? getEventListeners(signals, 'abort').length : 0),
    push: (text: string) => push(text),
    end: (cause?: unknown) => end(cause),
  };
}

t.test('bytes and pictures are counted, and skipped bytes of a picture count as lost', async (t) => {
  const { push, openings, counts, lost, seen, stop } = feed();
  await settle();
  push('one');
  push('cut short: x');
  push('garbage: x');
  push('between pictures: x');
  push('two');

  t.same(seen, ['one', 'two']);
  t.equal(openings[0]?.pictures(), 2);
  t.equal(openings[0]?.bytes(), 'onecut short: xgarbage: xbetween pictures: xtwo'.length);
  t.equal(lost(), 1);
  t.equal(counts.get('skipped_bytes_total'), 'cut short: xgarbage: xbetween pictures: x'.length);
  await stop();
});

t.test('a feed that ends is reported, counted, and reopened', async (t) => {
  const { end, states, counts, openings, time, stop } = feed();
  await settle();
  end();
  await settle();
  t.same(states, ['The feed has ended.']);
  t.equal(counts.get('feeds_lost_total'), 1);
  t.equal(openings[0]?.signal.aborted, true, 'it does not continue');
  await time.advance(200);
  t.equal(openings.length, 2);
  end(environment('gone', 'The cable is out.'));
  await settle();
  t.same(states.at(-1), 'The cable is out.');
  t.equal(counts.get('feeds_lost_total'), 2);
  await stop();
});

t.test('a feed without readable pictures is reported once, with the most frequent reason', async (t) => {
  const { push, states, time, stop } = feed();
  await settle();
  for (let second = 0; second < 12; second++) {
    push(second % 3 === 0 ? 'rare: x' : 'common: x');
    await time.advance(1000);
  }
  t.same(states, ['The feed sends bytes, but they have contained no whole picture for 5s (common); check "parse".']);
  push('picture');
  t.equal(states.at(-1), 'healthy');
  for (let second = 0; second < 12; second++) {
    push('rare: x');
    await time.advance(1000);
  }
  t.equal(states.length, 3, 'reported again after it was healthy');
  push('picture');
  t.equal(states.at(-1), 'healthy');
  await stop();
});

t.test('a feed is reported as without pictures after its time limit, not before', async (t) => {
  const { push, states, time, stop } = feed();
  await settle();
  push('nothing');
  await time.advance(4000);
  push('nothing');
  await time.advance(999);
  t.same(states, []);
  await time.advance(1);
  t.same(states, ['The feed sends bytes, but they have contained no whole picture for 5s; check "parse".']);
  push('picture');
  for (let second = 0; second < 4; second++) {
    await time.advance(1000);
    push('nothing');
  }
  await time.advance(1000);
  push('nothing');
  await time.advance(2999);
  t.equal(states.length, 2);
  await time.advance(1);
  t.equal(states.length, 3, 'bytes have arrived for that time, without a picture');
  await stop();
});

t.test('a feed that keeps sending pictures stays healthy, and one that stops is reported once', async (t) => {
  const { push, states, time, stop } = feed();
  await settle();
  for (let second = 0; second < 20; second++) {
    push('picture');
    await time.advance(1000);
  }
  t.same(states, ['healthy']);
  for (let second = 0; second < 20; second++) {
    push(second < 8 ? 'early: x' : 'late: x');
    await time.advance(1000);
  }
  t.same(states.slice(1), [
    'The feed sends bytes, but they have contained no whole picture for 5s (early); check "parse".',
  ]);
  await stop();
});

t.test('a feed that sends nothing is reported as silent, without a report about its bytes', async (t) => {
  const { push, states, openings, time, stop } = feed();
  await settle();
  await time.advance(5000);
  t.same(states, ['The feed has sent nothing for 5s.']);
  await time.advance(200);
  t.equal(openings.length, 2);
  push('x');
  await time.advance(4000);
  t.same(states.slice(1), ['healthy'], 'its time limit starts again');
  await stop();
});

t.test('the time before a feed begins counts neither as silence nor as time without pictures', async (t) => {
  const silent = feed({}, words, true);
  await silent.time.advance(60_000);
  silent.openings[0]?.begin();
  await silent.time.advance(4999);
  t.same(silent.states, []);
  await silent.time.advance(1);
  t.same(silent.states, ['The feed has sent nothing for 5s.']);
  await silent.stop();

  const junk = feed({}, words, true);
  await junk.time.advance(4000);
  for (let second = 0; second < 5; second++) {
    junk.push('nothing');
    t.same(junk.states, []);
    await junk.time.advance(1000);
  }
  t.match(junk.states, [/no whole picture for 5s/]);
  await junk.stop();
});

t.test('the parser is notified of the end of a feed, but not of the stop of the node', async (t) => {
  const ended: string[] = [];
  const parser: ParserFactory = (sink) => ({
    push() {},
    end() {
      ended.push('end');
      sink.skipped(7, 'cut short');
    },
  });
  const { push, end, lost, counts, time, stop } = feed({}, parser);
  await settle();
  push('half of a picture');
  end();
  await settle();
  t.same([ended.length, lost(), counts.get('skipped_bytes_total')], [1, 1, 7]);
  await time.advance(200);
  push('half of a picture');
  await time.advance(5000);
  t.same([ended.length, lost(), counts.get('skipped_bytes_total')], [2, 1, 14], 'camd ended the feed itself');
  await time.advance(400);
  await stop();
  t.equal(ended.length, 2);
});

t.test('a parser that fails at the end, or is missing, fails the node', async (t) => {
  const failing = feed({}, () => ({
    push() {},
    end() {
      throw new TypeError('a bug at the end');
    },
  }));
  await settle();
  failing.end();
  await settle();
  t.same(failing.states, ['failed: a bug at the end']);

  const { node, states } = fake();
  const bare: SourceNode = Object.assign(Object.create(node), { parser: undefined });
  publishFrames(bare, { ...demand, mode: 'always' }, (sink, signal) =>
    keepOpen(bare, { what: 'The feed', timeout: 5000 }, sink, signal, async (opening) => void opening.begin()),
  );
  await settle();
  t.same(states, ['failed: The source has no parser.']);
});

t.test('a feed that has ended leaves no listeners, and its bytes no longer count', async (t) => {
  const { end, push, openings, seen, listeners, time, stop } = feed();
  await settle();
  const before = listeners();
  for (let round = 0; round < 5; round++) {
    end();
    await settle();
    push('too late');
    await time.advance(5000);
  }
  t.equal(openings.length, 6);
  t.equal(listeners(), before);
  t.same(seen, []);
  t.equal(openings[0]?.bytes(), 0);
  await stop();
});

t.test('the number of reasons counted is limited', async (t) => {
  const { push, states, time, stop } = feed();
  await settle();
  for (let reason = 1; reason <= 16; reason++) push(`reason ${reason}: x`);
  for (let times = 0; times < 3; times++) push('another: x');
  push('reason 16: x');
  await time.advance(4000);
  push('nothing');
  await time.advance(1000);
  t.match(states, [/ \(reason 16\); check "parse"\.$/]);
  await stop();
});

t.test('a silent feed is dropped after its time limit, not before', async (t) => {
  const { push, states, time, openings, stop } = feed();
  await settle();
  await time.advance(4999);
  push('picture');
  await time.advance(4999);
  t.same(states, ['healthy']);
  await time.advance(1);
  t.same(states, ['healthy', 'The feed has sent nothing for 5s.']);
  t.equal(openings[0]?.signal.aborted, true);
  await stop();
  t.equal(time.sleepers(), 0);
});

t.test('the first pictures and small ones are skipped as configured', async (t) => {
  const { push, seen, counts, openings, stop } = feed({ skip: 2, minSize: 3 });
  await settle();
  for (const text of ['no', 'one', 'two', 'three', 'ab', 'abc']) push(text);

  t.same(seen, ['three', 'abc']);
  t.equal(counts.get('too_small_total'), 2);
  t.equal(openings[0]?.pictures(), 4);
  await stop();
});

t.test('a source on demand passes frames only to viewers and to captures', async (t) => {
  const world = fake();
  const seen = watch(world);
  const source = hand(world, demand);
  world.output.want('another')();
  await settle();
  t.equal(source.runs, 0, 'another camera does not start it');

  const capture = world.output.ask('capture', 'cam', undefined, patience());
  await settle();
  t.equal(source.sink?.idle(), false);
  source.sink?.hand(image('for the capture'));
  t.equal((await capture).data.toString(), 'for the capture');
  t.same(seen, []);
  t.equal(source.sink?.idle(), true);
  source.sink?.hand(image('for nobody'));
  t.same(seen, []);

  const release = world.output.want('cam');
  source.sink?.hand(image('for a viewer'));
  t.same(seen, ['for a viewer']);
  release();
  t.equal(source.sink?.idle(), true);
  await world.stop();
});

t.test('a capture that fails is rejected with the reason, and degrades the node only on a timeout', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const failed = t.rejects(world.output.ask('capture', 'cam', undefined, patience()), { message: 'Away.' });
  await settle();
  source.sink?.failed(environment('away', 'Away.'));
  await failed;
  t.same(world.states, []);

  const late = t.rejects(world.output.ask('capture', 'cam', undefined, patience()), { code: 'capture-timeout' });
  await world.time.advance(5000);
  await late;
  t.same(world.states, ['The camera cam sent no picture within 5s.']);
  t.equal(source.sink?.idle(), true, 'no capture is waiting');

  const stopped = t.rejects(world.output.ask('capture', 'cam', undefined, patience()), {
    code: 'capture-failed',
    message: 'The camera cam is stopping.',
  });
  await settle();
  await world.stop();
  await stopped;
});

t.test('a source of single pictures accepts only the command "capture"', async (t) => {
  const world = fake();
  const seen = watch(world);
  let shots = 0;
  publishSnapshots(world.node, { ...demand, mode: 'on_demand', every: 1000 }, async (signal) => {
    if (++shots > 2) return aborted(signal);
    return image(`shot ${shots}`);
  });

  t.equal(await world.output.ask('command', 'cam', { name: 'zoom' } as never, patience()), false);
  t.equal(shots, 0);
  t.equal(await world.output.ask('command', 'cam', { name: 'capture' } as never, patience()), true);
  t.same(seen, ['shot 1'], 'every consumer gets it');
  await world.stop();
});

t.test('a source that sends pictures by itself may have a camera with another name', async (t) => {
  for (const mode of ['always', 'on_demand'] as const) {
    const world = fake();
    const cameras: string[] = [];
    world.output.add({ push: (frame) => void cameras.push(frame.camera), drain: async () => {}, close() {} });
    const sinks: Sink[] = [];
    publishFrames(world.node, { ...demand, mode, camera: 'gate' }, (sink, signal) => {
      sinks.push(sink);
      return aborted(signal).catch(() => {});
    });
    t.same(world.output.cameras(), ['gate']);
    t.equal(world.output.answers('capture', 'gate'), mode === 'on_demand');
    t.equal(world.output.answers('capture', 'cam'), false);
    world.output.want('cam');
    await settle();
    t.equal(sinks.length, mode === 'always' ? 1 : 0);
    world.output.want('gate');
    await settle();
    t.equal(sinks[0]?.idle(), false);
    sinks[0]?.hand(image());
    t.same(cameras, ['gate']);
    await world.stop();
  }
});
