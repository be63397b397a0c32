// A whole camera server: Python clients, many cameras and viewers, a browser, and a database that restarts.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { WebSocket as Client } from 'ws';
import { browser } from './support/browser.ts';
import { cameraServer, PROFILE } from './support/camera-server.ts';
import { postgres } from './support/databases.ts';
import { type Ending, run } from './support/harness.ts';
import { sampleJpeg } from './support/jpeg.ts';
import { liveBytes } from './support/live-bytes.ts';
import { nginx } from './support/nginx.ts';
import { pictureMaker } from './support/pictures.ts';
import { hello, lengthPrefixed, pushCamera, tokenOf } from './support/push-camera.ts';
import { until } from './support/until.ts';

/** CAMD_LONG=1: the full numbers; otherwise a short form of each. */
const LONG = process.env.CAMD_LONG === '1';
t.setTimeout(LONG ? 1_800_000 : 300_000);

const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const helloOf = (id: number): Buffer =>
  lengthPrefixed(Buffer.from(JSON.stringify({ cameraId: id, token: 'fake token' })));

interface Python {
  readonly child: ChildProcess;
  readonly lines: string[];
}

function python(t: Ending, origin: string, role: 'camera' | 'viewer', ...args: readonly string[]): Python {
  const { hostname, port } = new URL(origin);
  const child = spawn('python3', ['test/support/camera_client.py', role, hostname, port, ...args], { stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(sampleJpeg({ width: 64, height: 48 }));
  t.teardown(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => void lines.push(text));
  return { child, lines };
}

t.test('every output sends the pictures of a Python camera byte for byte', async (t) => {
  const server = await cameraServer(t, (text) => text.replace('path: /list', 'path: /list, preview: whole'));
  const viewer = python(t, server.origin, 'viewer', '/video-output-stream', '7', 'fake token', '8');
  await until(() => viewer.lines.includes('ready'), 'the viewer');
  const camera = python(t, server.origin, 'camera', '/video-input-stream', '7', tokenOf(7), '4', '5', 'deaf');

  await until(() => viewer.lines.length === 9, 'eight pictures');
  await until(() => camera.child.exitCode === 0, 'the camera to end');
  const sent = camera.lines.filter((line) => line !== '');
  const last = sent.at(-1);
  const picture = Buffer.from(await (await fetch(`${server.origin}/get-image?cameraId=7`)).arrayBuffer());
  const list = await (await fetch(`${server.origin}/list`)).json();
  const preview = Buffer.from(list[2].preview, 'base64');
  const events = await fetch(`${server.origin}/stream-image?cameraId=7`);
  const first = (await events.body?.getReader().read())?.value ?? new Uint8Array();
  const event = /base64,(.*)\n/.exec(Buffer.from(first).toString('latin1'))?.[1] ?? '';

  t.ok(
    viewer.lines.slice(1).every((line) => sent.includes(line)),
    'WebSocket',
  );
  t.same([sha(picture), sha(preview), sha(Buffer.from(event, 'base64'))], [last, last, last]);
});

t.test('behind nginx with the lines of the profile, camd serves all its paths below the prefix', async (t) => {
  const server = await cameraServer(t);
  const snippet = /#\s+(location \/camera-server\/ [\s\S]*?\})\n/.exec(PROFILE)?.[1] ?? '';
  const proxy = await nginx(t, snippet.replace(/\n\s*#/g, '').replace('127.0.0.1:8080', new URL(server.origin).host));
  const viewer = python(t, proxy, 'viewer', '/camera-server/video-output-stream', '7', 'fake token', '3');
  await until(() => viewer.lines.includes('ready'), 'the viewer');

  const camera = python(t, proxy, 'camera', '/camera-server/video-input-stream', '7', tokenOf(7), '3', '5', 'deaf');
  await until(() => viewer.lines.length === 4, 'three pictures');
  await until(() => camera.child.exitCode === 0, 'the camera to end');
  const picture = await fetch(`${proxy}/camera-server/get-image?cameraId=7`);
  const list = await fetch(`${proxy}/camera-server/list`);

  t.ok(
    viewer.lines.slice(1).every((line) => camera.lines.includes(line)),
    'the same bytes',
  );
  t.equal(sha(Buffer.from(await picture.arrayBuffer())), camera.lines.filter((line) => line !== '').at(-1));
  t.equal((await list.json()).length, 3);
});

t.test('configs/camera-client.yaml delivers to configs/camera-server.yaml, below /camera/ too', async (t) => {
  const server = await cameraServer(t);
  const ffmpeg = '[ffmpeg, -loglevel, error, -re, -f, lavfi, -i, "testsrc2=size=320x240:rate=10", -f, mjpeg, "-"]';
  const profile = readFileSync('configs/camera-client.yaml', 'utf8').replace(
    /command: \[rpicam-vid.*\]/,
    `command: ${ffmpeg}`,
  );

  const env = { SERVER: `${server.origin.replace('http', 'ws')}/camera`, CAMERA_ID: '2', CAMERA_TOKEN: tokenOf(2) };
  const client = await run(t, profile, { env });
  await until(() => server.metric('push', 'pictures_total') >= 5, 'five pictures');

  const picture = await fetch(`${server.origin}/get-image?cameraId=2`);
  const data = Buffer.from(await picture.arrayBuffer());
  t.same([data.readUInt16BE(0), data.readUInt16BE(data.length - 2)], [0xffd8, 0xffd9]);
  t.equal(client.status('push').state.is, 'running');
  t.equal(server.camd.status('push').state.is, 'running');
});

t.test('the Python client receives the reason of a rejected connection', async (t) => {
  const server = await cameraServer(t);
  for (const [id, token, expected] of [
    ['99', tokenOf(7), 'closed 1008 No camera with id 99 exists'],
    ['7', tokenOf(1), 'closed 1008 Invalid token'],
  ] as const) {
    const camera = python(t, server.origin, 'camera', '/video-input-stream', id, token, '5', '5', 'read');
    await until(() => camera.lines.includes(expected), expected);
    t.pass(expected);
  }
});

t.test('a Python client that never reads stays connected while camd sends it updates and moves', async (t) => {
  const server = await cameraServer(t);
  const seconds = LONG ? 600 : 8;
  const camera = python(
    t,
    server.origin,
    'camera',
    '/video-input-stream',
    '7',
    tokenOf(7),
    String(seconds),
    '5',
    'deaf',
  );
  await until(() => server.metric('push', 'cameras_connected') === 1, 'the camera');
  const ask = (name: string, args = {}) =>
    server.camd.output('push').ask('command', '7', { name, args }, new AbortController().signal);
  const before = liveBytes();

  const sending = setInterval(() => {
    for (let n = 0; n < 200; n++) ask('update').catch(() => {});
    ask('move', { x: 1, y: -1 }).catch(() => {});
  }, 20);
  t.teardown(() => clearInterval(sending));
  await until(() => camera.child.exitCode !== null, 'the camera to end', (seconds + 120) * 1000);
  clearInterval(sending);

  t.equal(camera.child.exitCode, 0, camera.lines.slice(-2).join(' '));
  t.ok(server.metric('push', 'pictures_total') >= seconds * 2, 'pictures kept arriving');
  if (LONG)
    t.ok(
      server.metric('push', 'commands_dropped_total') > 0,
      'the socket buffers were full, and camd dropped messages',
    );
  t.ok(liveBytes() - before < 8 * 2 ** 20, 'memory does not grow');
});

t.test(
  'with many cameras and viewers, viewers that read nothing do not slow the others or age their pictures',
  async (t) => {
    const count = LONG ? 100 : 20;
    const seconds = LONG ? 60 : 6;
    const stalled = count / 10;
    const make = pictureMaker(20_000);
    const server = await cameraServer(t);
    const ids = Array.from({ length: count }, (_, n) => n + 100);
    await server.sql(`insert into camera (id, name) values ${ids.map((id) => `('${id}', 'Camera ${id}')`).join()}`);
    const cameras = await Promise.all(
      ids.map(async (id) => {
        const camera = await pushCamera(t, server.origin);
        camera.send(...hello(id));
        return camera;
      }),
    );
    await until(() => server.metric('push', 'cameras_connected') === count, 'all cameras');
    const ages: number[] = [];
    const counts = new Map<number, number>();
    const sentAt = new Map<string, number>();
    for (const [at, id] of ids.entries()) {
      const socket = new Client(`${server.origin.replace('http', 'ws')}/video-output-stream`);
      t.teardown(() => socket.terminate());
      socket.on('error', () => {});
      socket.on('open', () => {
        socket.send(helloOf(id));
        if (at < stalled) socket.pause();
      });
      socket.on('message', (data) => {
        counts.set(at, (counts.get(at) ?? 0) + 1);
        ages.push(performance.now() - (sentAt.get(sha(data as Buffer)) ?? 0));
      });
    }
    await until(() => server.metric('live', 'viewers') === count, 'all viewers');

    const end = performance.now() + seconds * 1000;
    let n = 0;
    const pushing = setInterval(() => {
      n++;
      for (const [at, camera] of cameras.entries()) {
        const picture = make(`${at} ${n}`);
        sentAt.set(sha(picture), performance.now());
        camera.picture(picture);
      }
    }, 200);
    t.teardown(() => clearInterval(pushing));
    await until(() => performance.now() > end, 'the time to pass', (seconds + 60) * 1000);
    clearInterval(pushing);
    const rates = [...counts].filter(([at]) => at >= stalled).map(([, got]) => got);
    ages.sort((a, b) => a - b);

    t.equal(rates.length, count - stalled, 'every viewer that reads gets pictures');
    t.ok(Math.min(...rates) >= n * 0.8 - 2, `of ${n} pictures the slowest viewer got ${Math.min(...rates)}`);
    const age = ages[Math.floor(ages.length * 0.95)] ?? 0;
    t.comment(
      `${count} cameras: ${n} rounds, least ${Math.min(...rates)}, age at the 95th percentile ${Math.round(age)} ms`,
    );
    t.ok(age < 2000, `${age} ms`);
  },
);

t.test('a browser receives 24 cameras over one connection', async (t) => {
  const count = 24;
  const server = await cameraServer(t);
  const ids = Array.from({ length: count }, (_, n) => n + 100);
  await server.sql(`insert into camera (id, name) values ${ids.map((id) => `('${id}', 'Camera ${id}')`).join()}`);
  const cameras = await Promise.all(
    ids.map(async (id) => {
      const camera = await pushCamera(t, server.origin);
      camera.send(...hello(id));
      return camera;
    }),
  );
  const data = sampleJpeg({ width: 64, height: 48 });
  const pushing = setInterval(() => {
    for (const camera of cameras) camera.picture(data);
  }, 200);
  t.teardown(() => clearInterval(pushing));
  const page = await (await browser(t)).newPage();
  await page.goto(`${server.origin}/hello`);

  const drawn = await page.evaluate(
    (watch) =>
      new Promise<number>((resolve) => {
        const seen = new Map<number, number>();
        const socket = new WebSocket(location.href.replace('http', 'ws').replace('/hello', '/video-output-stream'));
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => socket.send(JSON.stringify({ watch }));
        socket.onmessage = async ({ data }) => {
          if (!(data instanceof ArrayBuffer)) return;
          const n = new DataView(data).getUint32(4);
          const bitmap = await createImageBitmap(new Blob([data.slice(28)], { type: 'image/jpeg' }));
          if (bitmap.width === 64) seen.set(n, (seen.get(n) ?? 0) + 1);
          if (seen.size === watch.length && [...seen.values()].every((times) => times >= 3)) resolve(seen.size);
        };
      }),
    ids.map(String),
  );

  t.equal(drawn, count, 'the browser decoded each camera at least three times');
  t.equal(server.metric('live', 'viewers'), 1, 'over one connection');
});

t.test('while PostgreSQL restarts, camd serves known cameras and closes new ones with 1013', async (t) => {
  const database = await postgres(t);
  database.run(`create table camera (id serial primary key, name varchar unique not null, description varchar,
    token varchar not null, last_active timestamp not null default now())`);
  database.run("insert into camera (id, name, token) values (1, 'Door', ''), (2, 'Yard', ''), (7, 'Roof', '')");
  const server = await cameraServer(t, (text) => text, database.url);
  const make = pictureMaker(2000);
  const camera = await server.push(7);
  let n = 0;
  const pushing = setInterval(() => camera.picture(make(`${n++}`)), 50);
  t.teardown(() => clearInterval(pushing));
  await until(() => server.metric('push', 'pictures_total') > 5, 'pictures');

  await database.kill();
  const before = server.metric('push', 'pictures_total');
  const fresh = await pushCamera(t, server.origin);
  fresh.send(...hello(1000));
  t.match(await fresh.closed(), /^1013 /, 'a camera that is not in the registry cache');
  const again = await pushCamera(t, server.origin);
  again.send(...hello(7));
  await until(() => server.metric('push', 'replaced_total') === 1, 'a known camera to reconnect');
  await until(() => server.metric('push', 'pictures_total') >= before, 'pictures');
  await database.start();
  database.run("insert into camera (id, name, token) values (1000, 'Late', '')");

  await until(async () => {
    const late = await pushCamera(t, server.origin);
    late.send(...hello(1000));
    await until(() => server.metric('push', 'cameras_connected') === 2 || late.socket.readyState > 1, 'an answer');
    return late.socket.readyState === 1;
  }, 'camd to accept the camera of the new row');
  t.equal(again.socket.readyState, again.socket.OPEN);
});
