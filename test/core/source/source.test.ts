// Tests of what sources share: demand, captures, keeping a feed open and taking shots, on a clock that the test moves.

import t from 'tap';
import { createHub, type Hub } from '../../../core/graph/hub.ts';
import { createSequence } from '../../../core/graph/sequence.ts';
import type { ParsedImage, ParserFactory } from '../../../core/plugin.ts';
import { environment, misuse } from '../../../core/problems.ts';
import { keepOpen, type Opening } from '../../../core/source/feed.ts';
import { following } from '../../../core/source/interval.ts';
import { type DemandOptions, type Outlet, type SourceNode, supply } from '../../../core/source/outlet.ts';
import { createShare } from '../../../core/source/share.ts';
import { supplyShots } from '../../../core/source/shots.ts';
import { createSwitch } from '../../../core/source/switch.ts';
import { type ManualClock, manualClock, settle } from '../../support/manual-clock.ts';

const image = (text = 'x'): ParsedImage => ({
  data: Buffer.from(text),
  type: 'image/jpeg',
  width: 1,
  height: 1,
  roomy: false,
});

/** Every chunk is a picture, but "junk". */
const chunks: ParserFactory = (sink) => ({
  push: (chunk) =>
    chunk.toString() === 'junk' ? sink.skipped(chunk.length, 'junk') : sink.image(image(chunk.toString())),
  end() {},
});

interface Fake {
  readonly node: SourceNode;
  readonly hub: Hub;
  readonly time: ManualClock;
  /** Sentences of `degraded`, "healthy" and "failed: …", in order. */
  readonly states: string[];
  readonly counts: Map<string, number>;
  stop(): Promise<void>;
}

function fake(parser: ParserFactory = chunks): Fake {
  const time = manualClock();
  const { clock } = time;
  const hub = createHub('cam', createSequence(), clock.now, clock.monotonic);
  const session = hub.open(() => []);
  session.activate();
  const control = new AbortController();
  const states: string[] = [];
  const counts = new Map<string, number>();
  const deferred: (() => void | Promise<void>)[] = [];
  const tasks: Promise<void>[] = [];
  const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  const unused = (): never => {
    throw new Error('not used by sources');
  };
  const fail = (cause: unknown): void => void states.push(`failed: ${cause instanceof Error ? cause.message : cause}`);
  const node: SourceNode = {
    id: 'cam',
    use: 'source/fake',
    log: silent,
    clock,
    metrics: { count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by), gauge() {} },
    signal: control.signal,
    output: session.output,
    input: unused,
    ref: unused,
    refs: unused,
    parser,
    defer: (cleanup) => void deferred.push(cleanup),
    task: (work) => void tasks.push(work(control.signal).catch(fail)),
    degraded: (why) => void (states.at(-1) === why || states.push(why)),
    healthy: () => void (states.at(-1) === 'healthy' || states.push('healthy')),
    fail,
    listen: unused,
    resolve: (path) => path,
    handedOver: undefined,
    daemon: { version: '0', startedAt: 0, nodes: () => [], reloads: () => ({ count: 0 }) },
  };
  return {
    node,
    hub,
    time,
    states,
    counts,
    async stop() {
      control.abort(new Error('stopping'));
      for (const cleanup of deferred.reverse()) await cleanup();
      await Promise.all(tasks);
    },
  };
}

const demand: DemandOptions = { mode: 'on_demand', linger: 10_000, capture_timeout: 5000 };
const patience = (): AbortSignal => new AbortController().signal;

/** A source that counts its runs and lets the test hand pictures. */
function hand(world: Fake, options: DemandOptions): { runs: number; running: number; outlet: Outlet | undefined } {
  const seen: { runs: number; running: number; outlet: Outlet | undefined } = {
    runs: 0,
    running: 0,
    outlet: undefined,
  };
  supply(world.node, options, async (outlet, signal) => {
    seen.runs++;
    seen.running++;
    seen.outlet = outlet;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    seen.running--;
  });
  return seen;
}

/** All frames that leave the node. */
function watch(world: Fake): string[] {
  const seen: string[] = [];
  world.hub.add({ push: (frame) => void seen.push(frame.data.toString()), drain: async () => {}, close() {} });
  return seen;
}

t.test('a source on demand costs nothing until somebody watches, and stops when it has lingered', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  await world.time.advance(60_000);
  const before = { runs: source.runs, sleepers: world.time.sleepers() };

  const first = world.hub.want('cam');
  const second = world.hub.want(undefined);
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

t.test(
  'who comes back while the source lingers keeps it, and another camera of that name does not start it',
  async (t) => {
    const world = fake();
    const source = hand(world, demand);
    world.hub.want('other');
    world.hub.want('cam')();
    await world.time.advance(9000);

    const release = world.hub.want('cam');
    await world.time.advance(60_000);

    t.same([source.runs, source.running], [1, 1]);
    release();
    await world.time.advance(10_000);
    t.equal(source.running, 0);
    world.hub.want('cam');
    await settle();
    t.same([source.runs, source.running], [2, 1]);
    await world.stop();
    t.equal(source.running, 0);
  },
);

t.test(
  'captures at the same time share one start and one picture, which is not sent to those who do not watch',
  async (t) => {
    const world = fake();
    const source = hand(world, demand);
    const sent = watch(world);

    const captures = Array.from({ length: 10 }, () => world.hub.capture('cam', patience()));
    await settle();
    source.outlet?.hand(image('one'));
    source.outlet?.hand(image('two'));
    const frames = await Promise.all(captures);
    await world.time.advance(10_000);

    t.equal(source.runs, 1);
    t.same(new Set(frames.map((frame) => frame.data.toString())), new Set(['one']));
    t.same(sent, []);
    t.equal(source.running, 0, 'it has stopped after lingering');
    await world.stop();
  },
);

t.test('a capture takes the next picture of a source that runs already', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const sent = watch(world);
  world.hub.want('cam');
  await settle();
  source.outlet?.hand(image('old'));

  const capture = world.hub.capture('cam', patience());
  await settle();
  source.outlet?.hand(image('new'));

  t.equal((await capture).data.toString(), 'new');
  t.same(sent, ['old', 'new']);
  await world.stop();
});

t.test('a capture ends at its deadline, at the first failure, and when the asker goes away', async (t) => {
  const world = fake();
  const source = hand(world, demand);
  const gone = new AbortController();

  const late = world.hub.capture('cam', patience());
  late.catch(() => {});
  await world.time.advance(5000);
  await t.rejects(late, { code: 'capture-timeout', message: 'The camera cam gave no picture within 5s.' });
  const failing = world.hub.capture('cam', patience());
  await settle();
  source.outlet?.failed(environment('busy', 'The device is busy.'));
  await t.rejects(failing, { code: 'busy' });
  const leaving = world.hub.capture('cam', gone.signal);
  leaving.catch(() => {});
  gone.abort(new Error('closed tab'));

  await t.rejects(leaving, { message: 'closed tab' });
  await world.time.advance(10_000);
  t.equal(source.running, 0);
  t.equal(world.time.sleepers(), 0);
  await world.stop();
});

t.test('work that is switched on while it is still ending starts when it has ended, never twice at once', async (t) => {
  const { clock, advance } = manualClock();
  let running = 0;
  let most = 0;
  let runs = 0;
  let release = (): void => {};
  const ending = createSwitch({
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

t.test(
  'shared work is done once, aborted when the last has gone, and begun again only when it has ended',
  async (t) => {
    const signals: AbortSignal[] = [];
    const finish: ((value: string) => void)[] = [];
    const share = createShare(
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
  },
);

t.test('a feed is opened again with back-off until it brings pictures, and says once why it is away', async (t) => {
  const world = fake();
  const openings: number[] = [];
  let answer = (_: Opening): Promise<void> => Promise.reject(environment('unreachable', 'Nobody is there.'));
  const options = { what: 'The feed', timeout: 5000, random: () => 0 };
  supply(world.node, { ...demand, mode: 'always' }, (outlet, signal) =>
    keepOpen(world.node, options, outlet, signal, (opening) => {
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
  t.ok(sent.length > 5, 'after a picture the back-off begins anew');
  await world.stop();
});

t.test('a program that dies after each picture is started less and less often, one that lasts is not', async (t) => {
  const starts = async (lasting: number): Promise<number> => {
    const world = fake();
    let count = 0;
    const options = { what: 'The program', timeout: 60_000, random: () => 0, mustLast: true };
    supply(world.node, { ...demand, mode: 'always' }, (outlet, signal) =>
      keepOpen(world.node, options, outlet, signal, async (opening) => {
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

  t.ok(dying < 20, `${dying} starts in a minute`);
  t.ok(lasting >= 50, `${lasting} starts in a minute`);
});

t.test('a silent feed is dropped, one without pictures is reported, and one that works is left alone', async (t) => {
  const world = fake();
  let openings = 0;
  let push = (_: Buffer): void => {};
  const options = { what: 'The feed', timeout: 5000, random: () => 0, skip: 1, minSize: 2 };
  supply(world.node, { ...demand, mode: 'always' }, (outlet, signal) =>
    keepOpen(world.node, options, outlet, signal, (opening) => {
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

  t.match(junk, /^The feed sends bytes, but no whole picture was found/);
  t.equal(well, 'healthy');
  t.same(sent, ['light'], 'the first picture was skipped and the small one refused');
  t.same([world.counts.get('skipped_bytes_total'), world.counts.get('too_small_total')], [40, 1]);
  t.equal(before, 1);
  t.equal(silent, 'The feed has sent nothing for 5s.');
  t.equal(openings, 2);
  await world.stop();
  t.equal(world.time.sleepers(), 0);
});

t.test('a fault that is not of the world outside fails the node instead of being tried again', async (t) => {
  const world = fake();
  const bad = fake(() => ({
    push() {
      throw new TypeError('a bug in the parser');
    },
    end() {},
  }));
  const open = (one: Fake, work: (opening: Opening) => Promise<void>): void =>
    supply(one.node, { ...demand, mode: 'always' }, (outlet, signal) =>
      keepOpen(one.node, { what: 'The feed', timeout: 5000 }, outlet, signal, work),
    );

  open(world, () => Promise.reject(misuse('wrong', 'The profile is wrong.')));
  open(bad, async (opening) => opening.begin()(Buffer.from('x')));
  await settle();

  t.same(world.states, ['failed: The profile is wrong.']);
  t.same(bad.states, ['failed: a bug in the parser']);
});

t.test('shots keep to their grid without drift, and come less often while they fail', async (t) => {
  const world = fake();
  const at: number[] = [];
  let failing = false;
  const start = world.time.clock.monotonic();
  supplyShots(world.node, { ...demand, mode: 'always', every: 1000 }, async () => {
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

t.test('a shot on demand is taken when it is asked for, shared, and never while another is under way', async (t) => {
  const world = fake();
  const fresh: boolean[] = [];
  let under = 0;
  let most = 0;
  supplyShots(world.node, { ...demand, every: 1000 }, async (_signal, isFresh) => {
    fresh.push(isFresh);
    most = Math.max(most, ++under);
    await world.time.clock.sleep(300);
    under--;
    return isFresh ? image('fresh') : undefined;
  });
  const sent = watch(world);

  await world.time.advance(60_000);
  const idle = [fresh.length, world.time.sleepers()];
  const two = Promise.all([world.hub.capture('cam', patience()), world.hub.capture('cam', patience())]);
  await world.time.advance(300);
  const release = world.hub.want('cam');
  await world.time.advance(100);
  const joined = world.hub.capture('cam', patience());
  await world.time.advance(600);
  release();
  await world.time.advance(60_000);

  t.same(idle, [0, 0]);
  t.same(
    (await two).map((frame) => frame.data.toString()),
    ['fresh', 'fresh'],
  );
  t.equal((await joined).data.toString(), 'fresh', 'unchanged is no answer to a capture');
  t.same(fresh.slice(0, 3), [true, false, true]);
  t.equal(most, 1);
  t.same(sent, []);
  t.equal(world.time.sleepers(), 0);
  await world.stop();
});

t.test('the grid leaves out what is over, and the next point is always ahead', async (t) => {
  t.equal(following(0, 100, 0), 100);
  t.equal(following(0, 100, 99), 100);
  t.equal(following(0, 100, 100), 100);
  t.equal(following(0, 100, 101), 200);
  t.equal(following(0, 100, 1050), 1100);
});
