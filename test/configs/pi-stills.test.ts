// configs/pi-stills.yaml as a whole, with a camera program that fails in every way. CAMD_LONG=1 takes 10,000 pictures.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { isRefusal } from '../../plugins/kit/image/jpeg-header.ts';
import { recognise } from '../../plugins/kit/image/recognise.ts';
import { startDaemon } from '../support/daemon.ts';
import { dedent } from '../support/dedent.ts';
import { type Ending, run } from '../support/harness.ts';
import { sampleJpeg } from '../support/jpeg.ts';
import { type StillCamera, stillCamera, takenOf } from '../support/still-camera.ts';
import { until } from '../support/until.ts';

const LONG = process.env.CAMD_LONG === '1';
const SHOTS = LONG ? 10_000 : 200;
const KILLS = LONG ? 40 : 4;
/** 250 requests a second, or 50. */
const READ_MS = LONG ? 4 : 20;
const PROFILE = resolve('configs/pi-stills.yaml');
const PICTURE = sampleJpeg({ width: 96, height: 128, detail: 5 });

function folderOf(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-images-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The shipped profile, with the stand-in as its camera. */
const profile = (camera: StillCamera, images: string, still: string): string => dedent`
  camd: 1
  control: false
  include: [${PROFILE}]
  pipeline:
    camera: { command: ${camera.command('-s', '-o', '-')}, ${still} }
    disk: { path: ${images}, min_free: 0B, durable: false }
    web: { listen: 127.0.0.1:0 }
`;

interface Answer {
  readonly status: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly body: Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const fetchPicture = (origin: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    get(`${origin}/images/current.jpg?t=${Date.now()}`, { agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const time = Number(response.headers['x-timestamp']) * 1000;
        resolve({ status: response.statusCode ?? 0, time, body: Buffer.concat(parts) });
      });
    }).on('error', reject);
  });

const isWhole = (data: Buffer): boolean => {
  const found = recognise(data);
  return !isRefusal(found) && found.length === data.length;
};
const pictures = (folder: string): string[] => readdirSync(folder).filter((name) => name !== 'current.jpg');

t.test(
  'with a faulty camera every answer is whole and no older than its timestamp, and the link always exists',
  async (t) => {
    const odds = LONG
      ? { die: 0.004, hang: 0.001, half: 0.004, slow: 0.02 }
      : { die: 0.02, hang: 0.005, half: 0.02, slow: 0.05 };
    const camera = stillCamera(t, { odds, frame_ms: 1 }, PICTURE);
    const images = folderOf(t);
    const camd = await run(t, profile(camera, images, 'mode: always, every: 10ms, timeout: 1s, grace: 200ms'));
    const { origin } = camd.port('web', 'server');
    await until(async () => (await fetchPicture(origin)).status === 200, 'the first picture');
    const tally = { answers: 0, refused: 0, broken: 0, older: 0, links: 0, absent: 0, torn: 0, back: 0, most: 0 };
    let over = false;

    const ask = async (): Promise<void> => {
      const { status, time, body } = await fetchPicture(origin);
      tally.answers++;
      if (status !== 200) tally.refused++;
      else if (!isWhole(body)) tally.broken++;
      else if (takenOf(body).taken < time - 0.01) tally.older++;
    };
    const reader = (async () => {
      const waiting = new Set<Promise<void>>();
      for (let next = performance.now(); !over; next += READ_MS) {
        const request = ask().finally(() => waiting.delete(request));
        waiting.add(request);
        await sleep(Math.max(0, next - performance.now()));
      }
      await Promise.all(waiting);
    })();
    const follower = (async () => {
      for (let newest = 0; !over; await sleep(READ_MS)) {
        tally.links++;
        let data: Buffer;
        try {
          data = readFileSync(join(images, 'current.jpg'));
        } catch {
          tally.absent++;
          continue;
        }
        const whole = isWhole(data);
        if (!whole) tally.torn++;
        else if (takenOf(data).taken < newest) tally.back++;
        newest = whole ? takenOf(data).taken : newest;
        if (tally.links % 50 === 0) tally.most = Math.max(tally.most, pictures(images).length);
      }
    })();
    const began = performance.now();
    await until(() => (camd.status('camera').framesOut >= SHOTS ? true : undefined), `${SHOTS} pictures`, 3_600_000);
    const seconds = (performance.now() - began) / 1000;
    over = true;
    await Promise.all([reader, follower]);

    const faults = ['dies', 'hangs', 'half'] as const;
    const events = faults.map((name) => `${camera.count(name)} ${name}`).join(', ');
    t.comment(`${SHOTS} pictures in ${seconds.toFixed(0)} s; ${events}; starts ${camera.count('started')}`);
    t.comment(`${(tally.answers / seconds).toFixed(0)} answers a second; ${JSON.stringify(tally)}`);
    t.match(tally, { refused: 0, broken: 0, older: 0, absent: 0, torn: 0, back: 0 });
    t.ok(tally.answers > 0 && tally.links > 0);
    await camd.stop();
    t.same(camera.running(), []);
  },
);

t.test(
  'after kill -9 at any moment, the link points to a whole picture, and a start leaves at most two files',
  async (t) => {
    const camera = stillCamera(t, { frame_ms: 1 }, PICTURE);
    const images = folderOf(t);
    const yaml = profile(camera, images, 'mode: always, every: 20ms');

    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = await startDaemon(t, yaml);
      const before = camera.count('taken');
      await until(() => camera.count('taken') > before + 2, 'pictures');
      await until(() => existsSync(join(images, 'current.jpg')), 'the first picture to be stored');
      await sleep((kill * 37) % 250);
      daemon.signal('SIGKILL');
      await daemon.ended;
      await until(() => camera.running().length === 0, 'the program to end after camd');
      t.ok(isWhole(readFileSync(join(images, 'current.jpg'))), `after kill ${kill + 1}`);
    }
    // Without a camera no picture is added: the remaining files are those that the start kept.
    camera.set({ absent: true });
    const last = await run(t, profile(camera, images, 'mode: always'));
    await until(() => pictures(images).length <= 2, 'the old pictures to be deleted');
    const { origin } = last.port('web', 'server');

    t.ok(isWhole(readFileSync(join(images, 'current.jpg'))));
    await until(() => !readdirSync(images).some((name) => name.startsWith('.camd')), 'temporary files to be deleted');
    await until(async () => [200, 503].includes((await fetchPicture(origin)).status), 'the old picture or status 503');
  },
);

t.test('as shipped, the camera is off until the first request, and the picture is rotated', async (t) => {
  const camera = stillCamera(t, {}, PICTURE);
  const images = folderOf(t);
  const camd = await run(t, profile(camera, images, 'every: 100ms, linger: 200ms'));
  t.equal(camera.count('started'), 0);

  const first = await fetchPicture(camd.port('web', 'server').origin);
  await until(() => camera.running().length === 0, 'the camera to be off again');

  t.equal(first.status, 200);
  t.match(recognise(first.body), { width: 128, height: 96 });
  t.ok(readFileSync(join(images, 'current.jpg')).length > 0);
  t.equal(readFileSync(PROFILE, 'utf8').split('\n').length - 1 < 30, true, 'under 30 lines');
});
