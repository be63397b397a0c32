// Tests of stereo groups and of capture scopes with stand-ins for the cameras and for the services that use them.

import t from 'tap';
import type { CaptureScope, Frame } from '../../../core/contract/plugin.ts';
import { dedent } from '../../support/dedent.ts';
import { fakeCameras } from '../../support/fake-v4l2.ts';
import { type Running, run } from '../../support/harness.ts';

const patience = (): AbortSignal => new AbortController().signal;
const scopeOf = (): CaptureScope => ({ enter: async () => {}, hold: () => () => {} });

/** Like a request for several cameras: one scope, all at once. */
const captureAll = (camd: Running, scope = scopeOf()): Promise<PromiseSettledResult<Frame>[]> =>
  Promise.allSettled(['left', 'right'].map((camera) => camd.output('eyes').ask('capture', camera, scope, patience())));

const frameOf = (result: PromiseSettledResult<Frame> | undefined): Frame => {
  if (result?.status === 'fulfilled') return result.value;
  throw result?.reason;
};
const reasonOf = (result: PromiseSettledResult<Frame> | undefined): string =>
  result?.status === 'rejected' && result.reason instanceof Error ? result.reason.message : 'it was not refused';

const profile = (left: string, right: string, more = ''): string => dedent`
  camd: 1
  pipeline:
    eyes:
      use: source/v4l2
      mode: still
      width: 640
      height: 480
      capture_timeout: 25s
      max_skew: 30ms
      ${more === '' ? 'attempts: 30' : more}
      cameras:
        left: { device: ${left}, stereo: true }
        right: { device: ${right}, stereo: true }
`;
const opened = (calls: readonly (readonly string[])[]): number =>
  calls.filter((call) => call.includes('--stream-to=-')).length;

t.test('a pair has the nearest capture times, and both frames carry the true skew', async (t) => {
  const cameras = await fakeCameras(t);
  const [left, right] = [cameras.plug('left', { fps: 20 }), cameras.plug('right', { fps: 20, phase: 0.013 })];
  const camd = await run(t, profile(left, right));

  const [one, other] = (await captureAll(camd)).map(frameOf);

  const skew = Number(one?.meta.skew_ms);
  t.ok(skew <= 30, `${skew} ms`);
  t.equal(other?.meta.skew_ms, skew);
  // Times of day are rounded like those of Date.now().
  t.ok(Math.abs(Math.abs((one?.time ?? 0) - (other?.time ?? 0)) - skew) <= 11);
  t.equal(camd.status('eyes').metrics.stereo_captures_total, 1);
  t.same([opened(cameras.calls('left')), opened(cameras.calls('right'))], [1, 1]);
});

t.test('one camera alone is taken alone, without opening the other', async (t) => {
  const cameras = await fakeCameras(t);
  const [left, right] = [cameras.plug('left'), cameras.plug('right')];
  const camd = await run(t, profile(left, right));

  const frame = await camd.output('eyes').ask('capture', 'left', scopeOf(), patience());

  t.equal(frame.meta.skew_ms, undefined);
  t.same(cameras.calls('right'), []);
});

t.test('without bandwidth for both streams they are taken one after the other, and the remark says USB', async (t) => {
  const cameras = await fakeCameras(t);
  const left = cameras.plug('left');
  const right = cameras.plug('right', { needs_free: 'left' });
  const camd = await run(t, profile(left, right));

  const [one, other] = (await captureAll(camd)).map(frameOf);

  t.match(one?.meta.remark, /one after the other: the USB bus has no bandwidth/);
  t.equal(other?.meta.remark, one?.meta.remark);
  t.ok(Number(one?.meta.skew_ms) > 30, 'the skew is that of two stills');
  t.same(cameras.running(), []);
});

t.test('one camera of the pair is away: the other is captured, and the missing one reports the reason', async (t) => {
  const cameras = await fakeCameras(t);
  const left = cameras.plug('left');
  const camd = await run(t, profile(left, `${cameras.folder}/right`));

  const [one, other] = await captureAll(camd);

  t.equal(frameOf(one).meta.skew_ms, undefined);
  t.match(reasonOf(other), /There is no device .*\/right/);
});

t.test('a camera unplugged between the captures of a pair is not waited for, and its error names it', async (t) => {
  const cameras = await fakeCameras(t);
  const left = cameras.plug('left', { phase: 0.5 });
  const right = cameras.plug('right', { unplugged_after: 0 });
  const camd = await run(t, profile(left, right));

  const [one, other] = await captureAll(camd);
  const again = await Promise.allSettled([camd.output('eyes').ask('capture', 'left', scopeOf(), patience())]);

  t.match(reasonOf(other), /right was unplugged|There is no device .*right/);
  t.ok(one?.status === 'fulfilled' || /right/.test(reasonOf(one)), reasonOf(one));
  t.equal(frameOf(again[0]).width, 640, 'the remaining camera works');
  t.same(cameras.running(), []);
});

t.test('cameras that are never close enough: the capture fails and names the best skew', async (t) => {
  const cameras = await fakeCameras(t);
  const left = cameras.plug('left', { fps: 20 });
  const right = cameras.plug('right', { fps: 20, age: 5 });
  const camd = await run(t, profile(left, right, 'attempts: 5'));

  const [one, other] = await captureAll(camd);

  t.match(reasonOf(one), /never closer than \d+\.\d ms in 5 attempts, and max_skew is 30\.0 ms/);
  t.equal(reasonOf(other), reasonOf(one));
  t.same(cameras.running(), []);
});
