// camd film: a film of stored pictures with gaps and torn ones, killed half-way, resumed, and played by a browser.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import { filmSize } from '../../../plugins/kit/film/ffmpeg.ts';
import { type FilmPictures, makeFilm } from '../../../plugins/kit/film/film.ts';
import { frameOf } from '../../conformance/store.ts';
import { browser } from '../../support/browser.ts';
import { camd } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { camdProgram } from '../../support/program.ts';
import { until } from '../../support/until.ts';

const LONG = process.env.CAMD_LONG === '1';
const COUNT = LONG ? 10_000 : 200;
const CHUNK = LONG ? 500 : 40;

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'camd-film-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Frames of the first video stream, counted by the decoder. */
async function framesOf(file: string): Promise<number> {
  const argv = ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames'];
  const { stdout } = await promisify(execFile)('ffprobe', [...argv, '-of', 'csv=p=0', file]);
  return Number(stdout.trim());
}

/** The most resident memory of a process, in MB, while it runs. */
const peakOf = ({ pid }: ChildProcess): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

t.test(
  'after a kill half-way, the second run completes the film of a folder',
  { timeout: LONG ? 3_600_000 : 240_000 },
  async (t) => {
    const at = folder(t);
    const pictures = join(at, 'pictures', 'front');
    mkdirSync(pictures, { recursive: true });
    const kinds = await Promise.all(
      [0, 1, 2, 3].map((hue) =>
        sharp({
          create: {
            width: LONG ? 1280 : 320,
            height: LONG ? 720 : 180,
            channels: 3,
            background: { r: hue * 60, g: 120, b: 200 },
          },
        })
          .jpeg()
          .toBuffer(),
      ),
    );
    const torn = kinds[0]?.subarray(0, 300) ?? Buffer.alloc(0);
    const odd = await sharp({ create: { width: 100, height: 100, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    for (let index = 0; index < COUNT; index++) {
      // Names with gaps, as retention leaves them.
      const name = String(index * 3 + (index > COUNT / 2 ? 1000 : 0)).padStart(8, '0');
      const [data, end] = index === 70 ? [torn, 'jpg'] : index === 90 ? [odd, 'png'] : [kinds[index % 4], 'jpg'];
      writeFileSync(join(pictures, `${name}.${end}`), data ?? torn);
    }
    writeFileSync(join(pictures, '.hidden.jpg'), torn);
    const out = join(at, 'film.mp4');
    const argv = ['film', join(at, 'pictures'), '--camera', 'front', '--chunk', String(CHUNK), '--out', out];
    const [node = '', ...program] = camdProgram();
    const start = (): ChildProcess => spawn(node, [...program, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });

    const first = start();
    const ended = once(first, 'exit');
    const second = join(`${out}.parts`, 'chunk-000001.mp4');
    await until(() => existsSync(second), 'the second chunk', LONG ? 600_000 : 100_000);
    const peak = peakOf(first);
    first.kill('SIGKILL');
    await ended;
    t.notOk(existsSync(out), 'neither a film nor a partial film exists yet');
    const before = statSync(join(`${out}.parts`, 'chunk-000000.mp4')).mtimeMs;

    const again = start();
    let output = '';
    again.stdout?.on('data', (text) => (output += text));
    const kept = join(`${out}.parts`, 'chunk-000000.mp4');
    await until(
      () => existsSync(join(`${out}.parts`, 'chunk-000003.mp4')) || existsSync(out),
      'the second run to continue',
      LONG ? 600_000 : 100_000,
    );
    if (existsSync(kept)) t.equal(statSync(kept).mtimeMs, before, 'the first chunk is not made again');
    if (again.exitCode === null) await once(again, 'exit');

    t.equal(again.exitCode, 0);
    t.match(output, `${COUNT - 1} pictures, 1 skipped`);
    t.equal(await framesOf(out), COUNT - 1, 'the film contains every whole picture once');
    t.notOk(existsSync(`${out}.parts`), 'nothing is left behind');
    t.comment(`${COUNT} pictures: ${Math.round(peak)} MB at most in the process that was killed, without ffmpeg`);

    const server = createServer((request, response) => {
      const isFilm = request.url === '/film.mp4';
      response.writeHead(200, { 'content-type': isFilm ? 'video/mp4' : 'text/html' });
      response.end(isFilm ? readFileSync(out) : '<!doctype html><video muted src="film.mp4"></video>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const address = server.address();
    const page = await (await browser(t)).newPage();
    await page.goto(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`);
    const played = await page.evaluate(async () => {
      const video = document.querySelector('video');
      if (!video) return undefined;
      await video.play();
      video.currentTime = video.duration - 0.1;
      await new Promise((resolve) => video.addEventListener('ended', resolve, { once: true }));
      return { width: video.videoWidth, duration: video.duration };
    });
    t.equal(played?.width, LONG ? 1280 : 320);
    t.ok(Math.abs((played?.duration ?? 0) - (COUNT - 1) / 25) < 0.1, `${played?.duration} s`);
  },
);

t.test('one picture is in memory at a time, and another spec starts a new film', async (t) => {
  const at = folder(t);
  const data = sampleJpeg({ width: 64, height: 48 });
  let reads = 0;
  const pictures: FilmPictures = {
    list: async (after, limit) =>
      Array.from({ length: limit }, (_, index) => Number(after ?? 0) + index + 1)
        .filter((id) => id <= 12)
        .map(String),
    async read(id) {
      reads++;
      return id === '5' ? undefined : data;
    },
  };
  const options = { folder: join(at, 'parts'), out: join(at, 'film.mp4'), fps: 10, width: 640, pictures, chunk: 4 };
  const ending = new AbortController();
  const cut = makeFilm({
    ...options,
    spec: 'one',
    signal: ending.signal,
    onProgress: (progress) => progress.pictures >= 6 && ending.abort(),
  });

  await t.rejects(cut);
  t.equal(reads, 7, 'no picture is read in advance');
  reads = 0;
  t.same(await makeFilm({ ...options, spec: 'one', signal: new AbortController().signal }), {
    pictures: 11,
    skipped: 1,
  });
  t.equal(reads, 8, 'the complete chunk of four is not read again');
  reads = 0;
  await t.rejects(makeFilm({ ...options, spec: 'two', signal: AbortSignal.abort() }));
  await makeFilm({ ...options, spec: 'three', signal: new AbortController().signal });
  t.equal(reads, 12, 'another spec reads every picture again');
  t.same(filmSize({ width: 1921, height: 1081 }, 1280), { width: 1280, height: 720 }, 'even numbers');
});

t.test('a film is made of a running history, and wrong arguments are reported', async (t) => {
  const at = folder(t);
  const running = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        disk: { use: store/disk, path: pictures, min_free: 0B, durable: false }
        web: { use: http/server, listen: 127.0.0.1:0 }
        history: { use: http/history, on: web, from: disk }
    `,
  );
  for (let index = 0; index < 10; index++) {
    await running.port('disk', 'store').put({
      ...frameOf('front', index + 1, 1_000_000 + index * 1000),
      data: sampleJpeg({ width: 64, height: 48, seed: index }),
    });
  }
  const url = `${running.port('web', 'server').origin}/history`;
  const out = join(at, 'film.mp4');
  const range = ['--from', new Date(1_002_000).toISOString(), '--to', new Date(1_008_000).toISOString()];

  const made = await camd(['film', url, '--camera', 'front', ...range, '--out', out]);
  t.match(made, { code: 0, out: `${out}: 6 pictures, 0 skipped\n` });
  t.equal(await framesOf(out), 6);
  for (const [argv, expected] of [
    [[url], 'choose one with --camera'],
    [['/nonexistent'], 'is neither a folder nor a URL'],
    [[at, '--fps', '0'], '--fps must be a whole number from 1 to 120'],
    [[at, '--from', 'yesterday'], '--from must be a time'],
    [[join(at), '--camera', '..'], '"camera" must'],
  ] as const) {
    const { code, err } = await camd(['film', ...argv, '--out', join(at, 'x.mp4')]);
    t.equal(code, 64);
    t.match(err, expected);
  }
  const none = await camd(['film', url, '--camera', 'back', '--out', join(at, 'x.mp4')]);
  t.match(none, { code: 71, err: /status 404/ });
});
