// Sources on demand: starting, lingering and stopping, and captures that share work in progress.

import t from 'tap';
import { createSingleFlight } from '../../../../core/base/single-flight.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { keepOpen } from '../../../../plugins/kit/capture/feed.ts';
import { createOnDemandRunner } from '../../../../plugins/kit/capture/on-demand.ts';
import { publishFrames } from '../../../../plugins/kit/capture/sink.ts';
import { publishSnapshots } from '../../../../plugins/kit/capture/snapshots.ts';
import { demand, fake, hand, image, patience, watch } from '../../../support/fake-source.ts';
import { manualClock, settle } from '../../../support/manual-clock.ts';

t.test('a source on demand does no work until it has a viewer, and stops after lingering', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  await world.time.advance(60_000);
  const before = { runs: source.runs, sleepers: world.time.sleepers() };

  const first = world.output.want('cam');
  const second = world.output.want(undefined);
  await world.time.advance(60_000);
  first();
  await world.time.advance(60_000);
  const watched = source.running;
  second();
  await world.time.advance(9_999);
  const lingering = source.running;
  await world.time.advance(1);

  t.same(before, { runs: 0, sleepers: 0 });
  t.equal(watched, 1);
  t.equal(lingering, 1);
  t.same([source.running, source.runs, world.time.sleepers()], [0, 1, 0]);
  await world.stop();
});

t.test('a returning viewer keeps a lingering source running, and another camera does not start it', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  world.output.want('other');
  world.output.want('cam')();
  await world.time.advance(9000);

  const release = world.output.want('cam');
  await world.time.advance(60_000);

  t.same([source.runs, source.running], [1, 1]);
  release();
  await world.time.advance(10_000);
  t.equal(source.running, 0);
  world.output.want('cam');
  await settle();
  t.same([source.runs, source.running], [2, 1]);
  await world.stop();
  t.equal(source.running, 0);
});

t.test('concurrent captures share one start and one picture, which is not sent to other consumers', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const sent = watch(world);

  const captures = Array.from({ length: 10 }, () => world.output.ask('capture', 'cam', undefined, patience()));
  await settle();
  source.sink?.hand(image('one'));
  source.sink?.hand(image('two'));
  const frames = await Promise.all(captures);
  await world.time.advance(10_000);

  t.equal(source.runs, 1);
  t.same(new Set(frames.map((frame) => frame.data.toString())), new Set(['one']));
  t.same(sent, []);
  t.equal(source.running, 0, 'it has stopped after lingering');
  await world.stop();
});

t.test('a capture takes the next picture of a running source', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const sent = watch(world);
  world.output.want('cam');
  await settle();
  source.sink?.hand(image('old'));

  const capture = world.output.ask('capture', 'cam', undefined, patience());
  await settle();
  source.sink?.hand(image('new'));

  t.equal((await capture).data.toString(), 'new');
  t.same(sent, ['old', 'new']);
  await world.stop();
});

t.test('a capture ends at its deadline, at the first failure, and when its request is aborted', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const gone = new AbortController();

  const late = world.output.ask('capture', 'cam', undefined, patience());
  late.catch(() => {});
  await world.time.advance(5000);
  await t.rejects(late, { code: 'capture-timeout', message: 'The camera cam sent no picture within 5s.' });
  t.equal(world.states.at(-1), 'The camera cam sent no picture within 5s.');
  const failing = world.output.ask('capture', 'cam', undefined, patience());
  await settle();
  source.sink?.failed(environment('busy', 'The device is busy.'));
  await t.rejects(failing, { code: 'busy' });
  const leaving = world.output.ask('capture', 'cam', undefined, gone.signal);
  leaving.catch(() => {});
  gone.abort(new Error('closed tab'));

  await t.rejects(leaving, { message: 'closed tab' });
  await world.time.advance(10_000);
  t.equal(source.running, 0);
  t.equal(world.time.sleepers(), 0);
  await world.stop();
});

t.test('a feed on demand that ends or fails is not reopened without waiting captures or viewers', async (t) => {
  const world = fake();
  let openings = 0;
  let picture: Buffer | undefined = Buffer.from('picture');
  publishFrames(world.node, demand, (sink, signal) =>
    keepOpen(world.node, { what: 'The program', timeout: 5000 }, sink, signal, async (opening) => {
      openings++;
      if (picture) opening.begin()(picture);
      throw environment('ended', 'The program has ended.');
    }),
  );

  const frame = await world.output.ask('capture', 'cam', undefined, patience());
  await world.time.advance(60_000);
  const afterPicture = [openings, ...world.states];
  picture = undefined;
  await t.rejects(world.output.ask('capture', 'cam', undefined, patience()), { code: 'ended' });
  await world.time.advance(60_000);
  const afterFailure = openings;
  const release = world.output.want('cam');
  await world.time.advance(3000);
  release();

  t.equal(frame.data.toString(), 'picture');
  t.same(afterPicture, [1, 'healthy']);
  t.equal(afterFailure, 2);
  t.ok(openings > 5, 'it is retried while it has a viewer');
  t.equal(world.states.at(-1), 'The program has ended.');
  await world.time.advance(60_000);
  t.equal(world.time.sleepers(), 0);
  await world.stop();
});

t.test('work that is started while it is ending starts again after its end, never twice at once', async (t) => {
  const { clock, advance } = manualClock();
  let running = 0;
  let most = 0;
  let runs = 0;
  let release = (): void => {};
  const ending = createOnDemandRunner({
    linger: 0,
    clock,
    signal: patience(),
    async run(signal) {
      runs++;
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      running--;
    },
    onFail() {},
  });

  ending.hold()();
  await advance(0);
  ending.hold();
  await settle();
  const during = runs;
  release();
  await settle();

  t.equal(during, 1);
  t.equal(runs, 2);
  t.equal(most, 1);
});

t.test('shared work is done once, aborted after its last caller, and started again only after its end', async (t) => {
  const signals: AbortSignal[] = [];
  const finish: ((value: string) => void)[] = [];
  const share = createSingleFlight(
    (signal) =>
      new Promise<string>((resolve) => {
        signals.push(signal);
        finish.push(resolve);
      }),
  );
  const first = new AbortController();
  const second = new AbortController();

  const one = share(first.signal);
  const two = share(second.signal);
  one.catch(() => {});
  two.catch(() => {});
  await settle();
  first.abort(new Error('first'));
  const kept = signals[0]?.aborted;
  second.abort(new Error('second'));
  const dropped = signals[0]?.aborted;
  const three = share(patience());
  await settle();
  const waiting = signals.length;
  finish[0]?.('too late');
  await settle();
  finish[1]?.('good');

  t.same([kept, dropped, waiting], [false, true, 1]);
  t.equal(await three, 'good');
  await t.rejects(one, { message: 'first' });
  await t.rejects(two, { message: 'second' });
  await share.idle();
});

t.test('a shot on demand is taken on request, shared, and never taken in parallel', async (t) => {
  const world = fake();
  const fresh: boolean[] = [];
  let under = 0;
  let most = 0;
  publishSnapshots(world.node, { ...demand, every: 1000 }, async (_signal, isFresh) => {
    fresh.push(isFresh);
    most = Math.max(most, ++under);
    await world.time.clock.sleep(300);
    under--;
    return isFresh ? image('fresh') : undefined;
  });
  const sent = watch(world);

  await world.time.advance(60_000);
  const idle = [fresh.length, world.time.sleepers()];
  const two = Promise.all([
    world.output.ask('capture', 'cam', undefined, patience()),
    world.output.ask('capture', 'cam', undefined, patience()),
  ]);
  await world.time.advance(300);
  const release = world.output.want('cam');
  await world.time.advance(100);
  const joined = world.output.ask('capture', 'cam', undefined, patience());
  await world.time.advance(600);
  release();
  await world.time.advance(60_000);

  t.same(idle, [0, 0]);
  t.same(
    (await two).map((frame) => frame.data.toString()),
    ['fresh', 'fresh'],
  );
  t.equal((await joined).data.toString(), 'fresh', 'an unchanged picture does not answer a capture');
  t.same(fresh.slice(0, 3), [true, false, true]);
  t.equal(most, 1);
  t.same(sent, []);
  t.equal(world.time.sleepers(), 0);
  await world.stop();
});

/** Work that the test ends, with or without an error. */
function runner(signal = patience()) {
  const time = manualClock();
  const failures: unknown[] = [];
  const runs: { readonly signal: AbortSignal; end(cause?: Error): void }[] = [];
  const made = createOnDemandRunner({
    ...{ linger: 1000, clock: time.clock, signal },
    run: (signal) =>
      new Promise((resolve, reject) => {
        runs.push({ signal, end: (cause) => (cause ? reject(cause) : resolve()) });
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    onFail: (cause) => failures.push(cause),
  });
  return { ...made, time, failures, runs };
}

t.test('a hold that is released twice counts once', async (t) => {
  const { hold, time, runs } = runner();
  const [first, second] = [hold(), hold()];
  first();
  first();
  await time.advance(60_000);
  t.equal(runs[0]?.signal.aborted, false);
  second();
  await time.advance(1000);
  t.equal(runs[0]?.signal.aborted, true);
});

t.test('work that fails is reported and runs again with the next hold; aborted work has not failed', async (t) => {
  const { hold, time, runs, failures } = runner();
  const release = hold();
  await settle();
  const cause = new Error('broken');
  runs[0]?.end(cause);
  await time.advance(60_000);
  t.same([runs.length, failures], [1, [cause]]);
  hold()();
  await settle();
  t.equal(runs.length, 2);
  release();
  await time.advance(1000);
  t.equal(runs[1]?.signal.aborted, true);
  t.equal(failures.length, 1);
  t.equal(time.sleepers(), 0);
});

t.test('completed work runs again for a remaining hold, and not for one that is released at its end', async (t) => {
  const { hold, time, runs } = runner();
  const stays = hold();
  await settle();
  runs[0]?.end();
  await settle();
  t.equal(runs.length, 2);

  runs[1]?.end();
  await Promise.resolve();
  stays();
  await settle();
  t.equal(runs.length, 2);
  t.equal(time.sleepers(), 0, 'ended work does not linger');
  hold();
  await time.advance(5000);
  t.equal(runs.length, 3);
  t.equal(runs[2]?.signal.aborted, false);
});

t.test('work without a hold can be ended without lingering', async (t) => {
  const { hold, rest, time, runs } = runner();
  rest();
  const release = hold();
  await settle();
  rest();
  t.equal(runs[0]?.signal.aborted, false, 'it has a hold');
  release();
  rest();
  await settle();
  t.equal(runs[0]?.signal.aborted, true);
  t.equal(time.sleepers(), 0);
});

t.test('after its signal nothing starts and nothing lingers', async (t) => {
  const control = new AbortController();
  const { hold, stopped, time, runs, failures } = runner(control.signal);
  const [first, second] = [hold(), hold()];
  await settle();
  first();
  control.abort();
  await stopped();
  t.equal(runs[0]?.signal.aborted, true);
  second();
  hold()();
  await settle();
  t.same([runs.length, failures, time.sleepers()], [1, [], 0]);

  const other = new AbortController();
  const lingering = runner(other.signal);
  lingering.hold()();
  await settle();
  t.equal(lingering.time.sleepers(), 1);
  other.abort();
  await lingering.stopped();
  t.equal(lingering.time.sleepers(), 0);
});
