// source/rtsp against a real RTSP server: pictures, passwords kept secret, and recovery from every kind of loss.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ffmpegArguments } from '../../../plugins/source/rtsp/arguments.ts';
import { explain } from '../../../plugins/source/rtsp/explain.ts';
import { createInputFile, streamUrl } from '../../../plugins/source/rtsp/input-file.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { collect } from '../../support/collect.ts';
import { run } from '../../support/harness.ts';
import { readText } from '../../support/reading.ts';
import { rtspServer } from '../../support/rtsp.ts';
import { until } from '../../support/until.ts';

const OPTIONS = {
  url: 'rtsp://camera.local/live',
  frames: 'key',
  quality: 80,
  transport: 'tcp',
  program: 'ffmpeg',
  timeout: 15_000,
  mode: 'always',
  linger: 10_000,
  capture_timeout: 10_000,
} as const;

const PASSWORD = "s3 cret'/@#%";

const profile = (options: Record<string, unknown>): string =>
  JSON.stringify({
    camd: 1,
    pipeline: {
      cam: { use: 'source/rtsp', ...options },
      latest: { use: 'cache/latest', from: 'cam' },
      web: { use: 'http/server', listen: '127.0.0.1:0' },
      shot: { use: 'http/snapshot', on: 'web', from: 'latest', path: '/cam.jpg', timeout: '1m' },
    },
  });

/** Command lines and environments of all processes that the test may read. */
/** The processes that this one has started, and theirs. */
function descendants(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readProc(`${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...(existsSync(`/proc/${child}/task`) ? descendants(child) : [])]);
}

const textOf = (pid: number | string): string =>
  ['cmdline', 'environ'].map((file) => readProc(`${pid}/${file}`)).join('\n');

/** Empty when the process has gone. */
function readProc(path: string): string {
  try {
    return readFileSync(join('/proc', path), 'latin1');
  } catch {
    return '';
  }
}

function everyProcess(): string {
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const texts = others.map(textOf);
  return texts.join('\n');
}

t.test('key frames arrive as JPEGs; a lost camera is reported and comes back', async (t) => {
  const server = await rtspServer(t, { fps: 10, gop: 5 });
  const camd = await run(t, profile({ url: server.url, timeout: '5s' }));
  const frames = collect(camd, 'cam');
  await until(() => frames.length >= 2, 'two pictures');

  t.match(frames[0], { type: 'image/jpeg', width: 640, height: 360, camera: 'cam' });
  await camd.state('cam', 'running');

  await server.kill();
  const lost = await camd.state('cam', 'degraded');
  t.match(lost.state, { why: /The stream rtsp:\/\/127\.0\.0\.1:\d+\/cam / });

  await server.start();
  await camd.state('cam', 'running');
  const before = frames.length;
  await until(() => frames.length > before, 'another picture');
});

t.test('a rate, a width and MJPEG; the last key frame of a camera that has frozen is noticed', async (t) => {
  const server = await rtspServer(t, { codec: 'mjpeg', fps: 10 });
  const camd = await run(t, profile({ url: server.url, frames: '5/s', width: 320, timeout: '4s' }));
  const frames = collect(camd, 'cam');
  await until(() => frames.length >= 3, 'three pictures');

  t.match(frames[2], { width: 320, height: 180 });

  server.freeze();
  const frozen = await camd.state('cam', 'degraded');
  t.match(frozen.state, { why: /has sent nothing for 4s|ended with status|does not answer/ });
});

t.test(
  'H.265 with Digest: the password is in no command line, no environment, no log and no file that is left',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'camd-rtsp-test-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    t.teardown(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(folder, { recursive: true, force: true });
    });
    const server = await rtspServer(t, { codec: 'h265', user: 'view er', password: PASSWORD });
    const camd = await run(t, profile({ url: server.url, username: 'view er', password: PASSWORD, frames: 'all' }));
    const frames = collect(camd, 'cam');
    await until(() => frames.length >= 5, 'five pictures');

    const ffmpegs = await until(() => {
      const found = everyProcess()
        .split('\n')
        .filter((line) => line.includes('concat'));
      return found.length > 0 && found;
    }, 'ffmpeg to be seen');
    for (const secret of [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      encodeURIComponent(PASSWORD).replaceAll("'", '%27'),
    ]) {
      for (const line of ffmpegs) t.notOk(line.includes(secret));
      t.notOk(JSON.stringify(camd.lines).includes(secret));
    }
    t.same(
      readdirSync(folder).filter((name) => name.startsWith('camd-rtsp-') && !name.startsWith('camd-rtsp-test')),
      [],
      'the file that names the stream is gone',
    );
  },
);

t.test('a wrong password is reported, and a right one works after a reload', async (t) => {
  const server = await rtspServer(t, { user: 'viewer', password: 'right' });
  const camd = await run(t, profile({ url: server.url, username: 'viewer', password: 'wrong' }));

  const refused = await camd.state('cam', 'degraded');
  t.match(refused.state, { why: /refuses the user or the password: check "username" and "password"/ });

  const result = await camd.reload(profile({ url: server.url, username: 'viewer', password: 'right' }));
  t.ok(result.ok);
  await camd.state('cam', 'running');
});

t.test('on demand ffmpeg runs only for viewers', async (t) => {
  const server = await rtspServer(t);
  const camd = await run(t, profile({ url: server.url, mode: 'on_demand', linger: '0ms', capture_timeout: '1m' }));
  const { port } = new URL(server.url);
  const address = camd.port('web', 'server').origin;
  const running = () => descendants(process.pid).some((pid) => textOf(pid).includes('camd-rtsp-'));

  t.notOk(running(), `nothing runs for port ${port}`);
  const got = await fetch(`${address}/cam.jpg`);
  t.equal(got.status, 200);
  t.equal(got.headers.get('content-type'), 'image/jpeg');
  await until(() => !running(), 'ffmpeg to end');
});

t.test('the file for ffmpeg is private and contains the options to open the stream', async (t) => {
  const url = streamUrl({ ...OPTIONS, username: 'a b', password: PASSWORD });
  const input = await createInputFile(url, OPTIONS);
  const text = readFileSync(input.path, 'utf8');

  t.match(text, "file 'rtsp://a%20b:s3%20cret%27%2F%40%23%25@camera.local/live'\n");
  t.match(text, 'option rtsp_transport tcp\noption timeout 15000000\n');
  input.forget();
  input.forget();
  t.notOk(existsSync(input.path));
});

t.test('the command line follows the options', (t) => {
  const argv = (more: object) => ffmpegArguments({ ...OPTIONS, ...more }, '/in').join(' ');

  t.match(argv({}), '-skip_frame nokey -f concat');
  t.match(argv({}), '-q:v 8 ');
  t.match(argv({ frames: '30/m', width: 640 }), '-vf fps=30/60,scale=640:-2 -fps_mode cfr');
  t.notMatch(argv({ frames: 'all' }), 'skip_frame');
  t.match(argv({ frames: 'all' }), '-fps_mode vfr -enc_time_base 1:1000');
  t.match(argv({ hardware: 'vaapi', quality: 100 }), '-hwaccel vaapi -threads 1 ');
  t.match(argv({ quality: 100 }), '-q:v 2 ');
  t.end();
});

t.test('errors of ffmpeg become sentences with a remedy', (t) => {
  const explained = (line: string) => explain(line, 'The stream rtsp://camera/live');

  t.match(explained('/tmp/x: Connection refused'), /nothing listens on that port/);
  t.match(explained('method DESCRIBE failed: 404 Not Found'), /check the path of "url"/);
  t.match(explained('Decoder (codec hevc) not found for input stream #0:0'), /cannot decode/);
  t.match(explained("Unrecognized option 'fps_mode'."), /5\.1 or newer/);
  t.match(explained('461 Unsupported Transport'), /transport: udp/);
  t.equal(explained('something else'), undefined);
  t.end();
});

t.test('validate: a user twice, a password without a user, and a program that is not there', async (t) => {
  const read = (options: object) =>
    readText(profile({ url: 'rtsp://127.0.0.1/x', ...options }), { catalog: builtinCatalog() });

  const twice = await read({ url: 'rtsp://me@127.0.0.1/x', username: 'me' });
  t.match(twice.problems, [{ code: 'wrong-value', message: /the URL has a user already/ }]);
  const alone = await read({ password: '${env:P:-x}' });
  t.match(alone.problems, [{ code: 'wrong-value', message: /it needs "username"/ }]);
  const wrong = await read({ frames: 'often' });
  t.match(wrong.problems, [{ message: 'frames: "often" is not "key", "all" or a rate such as 5/s.' }]);
  const plugin = await builtinCatalog().node('source/rtsp');
  const signal = new AbortController().signal;
  const found = await plugin.inspect?.({ ...OPTIONS, program: 'no-such-ffmpeg' }, signal, (path) => path);
  t.match(found, [{ code: 'not-here', message: /no-such-ffmpeg was not found on this machine/ }]);
  t.same(await plugin.inspect?.({ ...OPTIONS }, signal, (path) => path), []);
});
