// http/webcam: every spelling of mjpg-streamer's URLs, and three printer apps that each receive every picture.

import { get, type IncomingMessage } from 'node:http';
import t from 'tap';
import { readAction } from '../../../plugins/http/webcam/dialect.ts';
import { dedent } from '../../support/dedent.ts';
import { feed } from '../../support/feed.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { REQUEST, readAsMjpgStreamer } from '../../support/mjpg-streamer-input.ts';
import { type App, fluidd, mainsail, mobileraker } from '../../support/printer-apps.ts';
import { rawClient } from '../../support/raw-client.ts';
import { until } from '../../support/until.ts';

async function start(t: Ending, options = '') {
  const one = await feed(t);
  const two = await feed(t);
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      bed: { use: source/tcp, connect: "127.0.0.1:${one.port}", timeout: 1h }
      nozzle: { use: source/tcp, connect: "127.0.0.1:${two.port}", timeout: 1h }
      latest: { use: cache/latest, from: [bed, nozzle], stale_after: 1h }
      web: { use: http/server, listen: "127.0.0.1:${port}" }
      webcam: { use: http/webcam, on: web, from: latest ${options} }
  `,
  );
  await until(() => one.clients() > 0 && two.clients() > 0, 'camd to connect to both feeds');
  const shoot = async (which: typeof one, id: string, bytes: Buffer) => {
    const before = camd.status(id).framesOut;
    which.send(bytes);
    await until(() => camd.status(id).framesOut > before, 'the picture to arrive');
  };
  return {
    camd,
    origin: `http://127.0.0.1:${port}`,
    bed: (bytes: Buffer) => shoot(one, 'bed', bytes),
    nozzle: (bytes: Buffer) => shoot(two, 'nozzle', bytes),
  };
}

const open = (t: Ending, url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = get(url, resolve);
    request.on('error', reject);
    t.teardown(() => void request.destroy());
  });

t.test('the action is found at any place of the query', async (t) => {
  t.strictSame(readAction('/webcam/?action=stream'), { is: 'stream', index: 0 });
  t.strictSame(readAction('/webcam/?timestamp=1&action=snapshot_1&cacheBust=2'), { is: 'snapshot', index: 1 });
  t.strictSame(readAction('/webcam?action=stream?timestamp=17'), { is: 'stream', index: 0 });
  t.strictSame(readAction('/webcam/'), { is: 'stream', index: 0 });
  t.strictSame(readAction('/webcam/?x=action=stream'), { is: 'stream', index: 0 });
  for (const action of ['command', 'streams', 'stream_', 'stream_x', 'snapshot_100', 'STREAM']) {
    t.strictSame(readAction(`/webcam/?action=${action}`), { is: 'unknown' }, action);
  }
});

t.test('snapshots: by number, with and without slash, with any additional parameters', async (t) => {
  const { origin, bed, nozzle } = await start(t);
  const early = await fetch(`${origin}/webcam/?action=snapshot`);
  const [first, second] = [sampleJpeg({ seed: 1 }), sampleJpeg({ seed: 2 })];
  await bed(first);
  await nozzle(second);
  const body = async (path: string) => {
    const answer = await fetch(origin + path);
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  };

  t.equal(early.status, 503);
  for (const path of [
    '/webcam/?action=snapshot',
    '/webcam?action=snapshot',
    '/webcam/?action=snapshot_0',
    '/webcam/snapshot',
    '/webcam/?bypassCache=123&action=snapshot&n=1',
  ]) {
    t.strictSame(await body(path), { status: 200, body: first }, path);
  }
  t.strictSame(await body('/webcam/?action=snapshot_1&cacheBust=5'), { status: 200, body: second });
  t.equal((await body('/webcam/?action=snapshot_2')).status, 404);
  t.equal((await body('/webcam/?action=command&id=1')).status, 404);
  t.equal((await body('/webcam/other')).status, 404);
});

t.test('the profile may number the cameras', async (t) => {
  const { origin, bed, nozzle } = await start(t, ', cameras: [nozzle, bed], path: /cams');
  const picture = sampleJpeg({ seed: 5 });
  await bed(sampleJpeg({ seed: 4 }));
  await nozzle(picture);

  const answer = await fetch(`${origin}/cams/?action=snapshot`);

  t.ok(Buffer.from(await answer.arrayBuffer()).equals(picture));
});

t.test('Mainsail, Fluidd and Mobileraker each receive every picture, with or without thumbnails', async (t) => {
  const { origin, bed } = await start(t);
  await bed(sampleJpeg({ seed: 100 }));
  const paths = ['/webcam/?action=stream&timestamp=1', '/webcam?action=stream_0', '/webcam/stream'];
  const apps: App[] = [];
  for (const [index, path] of paths.entries()) {
    const response = await open(t, origin + path);
    const app = [mainsail, () => fluidd(String(response.headers['content-type'])), mobileraker][index]?.();
    if (!app) throw new Error('no app');
    apps.push(app);
    response.on('data', (chunk: Buffer) => {
      // In small pieces, as from a slow network.
      for (let at = 0; at < chunk.length; at += 700) app.push(chunk.subarray(at, at + 700));
    });
    await until(() => app.pictures.length === 1, 'the picture before the stream');
  }

  for (let seed = 1; seed <= 20; seed++) {
    await bed(sampleJpeg({ seed, thumbnail: seed % 2 === 0 }));
    await until(() => apps.every(({ pictures }) => pictures.length === seed + 1), `picture ${seed} in every app`);
  }

  const [one, two, three] = apps.map(({ pictures }) => pictures.slice(1));
  for (let at = 0; at < 20; at++) {
    t.ok(one?.[at]?.equals(two?.[at] ?? Buffer.alloc(0)), `Mainsail and Fluidd see the same picture ${at + 1}`);
    t.ok(one?.[at]?.equals(three?.[at] ?? Buffer.alloc(0)), `and so does Mobileraker`);
    if ((at + 1) % 2 === 1)
      t.ok(one?.[at]?.equals(sampleJpeg({ seed: at + 1 })), 'byte for byte as the camera sent it');
  }
});

const AT_ROOT = dedent`
  camd: 1
  pipeline:
    cam: { use: source/test-pattern, fps: 5, size: 160x120 }
    latest: { use: cache/latest, from: cam }
    web: { use: http/server, listen: 127.0.0.1:0 }
    webcam: { use: http/webcam, on: web, from: latest, path: / }
`;

t.test('at "/" it has the paths and the boundary of mjpg-streamer itself', async (t) => {
  const camd = await run(t, AT_ROOT);
  const { origin } = camd.port('web', 'server');
  await camd.port('latest', 'stills').next('cam', 0, AbortSignal.timeout(60_000));
  const ending = new AbortController();
  t.teardown(() => ending.abort());

  const stream = await fetch(`${origin}/?action=stream`, { signal: ending.signal });
  const first = await stream.body?.getReader().read();
  const still = await fetch(`${origin}/?action=snapshot`);
  await still.arrayBuffer();

  t.equal(stream.headers.get('content-type'), 'multipart/x-mixed-replace; boundary=boundarydonotcross');
  t.match(Buffer.from(first?.value ?? []).toString('latin1'), /--boundarydonotcross\r\n/);
  t.equal(still.headers.get('content-type'), 'image/jpeg');
  t.equal((await fetch(`${origin}/snapshot`)).status, 200);
});

t.test('mjpg-streamer’s own input, which sends a NUL after its request, receives every picture', async (t) => {
  const camd = await run(t, AT_ROOT);
  const client = rawClient(t, Number(new URL(camd.port('web', 'server').origin).port), REQUEST);

  const pictures = await until(() => {
    const found = readAsMjpgStreamer(client.bytes());
    return found.length >= 5 && found;
  }, 'five pictures');

  t.ok(pictures.every((picture) => picture.readUInt16BE(0) === 0xffd8));
  t.ok(pictures.every((picture) => picture.readUInt16BE(picture.length - 2) === 0xffd9));
});
