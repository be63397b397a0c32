// Sources of single pictures: at an interval, on request, and between two of the interval.

import t from 'tap';
import type { ParsedImage } from '../../../../core/contract/plugin.ts';
import { environment } from '../../../../core/contract/problems.ts';
import { publishSnapshots } from '../../../../plugins/kit/capture/snapshots.ts';
import { demand, fake, image, patience, watch } from '../../../support/fake-source.ts';
import { settle } from '../../../support/manual-clock.ts';

type Shoot = (signal: AbortSignal, fresh: boolean) => Promise<ParsedImage | undefined>;

function world(mode: 'always' | 'on_demand', shoot?: Shoot, rest?: () => Promise<void>, camera?: string) {
  const source = fake();
  const start = source.time.clock.monotonic();
  const shots: string[] = [];
  publishSnapshots(
    source.node,
    { ...demand, mode, every: 1000, ...(camera === undefined ? {} : { camera }) },
    async (signal, fresh) => {
      shots.push(`${source.time.clock.monotonic() - start}${fresh ? ' fresh' : ''}`);
      return shoot ? shoot(signal, fresh) : image(`shot ${shots.length}`);
    },
    rest,
  );
  return { ...source, shots };
}

t.test('a source that always runs takes a picture at each interval', async (t) => {
  const source = world('always');
  const seen = watch(source);
  await source.time.advance(2500);

  t.same(source.shots, ['0', '1000', '2000']);
  t.same(seen.slice(-2), ['shot 2', 'shot 3']);
  t.same(source.states, ['healthy']);
  await source.stop();
  t.equal(source.time.sleepers(), 0);
});

t.test('an unchanged picture is counted and not sent', async (t) => {
  const source = world('always', async () => undefined);
  const seen = watch(source);
  await source.time.advance(1500);

  t.same(seen, []);
  t.equal(source.counts.get('unchanged_total'), 2);
  t.same(source.states, ['healthy']);
  await source.stop();
});

t.test('a failure is reported and retried; a bug ends the source', async (t) => {
  let broken: unknown = environment('away', 'The camera is away.');
  const source = world('always', () => Promise.reject(broken));
  await settle();
  t.same(source.states, ['The camera is away.']);
  await source.time.advance(1000);
  t.equal(source.shots.length, 2);
  broken = new Error('a bug');
  await source.time.advance(10_000);
  t.same(source.states, ['The camera is away.', 'failed: a bug']);
  await source.stop();
});

t.test('on demand no picture is taken without a viewer, and none after lingering', async (t) => {
  let rests = 0;
  const source = world('on_demand', undefined, async () => void rests++);
  await source.time.advance(5000);
  t.same(source.shots, []);
  const release = source.output.want('cam');
  await source.time.advance(1500);
  t.same(source.shots, ['5000', '6000']);
  release();
  await source.time.advance(demand.linger - 1);
  t.equal(rests, 0);
  await source.time.advance(1);
  t.equal(rests, 1);
  const taken = source.shots.length;
  await source.time.advance(5000);
  t.equal(source.shots.length, taken);
  source.output.want('other')();
  await source.time.advance(5000);
  t.equal(source.shots.length, taken, 'another camera does not start it');
  await source.stop();
});

t.test('a capture returns a fresh picture, which no other consumer receives', async (t) => {
  const source = world('on_demand');
  const seen = watch(source);
  const frame = await source.output.ask('capture', 'cam', undefined, patience());

  t.equal(frame.data.toString(), 'shot 1');
  t.equal(frame.camera, 'cam');
  t.same(source.shots, ['0 fresh']);
  t.same(seen, []);
  await source.stop();
});

t.test('a capture that joins a shot of the interval without a new picture starts another one', async (t) => {
  let through = (_picture: ParsedImage | undefined): void => {};
  const source = world(
    'on_demand',
    () =>
      new Promise((resolve) => {
        through = resolve;
      }),
  );
  source.output.want('cam');
  await settle();
  const capture = source.output.ask('capture', 'cam', undefined, patience());
  await settle();
  t.same(source.shots, ['0']);
  through(undefined);
  await settle();
  t.same(source.shots, ['0', '0 fresh']);
  through(image('new'));
  t.equal((await capture).data.toString(), 'new');
  await source.stop();
});

t.test('a capture rejects without a new picture, and times out on a slow camera', async (t) => {
  const none = world('on_demand', async () => undefined);
  await t.rejects(none.output.ask('capture', 'cam', undefined, patience()), {
    code: 'capture-failed',
    message: 'The camera cam sent no new picture.',
  });
  t.same(none.shots, ['0 fresh', '0 fresh']);
  await none.stop();

  const slow = world(
    'on_demand',
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const capture = t.rejects(slow.output.ask('capture', 'cam', undefined, patience()), {
    code: 'capture-timeout',
    message: 'The camera cam sent no picture within 5s.',
  });
  await slow.time.advance(5000);
  await capture;
  t.same(slow.states, [], 'an abort is no report about the camera');
  await slow.stop();
});

t.test('a capture keeps the camera open until it has lingered', async (t) => {
  let rests = 0;
  const source = world('on_demand', undefined, async () => void rests++);
  const frame = await source.output.ask('capture', 'cam', undefined, patience());
  t.equal(frame.data.toString(), 'shot 1');
  await source.time.advance(demand.linger - 1);
  t.equal(rests, 0);
  await source.time.advance(1);
  t.equal(rests, 1);
  await source.stop();
});

t.test('the camera may have another name than the node', async (t) => {
  const source = world('on_demand', undefined, undefined, 'gate');
  const frames: string[] = [];
  source.output.add({ push: (frame) => void frames.push(frame.camera), drain: async () => {}, close() {} });
  t.same(source.output.cameras(), ['gate']);
  t.equal((await source.output.ask('capture', 'gate', undefined, patience())).camera, 'gate');
  t.equal(source.output.answers('capture', 'cam'), false);
  t.equal(source.output.answers('command', 'gate'), true);
  t.equal(source.output.answers('command', 'cam'), false);
  source.output.want('cam');
  await settle();
  t.equal(source.shots.length, 1);
  source.output.want('gate');
  await settle();
  t.same(frames, ['gate']);
  await source.stop();
});

t.test(
  'a requested picture between two of the interval goes to all consumers, and a failed one is reported',
  async (t) => {
    let broken = false;
    const source = world('always', () => {
      if (broken) return Promise.reject(environment('away', 'The camera is away.'));
      return Promise.resolve(image(`shot ${source.shots.length}`));
    });
    const seen = watch(source);
    await source.time.advance(500);
    t.equal(await source.output.ask('command', 'cam', { name: 'capture' } as never, patience()), true);
    t.same(source.shots, ['0', '500 fresh']);
    t.same(seen, ['shot 1', 'shot 2']);
    broken = true;
    await t.rejects(source.output.ask('command', 'cam', { name: 'capture' } as never, patience()), { code: 'away' });
    t.same(source.states, ['healthy', 'The camera is away.']);
    await source.stop();
  },
);
