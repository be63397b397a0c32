// Feeds that are kept open and pictures at an interval, on a manual clock.

import t from 'tap';
import { environment, misuse } from '../../../../core/contract/problems.ts';
import { keepOpen, type Opening } from '../../../../plugins/kit/capture/feed.ts';
import { following } from '../../../../plugins/kit/capture/interval.ts';
import { createRetry, REFUSED } from '../../../../plugins/kit/capture/retry.ts';
import { publishFrames } from '../../../../plugins/kit/capture/sink.ts';
import { publishSnapshots } from '../../../../plugins/kit/capture/snapshots.ts';
import { demand, type Fake, fake, image, watch } from '../../../support/fake-source.ts';
import { settle } from '../../../support/manual-clock.ts';

t.test('a feed is reopened with back-off until it sends pictures, and its failure is reported once', async (t) => {
  const world = fake();
  const openings: number[] = [];
  let answer = (_: Opening): Promise<void> => Promise.reject(environment('unreachable', 'Nobody is there.'));
  const options = { what: 'The feed', timeout: 5000, random: () => 0 };
  publishFrames(world.node, { ...demand, mode: 'always' }, (sink, signal) =>
    keepOpen(world.node, options, sink, signal, (opening) => {
      openings.push(world.time.clock.monotonic());
      return answer(opening);
    }),
  );
  const sent = watch(world);

  await world.time.advance(30_000);
  const gaps = openings.slice(1).map((at, index) => at - (openings[index] ?? 0));
  answer = async (opening) => {
    opening.begin()(Buffer.from('picture'));
    throw environment('feed-ended', 'It has ended.');
  };
  await world.time.advance(5000);

  t.same(gaps.slice(0, 7), [200, 400, 800, 1600, 3200, 5000, 5000]);
  t.same(world.states.slice(0, 3), ['Nobody is there.', 'healthy', 'It has ended.']);
  t.ok(sent.length > 5, 'after a picture the back-off starts again');
  await world.stop();
});

t.test('a program that exits after each picture is started less and less often, one that lasts is not', async (t) => {
  const starts = async (lasting: number): Promise<number> => {
    const world = fake();
    let count = 0;
    const options = { what: 'The program', timeout: 60_000, random: () => 0, mustLast: true };
    publishFrames(world.node, { ...demand, mode: 'always' }, (sink, signal) =>
      keepOpen(world.node, options, sink, signal, async (opening) => {
        count++;
        opening.begin()(Buffer.from('picture'));
        await world.time.clock.sleep(lasting, opening.signal).catch(() => {});
      }),
    );
    await world.time.advance(60_000);
    await world.stop();
    return count;
  };

  const dying = await starts(10);
  const lasting = await starts(1000);
  const justLasting = await starts(200);

  t.ok(dying < 20, `${dying} starts in a minute`);
  t.ok(lasting >= 50, `${lasting} starts in a minute`);
  t.ok(justLasting >= 150, 'a run as long as the previous wait is enough');
});

t.test('a silent feed is dropped, one without pictures is reported, and a working one continues', async (t) => {
  const world = fake();
  let openings = 0;
  let push = (_: Buffer): void => {};
  const options = { what: 'The feed', timeout: 5000, random: () => 0, skip: 1, minSize: 2 };
  publishFrames(world.node, { ...demand, mode: 'always' }, (sink, signal) =>
    keepOpen(world.node, options, sink, signal, (opening) => {
      openings++;
      push = opening.begin();
      return new Promise<void>((_, reject) =>
        opening.signal.addEventListener('abort', () => reject(opening.signal.reason)),
      );
    }),
  );
  const sent = watch(world);
  await settle();

  for (let second = 0; second < 10; second++) {
    push(Buffer.from('junk'));
    await world.time.advance(1000);
  }
  const junk = world.states.at(-1);
  push(Buffer.from('dark'));
  push(Buffer.from('s'));
  push(Buffer.from('light'));
  const well = world.states.at(-1);
  const before = openings;
  await world.time.advance(5000);
  const silent = world.states.at(-1);
  await world.time.advance(200);

  t.match(junk, /^The feed sends bytes, but they have contained no whole picture/);
  t.equal(well, 'healthy');
  t.same(sent, ['light'], 'the first picture was skipped and the small one refused');
  t.same([world.counts.get('skipped_bytes_total'), world.counts.get('too_small_total')], [40, 1]);
  t.equal(before, 1);
  t.equal(silent, 'The feed has sent nothing for 5s.');
  t.equal(openings, 2);
  await world.stop();
  t.equal(world.time.sleepers(), 0);
});

t.test('a fault of the profile or a bug fails the node instead of a retry', async (t) => {
  const world = fake();
  const bad = fake(() => ({
    push() {
      throw new TypeError('a bug in the parser');
    },
    end() {},
  }));
  const open = (source: Fake, work: (opening: Opening) => Promise<void>): void =>
    publishFrames(source.node, { ...demand, mode: 'always' }, (sink, signal) =>
      keepOpen(source.node, { what: 'The feed', timeout: 5000 }, sink, signal, work),
    );

  open(world, () => Promise.reject(misuse('wrong', 'The profile is wrong.')));
  open(bad, async (opening) => opening.begin()(Buffer.from('x')));
  await settle();

  t.same(world.states, ['failed: The profile is wrong.']);
  t.same(bad.states, ['failed: a bug in the parser']);
});

t.test('shots keep to their grid without drift, and become rarer while they fail', async (t) => {
  const world = fake();
  const at: number[] = [];
  let failing = false;
  const start = world.time.clock.monotonic();
  publishSnapshots(world.node, { ...demand, mode: 'always', every: 1000 }, async () => {
    at.push(world.time.clock.monotonic() - start);
    if (failing) throw environment('unreachable', 'Nobody is there.');
    await world.time.clock.sleep(300);
    return image();
  });
  const sent = watch(world);

  await world.time.advance(3500);
  failing = true;
  await world.time.advance(20_000);

  t.same(at.slice(0, 4), [0, 1000, 2000, 3000]);
  t.equal(sent.length, 4);
  t.ok(at.length < 14, `${at.length} shots`);
  t.same(world.states, ['healthy', 'Nobody is there.']);
  await world.stop();
});

t.test('the grid skips points in the past, and the next point is always ahead', async (t) => {
  t.equal(following(0, 100, 0), 100);
  t.equal(following(0, 100, 99), 100);
  t.equal(following(0, 100, 100), 100);
  t.equal(following(0, 100, 101), 200);
  t.equal(following(0, 100, 1050), 1100);
});

t.test('after refused credentials a feed waits long, because cameras lock accounts', async (t) => {
  const world = fake();
  const openings: number[] = [];
  publishFrames(world.node, { ...demand, mode: 'always' }, (sink, signal) =>
    keepOpen(world.node, { what: 'The feed', timeout: 5000, random: () => 0 }, sink, signal, () => {
      openings.push(world.time.clock.monotonic());
      return Promise.reject(environment(REFUSED, 'The camera refused the password.'));
    }),
  );

  await world.time.advance(30 * 60_000);

  const gaps = openings.slice(1).map((at, index) => at - (openings[index] ?? 0));
  t.same(gaps, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000]);
  await world.stop();
});

t.test('refused credentials and an absent camera have separate waits, and a success resets both', (t) => {
  const retry = createRetry(undefined, () => 0);
  const refused = environment(REFUSED, 'The camera refused the password.');
  const away = environment('unreachable', 'Nobody is there.');
  const misused = misuse(REFUSED, 'The profile is wrong.');

  const waits = [refused, away, refused, away, misused].map(retry.after);
  retry.reset();

  t.same(waits, [10_000, 200, 20_000, 400, 40_000]);
  t.same([refused, away, new Error(REFUSED)].map(retry.after), [10_000, 200, 400]);
  t.end();
});
