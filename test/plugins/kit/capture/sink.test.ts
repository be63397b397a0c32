// Feeds and sinks of sources on a virtual clock: what is counted, what is told, and what reaches whom.

import t from 'tap';
import type { ParserFactory } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { type FeedOptions, keepOpen, type Opening } from '../../../../plugins/kit/capture/feed.ts';
import { publishFrames, type SourceNode } from '../../../../plugins/kit/capture/sink.ts';
import { publishSnapshots } from '../../../../plugins/kit/capture/snapshots.ts';
import { demand, fake, hand, image, patience, watch } from '../../../support/fake-source.ts';
import { settle } from '../../../support/manual-clock.ts';

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** A feed that the test fills: "reason: text" skips for that reason, anything else is a picture. */
function feed(more: Partial<FeedOptions> = {}) {
  const parser: ParserFactory = (sink) => ({
    push(chunk) {
      const [reason = '', text] = chunk.toString().split(': ');
      if (text === undefined) sink.image(image(reason));
      else sink.skipped(chunk.length, reason);
    },
    end: () => sink.skipped(1, 'end'),
  });
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
  publishFrames(node, { ...demand, mode: 'always' }, (sink, signal) =>
    keepOpen(node, { what: 'The feed', timeout: 5000, random: () => 0, ...more }, sink, signal, (opening) => {
      openings.push(opening);
      const begun = opening.begin();
      push = (text) => begun(Buffer.from(text));
      return new Promise((resolve, reject) => {
        end = (cause) => (cause === undefined ? resolve() : reject(cause));
        opening.signal.addEventListener('abort', () => reject(opening.signal.reason));
      });
    }),
  );
  return {
    ...world,
    seen,
    openings,
    lost: () => lost,
    push: (text: string) => push(text),
    end: (cause?: unknown) => end(cause),
  };
}

t.test('bytes and pictures are counted, and what may have been a picture is lost', async (t) => {
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

t.test('a feed that ends is told once it has ended, counted, and opened again', async (t) => {
  const { end, states, counts, openings, time, stop } = feed();
  await settle();
  end();
  await settle();
  t.same(states, ['The feed has ended.']);
  t.equal(counts.get('feeds_lost_total'), 1);
  t.equal(openings[0]?.signal.aborted, true, 'nothing of it goes on');
  await time.advance(200);
  t.equal(openings.length, 2);
  end(environment('gone', 'The cable is out.'));
  await settle();
  t.same(states.at(-1), 'The cable is out.');
  t.equal(counts.get('feeds_lost_total'), 2);
  await stop();
});

t.test('a feed of which no picture can be read is told with the commonest reason, once', async (t) => {
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
  t.equal(states.length, 3, 'and again after it was well');
  push('picture');
  t.equal(states.at(-1), 'healthy');
  await stop();
});

t.test('a silent feed is dropped after its time, and not before', async (t) => {
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

t.test('pictures are left out at first and when they are small, as the options say', async (t) => {
  const { push, seen, counts, openings, stop } = feed({ skip: 2, minSize: 3 });
  await settle();
  for (const text of ['no', 'one', 'two', 'three', 'ab', 'abc']) push(text);

  t.same(seen, ['three', 'abc']);
  t.equal(counts.get('too_small_total'), 2);
  t.equal(openings[0]?.pictures(), 4);
  await stop();
});

t.test('a source on demand hands frames to those who watch and to captures, and to nobody else', async (t) => {
  const world = fake();
  const seen = watch(world);
  const source = hand(world, demand);
  world.output.want('another')();
  await settle();
  t.equal(source.runs, 0, 'another camera is not its own');

  const asked = world.output.ask('capture', 'cam', undefined, patience());
  await settle();
  t.equal(source.sink?.idle(), false);
  source.sink?.hand(image('for the capture'));
  t.equal((await asked).data.toString(), 'for the capture');
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

t.test('a capture that fails is refused with the reason, and degrades the node only when it was late', async (t) => {
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

  const stopped = t.rejects(world.output.ask('capture', 'cam', undefined, patience()), {
    code: 'capture-failed',
    message: 'The camera cam is stopping.',
  });
  await settle();
  await world.stop();
  await stopped;
});

t.test('of the commands for a camera a source of single pictures knows "capture" alone', async (t) => {
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
  t.same(seen, ['shot 1'], 'everybody gets it');
  await world.stop();
});
