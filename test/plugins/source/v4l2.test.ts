// Tests of source/v4l2 with a stand-in for v4l2-ctl: each mode, each failure of a camera, and no process left behind.

import { spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CaptureScope, Frame } from '../../../core/contract/plugin.ts';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { drawn, fakeCameras, ownDevice } from '../../support/fake-v4l2.ts';
import { type Running, run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

const patience = (): AbortSignal => new AbortController().signal;
const capture = (camd: Running, camera = 'cam', node = camera, scope?: CaptureScope): Promise<Frame> =>
  camd.output(node).ask('capture', camera, scope, patience());
const refused = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it was not refused'),
    (cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))),
  );
const SIZE = 'width: 640, height: 480';

t.test('a still sets the format, skips the warm-up pictures, takes one picture and closes the camera', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { padding: 500, tables: false, age: 0.25 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, ${SIZE}, fps: 15, mode: still, warm_up: { pictures: 3 } }
  `,
  );

  const before = Date.now();
  const frame = await capture(camd);

  t.same([frame.camera, frame.width, frame.height, frame.type], ['cam', 640, 480, 'image/jpeg']);
  t.ok(frame.data.includes(Buffer.from([0xff, 0xc4])), 'the tables are back');
  t.same([...frame.data.subarray(-2)], [0xff, 0xd9], 'the padding is gone');
  t.ok(frame.time <= Date.now() - 250 && frame.time > before - 250, "the time is the driver's");
  t.same(cameras.calls('bench'), [
    ['-d', device, '--set-fmt-video=width=640,height=480,pixelformat=MJPG', '--set-parm=15', '--get-fmt-video'],
    [
      ...['-d', device, '--verbose', '--stream-mmap=4', '--stream-poll', '--stream-skip=3', '--stream-count=1'],
      '--stream-to=-',
    ],
  ]);
  t.same(cameras.running(), []);
});

t.test('two simultaneous captures open the camera once', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench');
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, mode: still }
  `,
  );

  const [first, second] = await Promise.all([capture(camd), capture(camd)]);

  t.equal(first, second);
  t.equal(cameras.calls('bench').filter((call) => call.includes('--stream-to=-')).length, 1);
});

t.test('a stream passes each picture on at once, and its progress marks never reach the log', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { fps: 200, greeting: 'Format Video Capture:\n' });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, ${SIZE} }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 90, '90 frames');
  cameras.set('bench', { hang: true });
  const whole = frames.length;
  await camd.state('cam', 'running');
  await camd.stop();

  const picture = await drawn('640x480', 140);
  t.ok(frames.every(({ data }) => data.equals(picture)));
  // Two that a busy machine reads at once may have the same millisecond.
  t.ok(frames.every(({ time }, index) => index === 0 || time >= (frames[index - 1]?.time ?? 0)));
  t.ok(frames.length <= whole + 2);
  t.notOk(
    camd.lines.some(({ line }) => line !== undefined),
    'no output of v4l2-ctl in the log',
  );
  t.same(cameras.running(), []);
});

t.test('on demand the camera is opened for the first viewer and closed after the last one', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench');
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, mode: on_demand, linger: 0ms }
  `,
  );
  const frames = collect(camd, 'cam');
  t.same(cameras.calls('bench'), []);

  const release = camd.output('cam').want(undefined);
  await until(() => frames.length > 2, 'frames');
  const captured = await capture(camd);
  release();
  await until(() => cameras.running().length === 0, 'the camera to be closed');

  t.ok(frames.some(({ data }) => data.equals(captured.data)));
  t.equal(cameras.calls('bench').filter((call) => call.includes('--stream-to=-')).length, 1);
});

t.test('broken pictures are dropped: torn, undecodable between whole markers, or marked by the driver', async (t) => {
  const cameras = await fakeCameras(t);
  const torn = cameras.plug('torn', { torn: 1 });
  const garbage = cameras.plug('garbage', { undecodable: 1000 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      still: { use: source/v4l2, device: ${torn}, mode: still, warm_up: { settled: true } }
      once: { use: source/v4l2, device: ${garbage}, mode: still, capture_timeout: 20s }
  `,
  );

  const frame = await capture(camd, 'still');
  const undecodable = await refused(capture(camd, 'once'));
  cameras.set('garbage', { undecodable: 0, damaged: [1, 2] });
  const third = await capture(camd, 'once');
  cameras.set('garbage', { undecodable: 0, damaged: [], torn: 1 });
  const second = await capture(camd, 'once');
  cameras.set('garbage', { torn: 1000 });
  const broken = await refused(capture(camd, 'once'));

  t.equal(frame.width, 640);
  t.match(undecodable.message, /sent a picture that cannot be decoded\.$/);
  t.equal(third.width, 640);
  t.equal(second.width, 640, 'the first of each opening is torn, so the second is taken');
  t.match(broken.message, /sends broken pictures \(truncated\)\.$/);
});

t.test('the error of a busy camera names the process and its unit with every exit code of v4l2-ctl', async (t) => {
  const cameras = await fakeCameras(t);
  const file = await ownDevice(t);
  const device = cameras.plug('bench', { busy: true }, file);
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, ${SIZE}, mode: still }
  `,
  );

  const unseen = await refused(capture(camd));
  const keeper = spawn('sh', ['-c', `exec sleep 1000 3>${file}`], { stdio: 'ignore' });
  t.teardown(() => keeper.kill('SIGKILL'));
  const seen = await until(async () => {
    const { message } = await refused(capture(camd));
    // Before it has become `sleep`, the holder is a shell.
    return message.includes('(sleep') && message;
  }, 'the holder to be found');
  cameras.set('bench', { busy: false, end: 'busy' });
  const silent = await refused(capture(camd));

  t.equal(unseen.message, `${device} is in use by another program: "sudo fuser -v ${file}" shows which.`);
  t.match(seen, `is in use by pid ${keeper.pid} (sleep`);
  t.match(silent.message, `is in use by pid ${keeper.pid} (sleep`, 'zero bytes and exit 0');
});

t.test('camd waits for missing and unplugged cameras, and reports which of the two they are', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { unplugged_after: 5 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device} }
      gone: { use: source/v4l2, device: ${join(cameras.folder, 'nowhere')} }
  `,
  );
  const frames = collect(camd, 'cam');

  const missing = await camd.state('gone', 'degraded');
  const unplugged = await camd.state('cam', 'degraded');
  cameras.set('bench', { unplugged_after: 1_000_000 });
  symlinkSync('/dev/random', device);
  await camd.state('cam', 'running');
  await until(() => frames.length > 8, 'frames from the other device file');

  t.match(missing.lastError, `There is no device ${cameras.folder}/nowhere`);
  t.equal(unplugged.lastError, `${device} was unplugged.`);
  t.equal(frames.filter(({ seq }) => seq <= 5).length, 5, 'no picture is lost');
});

t.test('camd kills the program of a hung camera by its own timer, and the camera is free again', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { hang: true });
  const profile = (timeout: string) => dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, mode: still, timeout: ${timeout} }
  `;
  const camd = await run(t, profile('2s'));

  const hung = await refused(capture(camd));
  const left = cameras.running();
  cameras.set('bench', { hang: false });
  // On a busy machine a picture may take longer than two seconds.
  await camd.reload(profile('1m'));
  const frame = await capture(camd);
  cameras.set('bench', { end: 'timeout' });
  const timeout = await refused(capture(camd));

  t.match(hung.message, /has stopped sending pictures before the first one/);
  t.same(left, []);
  t.equal(frame.width, 640);
  t.match(
    timeout.message,
    /has stopped sending pictures before the first one/,
    'the timer of v4l2-ctl causes the same message',
  );
});

t.test('no bytes with exit 0, denied permission and a short raw picture are reported', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { end: 'empty' });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, mode: still, format: YUYV, width: 320, height: 240 }
  `,
  );

  const empty = await refused(capture(camd));
  cameras.set('bench', { denied: true });
  const denied = await refused(capture(camd));
  cameras.plug('other', { torn: 1000 });
  const camd2 = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      raw: { use: source/v4l2, device: ${join(cameras.folder, 'other')}, mode: still, format: YUYV, width: 320, height: 240 }
  `,
  );
  const short = await refused(capture(camd2, 'raw'));

  t.equal(empty.message, `${device} gave no picture.`);
  t.match(denied.message, /This user may not use .*Permission denied.*the group video/);
  t.match(short.message, /sends broken pictures \(short\)\.$/);
});

t.test('an unsupported size or format is an error that lists the supported ones, or is adjusted', async (t) => {
  const cameras = await fakeCameras(t);
  const bench = cameras.plug('bench');
  const odd = cameras.plug('odd', { picture: '320x240.jpg' });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      size: { use: source/v4l2, device: ${bench}, width: 600, height: 400, mode: still }
      odd: { use: source/v4l2, device: ${odd}, ${SIZE}, mode: still }
  `,
  );

  const size = await refused(capture(camd, 'size'));
  const sof = await refused(capture(camd, 'odd'));
  await camd.reload(dedent`
    camd: 1
    pipeline:
      size: { use: source/v4l2, device: ${bench}, width: 600, height: 400, format: NV12, mode: still, adjust: true }
      odd: { use: source/v4l2, device: ${odd}, format: GREY, ${SIZE}, mode: still }
  `);
  const adjusted = await capture(camd, 'size');
  const format = await refused(capture(camd, 'odd'));

  t.equal(
    size.message,
    `${bench} has no MJPG 600x400 and offers MJPG 640x480 instead; it has MJPG 640x480, 320x240; YUYV 320x240: set one of these, or "adjust: true" to use the nearest.`,
  );
  t.match(sof.message, /sends pictures of 320x240 although 640x480 is set/);
  t.equal(adjusted.width, 640);
  t.match(format.message, /has no GREY 640x480 and offers MJPG 640x480 instead/);
});

t.test('raw pictures are encoded', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { value: 128 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, width: 320, height: 240, format: YUYV }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 5, 'frames');
  const { default: sharp } = await import('sharp');
  const { dominant } = await sharp(frames[0]?.data).stats();

  t.same([frames[0]?.width, frames[0]?.height, frames[0]?.type], [320, 240, 'image/jpeg']);
  t.ok(Math.abs(dominant.r - 130) < 12 && Math.abs(dominant.g - dominant.b) < 12, 'Y 128 is grey');
});

t.test('with `settled` the first picture is the one whose brightness has stayed the same for five', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { dark: 6, fps: 15 });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, ${SIZE}, mode: still, warm_up: { settled: true } }
  `,
  );

  const frame = await capture(camd);

  t.ok(frame.data.equals(await drawn('640x480', 140)), 'none of the six that become brighter');
  t.same(cameras.running(), []);
});

t.test(
  'controls are set in one call, automatic modes first, again after the first picture, and read back',
  async (t) => {
    const cameras = await fakeCameras(t);
    const device = cameras.plug('bench');
    const profile = (controls: string): string => dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, ${SIZE}, reapply: 50ms, controls: { ${controls} } }
  `;
    const camd = await run(t, profile('exposure_time_absolute: 200, auto_exposure: manual mode'));
    const sets = (): readonly (readonly string[])[] => cameras.calls('bench').filter((call) => call.includes('-c'));
    const frames = collect(camd, 'cam');

    await until(() => sets().length === 2, 'controls to be set again');
    await camd.state('cam', 'running');
    cameras.set('bench', { controls: { brightness: { min: -64, max: 64, stuck: true } } });
    await camd.reload(profile('brightness: 30, brigthness: 1'));
    const degraded = await camd.state('cam', 'degraded');

    t.same(sets()[0]?.slice(2), [
      ...['-c', 'auto_exposure=1,exposure_time_absolute=200'],
      ...['-C', 'auto_exposure,exposure_time_absolute'],
    ]);
    t.equal(cameras.control('bench', 'exposure_time_absolute'), 200);
    t.match(degraded.lastError, 'cam: The camera has no control brigthness; did you mean brightness?');
    t.match(degraded.lastError, 'The control brightness was not accepted: expected 30, found 0.');
    t.ok(frames.length > 0);
    t.equal(cameras.calls('bench').filter((call) => call.includes('--stream-to=-')).length, 1, 'the stream continued');
  },
);

t.test('on a reload during a capture, the capture fails or succeeds, and no process is left', async (t) => {
  const cameras = await fakeCameras(t);
  const device = cameras.plug('bench', { fps: 2 });
  const profile = (fps: number): string => dedent`
    camd: 1
    pipeline:
      cam: { use: source/v4l2, device: ${device}, fps: ${fps}, mode: still, warm_up: { pictures: 20 } }
  `;
  const camd = await run(t, profile(15));

  const request = refused(capture(camd));
  await until(() => cameras.running().length > 0, 'the capture to begin');
  await camd.reload(profile(30));
  const stopped = await request;
  await until(() => cameras.running().length === 0, 'v4l2-ctl to end');

  t.match(stopped.message, /^The camera cam is (?:being stopped|stopping)\.$/);
});
