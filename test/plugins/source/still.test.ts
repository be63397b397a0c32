// source/still with a program that has the rules of rpicam-still: triggers, accepted pictures, and faults.

import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type StillCamera, stillCamera, takenOf } from '../../support/still-camera.ts';
import { until } from '../../support/until.ts';

const patience = (): AbortSignal => new AbortController().signal;
const capture = (camd: Running): Promise<{ data: Buffer; time: number }> =>
  camd.output('cam').ask('capture', 'cam', undefined, patience());

/** One node "cam" with these further options. */
const profile = (options: string): string => dedent`
  camd: 1
  pipeline:
    cam: { use: source/still, ${options} }
`;
const shooting = (camera: StillCamera, more = ''): string =>
  profile(`command: ${camera.command('-s', '-o', '-')}, every: 20ms${more}`);
const toFile = (camera: StillCamera, more = ''): string => {
  const file = join(camera.folder, 'signal.jpg');
  return profile(`command: ${camera.command('-s', '-o', file)}, output: file, file: ${file}, every: 20ms${more}`);
};

t.test('pictures come whole and in order from one program, each taken after its timestamp', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, shooting(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 20, 'twenty pictures');
  await camd.stop();

  t.equal(camera.count('started'), 1);
  t.same(
    frames.map(({ data }) => takenOf(data).shot),
    frames.map((_, index) => index + 1),
    'one picture for each trigger, none twice',
  );
  t.ok(frames.every(({ data, time }) => takenOf(data).taken >= time));
  t.ok(frames.every((frame, index) => index === 0 || frame.time > (frames[index - 1]?.time ?? 0)));
  t.equal(camera.count('quit'), 1, 'it was requested to close the camera, not killed');
  t.same(camera.running(), []);
});

t.test('the end of a picture does not wait in the buffer of the program for the next one', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, shooting(camera, ', every: 1h').replace('every: 20ms, ', ''));
  const frames = collect(camd, 'cam');

  await until(() => frames.length === 1, 'the picture');

  t.equal(camera.count('taken'), 1);
});

t.test('no signal is sent before the program prints that it is ready', async (t) => {
  const camera = stillCamera(t, { open_ms: 400, stderr_lines: 5 });
  const camd = await run(t, shooting(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 0, 'a picture');

  t.equal(camera.count('started'), 1);
});

t.test('no signal is sent before the time in which the program becomes ready', async (t) => {
  const camera = stillCamera(t);
  const { clock, advance } = manualClock();
  const began = clock.now();
  const camd = await run(t, shooting(camera, ', ready: 10m, start_timeout: 1h, timeout: 1h'), { clock });
  const frames = collect(camd, 'cam');
  await until(() => camera.count('ready') === 1, 'the camera to be open');

  const first = await until(async () => {
    // On a busy machine the program needs more turns than the clock has minutes before its time limit.
    if (clock.now() - began < 11 * 60_000) await advance(60_000);
    return frames[0];
  }, 'the first picture');

  t.ok(first.time - began >= 10 * 60_000, 'it was triggered after ten minutes');
  t.equal(camera.count('started'), 1);
});

t.test('a program that the signal killed was not ready: that is the reason, and it gets more time', async (t) => {
  const camera = stillCamera(t, { open_ms: 300 });
  const camd = await run(t, shooting(camera, ', ready: 0ms'));
  const frames = collect(camd, 'cam');

  const killed = await camd.state('cam', 'degraded');
  await until(() => frames.length > 2, 'pictures');

  t.match(killed.lastError, /was ended by the signal that asks for a picture, so it was not ready yet/);
  // On a busy machine the second start may also be too slow.
  t.ok(Number(camd.status('cam').metrics.starts_total) >= 2, 'a later time it was ready');
  t.equal(camd.status('cam').state.is, 'running');
});

t.test('a program that never reports readiness is not signalled; the reason names the option', async (t) => {
  const camera = stillCamera(t, { mute: true });
  const camd = await run(t, shooting(camera, ', start_timeout: 300ms'));

  const waiting = await camd.state('cam', 'degraded');

  t.match(waiting.lastError, /was not ready within 300ms: no line with "configuring streams" came; set "ready"/);
  t.equal(camera.count('taken'), 0);
});

t.test('a newline triggers programs that wait for a key, and x ends them', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, profile(`command: ${camera.command('-k', '-o', '-')}, trigger: newline, every: 20ms`));
  const frames = collect(camd, 'cam');

  await until(() => frames.length > 5, 'pictures');
  await camd.stop();

  t.equal(camera.count('started'), 1);
  t.equal(camera.count('quit'), 1);
});

t.test('a program that dies is started again, and its unfinished picture is dropped', async (t) => {
  const camera = stillCamera(t, { die_after: 5 });
  const camd = await run(t, shooting(camera));
  const frames = collect(camd, 'cam');

  await until(() => camera.count('started') >= 3 && frames.length >= 11, 'the third program');

  t.same(
    frames.slice(0, 11).map(({ data }) => takenOf(data).shot),
    [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1],
  );
  t.match(camd.status('cam').lastError ?? 'The command python3 ended with status 1', /ended with status 1/);
});

t.test('a program that hangs is ended after the timeout, also when it ignores SIGUSR2 and SIGTERM', async (t) => {
  const camera = stillCamera(t, { hang_after: 2, ignore_term: true });
  const camd = await run(t, shooting(camera, ', timeout: 1s, grace: 200ms'));
  const frames = collect(camd, 'cam');

  const hung = await camd.state('cam', 'degraded');
  const [first] = camera.journal();
  await until(() => frames.length >= 3, 'a picture of the next program');

  t.match(hung.lastError, /The command python3 sent no picture within 1s/);
  t.equal(camera.count('hangs') >= 1, true);
  t.notOk(camera.running().includes(first?.pid ?? 0), 'nothing of the first one is left');
});

t.test('half a picture is ignored; the reason names the received bytes', async (t) => {
  for (const form of [shooting, toFile]) {
    const camera = stillCamera(t, { half: true });
    const camd = await run(t, form(camera, ', timeout: 2s'));
    const frames = collect(camd, 'cam');

    const broken = await camd.state('cam', 'degraded');

    t.equal(frames.length, 0);
    t.match(broken.lastError, /cannot write the picture: check that the disk is neither full nor read-only/);
    await camd.stop();
  }
});

t.test('a file is taken when it has stopped growing, and is gone afterwards', async (t) => {
  const camera = stillCamera(t, { slow_ms: 60 });
  const camd = await run(t, toFile(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 3, 'three pictures');
  await camd.stop();

  t.same(
    frames.map(({ data }) => takenOf(data).shot),
    frames.map((_, index) => index + 1),
  );
  t.notOk(existsSync(join(camera.folder, 'signal.jpg')));
});

t.test('an old picture that lies in the file is never taken for a new one, even when it is overwritten', async (t) => {
  const camera = stillCamera(t, { slow_ms: 60, in_place: true });
  const old = sampleJpeg({ seed: 99 });
  writeFileSync(join(camera.folder, 'signal.jpg'), old);
  const camd = await run(t, toFile(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 2, 'two pictures');

  t.notOk(frames.some(({ data }) => data.equals(old)));
  t.equal(frames[0] && takenOf(frames[0].data).shot, 1);
});

t.test('a file that cannot be removed stops the camera instead of showing one picture for ever', async (t) => {
  const camera = stillCamera(t);
  await mkdir(join(camera.folder, 'signal.jpg'));
  const camd = await run(t, toFile(camera));

  const stuck = await camd.state('cam', 'degraded');

  t.match(stuck.lastError, /signal\.jpg cannot be removed, so that an old picture could be taken for a new one/);
});

t.test('the last picture of a program that ends after it is taken from the file', async (t) => {
  const camera = stillCamera(t, { die_after: 1 });
  const camd = await run(t, toFile(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 2, 'a picture of each of two programs');

  t.same(
    frames.slice(0, 2).map(({ data }) => takenOf(data).shot),
    [1, 1],
  );
});

t.test('an error of the program is the reason, with a remedy', async (t) => {
  const missing = stillCamera(t, { absent: true });
  const pulled = stillCamera(t, { pulled: true });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      missing: { use: source/still, command: ${missing.command('-s', '-o', '-')} }
      pulled: { use: source/still, command: ${pulled.command('-s', '-o', '-')}, timeout: 2s }
  `,
  );

  const missingStatus = await camd.state('missing', 'degraded');
  const pulledStatus = await camd.state('pulled', 'degraded');

  t.match(missingStatus.lastError, /The camera was not found: check its ribbon cable.*no cameras available/);
  t.match(
    pulledStatus.lastError,
    /sent no picture within 2s.*check its ribbon cable and the power supply.*Device timeout/,
  );
});

t.test('two nodes with one camera: the second reports its user, and takes over when it is free', async (t) => {
  const camera = stillCamera(t);
  const first = await run(t, shooting(camera));
  await first.state('cam', 'running');
  await until(() => camera.count('taken') > 0, 'the first to have the camera');
  const second = await run(t, shooting(camera));
  const frames = collect(second, 'cam');

  const busy = await second.state('cam', 'degraded');
  await first.stop();
  await until(() => frames.length > 0, 'a picture of the second');

  t.match(busy.lastError, /Another program uses the camera.*failed to acquire camera/);
  t.same(camera.running().length, 1);
});

t.test('a camera that comes back is used again without a restart of camd', async (t) => {
  const camera = stillCamera(t, { absent: true });
  const camd = await run(t, shooting(camera));
  const frames = collect(camd, 'cam');
  await camd.state('cam', 'degraded');

  camera.set({});
  await until(() => frames.length > 0, 'a picture');

  await camd.state('cam', 'running');
  t.equal(camd.status('cam').restarts, 0);
});

t.test('unrequested pictures are dropped and counted', async (t) => {
  const camera = stillCamera(t, { twice: true });
  const camd = await run(t, shooting(camera));
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 5, 'pictures');
  await until(() => (camd.status('cam').metrics.unasked_total ?? 0) >= 4, 'copies to be dropped');

  t.same(
    frames.slice(0, 5).map(({ data }) => takenOf(data).shot),
    [1, 2, 3, 4, 5],
  );
});

t.test('on demand the program runs only while it is needed, and concurrent requests share one picture', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, shooting(camera, ', mode: on_demand, linger: 0ms, every: 1h').replace('every: 20ms, ', ''));
  t.equal(camera.count('started'), 0, 'no request yet');

  const pictures = await Promise.all(Array.from({ length: 5 }, () => capture(camd)));
  await until(() => camera.running().length === 0, 'the program to end');
  const later = await capture(camd);

  t.equal(new Set(pictures.map(({ time }) => time)).size, 1);
  t.equal(camera.count('started'), 2);
  t.ok(takenOf(later.data).taken > (pictures[0]?.time ?? 0));
});

t.test('a cancelled request does not end the capture, and the next request gets no older picture', async (t) => {
  const camera = stillCamera(t, { shot_ms: 300 });
  const camd = await run(t, shooting(camera, ', mode: on_demand, linger: 1h, every: 1h').replace('every: 20ms, ', ''));
  const control = new AbortController();
  const first = camd.output('cam').ask('capture', 'cam', undefined, control.signal);
  await until(() => camera.count('taken') === 1, 'the trigger');

  control.abort(new Error('gone'));
  await t.rejects(first, /gone/);
  const next = await capture(camd);

  t.ok(takenOf(next.data).taken >= next.time);
  t.equal(camera.count('started'), 1);
});

t.test('a reload and a stop while a picture is taken leave no process behind', async (t) => {
  const camera = stillCamera(t, { shot_ms: 200 });
  const camd = await run(t, shooting(camera));
  await until(() => camera.count('taken') > 0, 'a shot');

  const reloaded = await camd.reload(shooting(camera, ', timeout: 5s'));
  await until(() => camera.count('started') === 2, 'the new program');
  await until(() => camera.count('taken') > 1, 'its shot');
  t.equal(camera.running().length, 1);
  await camd.stop();

  t.equal(reloaded.ok, true);
  t.same(camera.running(), []);
});

t.test(
  'rpicam-still runs by default with the options of the profile, libcamera-still where it is the only one',
  async (t) => {
    const path = process.env.PATH ?? '';
    t.teardown(() => {
      process.env.PATH = path;
    });
    for (const name of ['rpicam-still', 'libcamera-still']) {
      const camera = stillCamera(t);
      process.env.PATH = `${await camera.install(name)}:${path}`;
      const camd = await run(
        t,
        profile('width: 1280, height: 720, rotate: 180, camera_number: 1, arguments: [--awb, auto], every: 20ms'),
      );
      const frames = collect(camd, 'cam');

      await until(() => frames.length > 0, `a picture of ${name}`);

      const argv = camera.journal()[0]?.argv ?? [];
      t.equal(
        argv.slice(2).join(' '),
        '--nopreview --timeout 0 --signal --width 1280 --height 720 --quality 90 --thumb none --camera 1 --rotation 180 --awb auto --output -',
      );
      await camd.stop();
    }
  },
);

t.test('without any program the reason names the package to install', async (t) => {
  const camd = await run(t, profile('every: 1s'));

  const none = await camd.state('cam', 'degraded');

  t.match(none.lastError, /Neither rpicam-still nor libcamera-still was found: install rpicam-apps/);
});

t.test('output of the program for each picture is not logged', async (t) => {
  const camera = stillCamera(t);
  const camd = await run(t, shooting(camera));
  await until(() => camera.count('taken') > 5, 'pictures');
  await camd.stop();

  const loud = camd.lines.filter(({ msg, level }) => msg === 'the command wrote to stderr' && level !== 'debug');
  t.equal(loud.length, 1, 'the line of the start');
});

t.test('impossible options are found before the start', async (t) => {
  await t.rejects(run(t, profile('output: file')), /file/);
  await t.rejects(run(t, profile('ready: 30s, start_timeout: 10s')), /would be ended after 10s/);
});
