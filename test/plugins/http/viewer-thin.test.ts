// http/viewer on slow connections: classes of pictures, the throughput of a connection, and each picture encoded once for all viewers.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import sharp from 'sharp';
import t from 'tap';
import { WebSocketServer } from 'ws';
import type { Frame } from '../../../core/contract/frame.ts';
import { createChannels, type Host } from '../../../plugins/http/viewer/channel.ts';
import { CLASSES, classFor } from '../../../plugins/http/viewer/classes.ts';
import { createDrain } from '../../../plugins/http/viewer/drain.ts';
import { createEncoder } from '../../../plugins/http/viewer/encode.ts';
import viewer from '../../../plugins/http/viewer/index.ts';
import { createReducer, MAX_PARALLEL, MIN_BYTES } from '../../../plugins/http/viewer/reducer.ts';
import { decodeRequest } from '../../../plugins/http/viewer/wire.ts';
import { site } from '../../support/site.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { viewerPage } from '../../support/viewer-page.ts';

const viewerPart = (reduce: string) => ({
  use: 'http/viewer',
  options: { path: '/', title: 'Cameras', max_viewers: 256, stall: 30_000, reduce },
  refs: { on: ['web'], from: ['latest'] },
  start: (node: never) => viewer.start(node),
});

/** A picture of 1280 × 720 with the size of a camera's: soft shapes and some noise. */
async function photo(): Promise<Buffer> {
  const [width, height] = [1280, 720];
  const raw = Buffer.alloc(width * height * 3);
  let random = 1;
  for (let at = 0; at < raw.length; at++) {
    random = (random * 1_103_515_245 + 12_345) & 0x7fffffff;
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    raw[at] = 120 + 60 * Math.sin(x / 37) * Math.cos(y / 23) + (at % 3) * 12 + ((random >> 16) % 17);
  }
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

const frameOf = (seq: number, data: Buffer, camera = 'camera'): Frame => ({
  camera,
  key: String(seq),
  seq,
  time: seq,
  arrived: seq,
  type: 'image/jpeg',
  data,
  width: 1280,
  height: 720,
  hasHeadroom: false,
  meta: {},
});

t.test('the smallest class that fills the screen is chosen', (t) => {
  const widths = [undefined, 0, 200, 480, 600, 640, 854, 1067, 1080, 3840];

  t.same(widths.map(classFor), [0, 0, 2, 2, 2, 1, 1, 1, 0, 0]);
  t.equal(CLASSES.length, 3, 'a camera has no more than three versions');
  t.end();
});

t.test('late pictures lower the class, which rises once larger ones would fit for long enough', (t) => {
  const drain = createDrain();
  let now = 0;
  /** Pictures with these durations, one every 200 ms, until the level changes. */
  const pictures = (took: number, most: number): number => {
    for (let count = 1; count <= most; count++) {
      now += 200;
      if (drain.acknowledged(now, now + took, 50)) return count;
    }
    return 0;
  };

  t.equal(pictures(700, 10), 3, 'three late ones');
  t.equal(drain.level(), 1);
  now += 1000;
  t.equal(pictures(700, 10), 3);
  t.equal(pictures(5000, 20), 0, 'nothing is smaller than the smallest');
  now += 6000;
  t.equal(pictures(200, 500), 0, 'four times as much would not fit');
  t.equal(pictures(100, 500), 51, 'it has fitted for ten seconds');
  t.equal(drain.level(), 1);
  now += 1000;
  t.equal(pictures(900, 10), 3, 'it was too much after all');
  now += 1000;
  t.equal(pictures(100, 500), 101, 'the next trial waits twice as long');
  t.equal(pictures(100, 500), 101);
  t.equal(drain.level(), 0);
  t.equal(pictures(440, 500), 0, 'the round trip of a satellite is not a queue');
  t.end();
});

t.test('each picture is encoded once per class, only the newest, with a limit on parallel encodings', async (t) => {
  let now = 0;
  let running = 0;
  let most = 0;
  const finish: (() => void)[] = [];
  const encoded: number[] = [];
  const made: string[] = [];
  const reducer = createReducer({
    async encode(data) {
      encoded.push(data.length);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => finish.push(resolve));
      running--;
      if (data.length === MIN_BYTES) throw new Error('no picture');
      return { data: Buffer.alloc(7), width: 480, height: 270 };
    },
    now: () => now,
    onReduced: ({ camera, seq, data }, as) => void made.push(`${camera} ${seq} class ${as}: ${data.length}`),
    count: () => {},
  });
  const picture = Buffer.alloc(MIN_BYTES + 1);

  for (const camera of ['a', 'b', 'c']) reducer.push(frameOf(1, picture, camera), 1);
  reducer.push(frameOf(2, picture, 'c'), 1);
  t.equal(most, MAX_PARALLEL);
  while (finish.length > 0 || running > 0) {
    finish.shift()?.();
    await new Promise(setImmediate);
  }
  t.same(made, ['a 1 class 1: 7', 'b 1 class 1: 7', 'c 2 class 1: 7'], 'the first of c was replaced while it waited');
  t.equal(most, MAX_PARALLEL);

  reducer.push(frameOf(2, picture, 'a'), 1);
  reducer.sweep();
  t.equal(encoded.length, 3, 'five pictures per second: this one is too early, also for a sweep');
  now += 200;
  reducer.sweep();
  t.equal(encoded.length, 4);
  finish.shift()?.();
  await new Promise(setImmediate);
  reducer.push(frameOf(3, Buffer.alloc(100), 'a'), 2);
  t.equal(made.at(-1), 'a 3 class 2: 100', 'a small picture is sent unchanged');
  reducer.push(frameOf(3, Buffer.alloc(MIN_BYTES), 'b'), 2);
  finish.shift()?.();
  await new Promise(setImmediate);
  t.equal(made.at(-1), `b 3 class 2: ${MIN_BYTES}`, 'and so is one that cannot be decoded');
  reducer.keepOnly((camera) => camera === 'a');
  t.equal(reducer.newest('b', 1), undefined);
  t.equal(reducer.newest('a', 1)?.seq, 2);
});

t.test('slow connections share a smaller class, and a fast one keeps the full picture', async (t) => {
  const camd = await site(t, { viewer: viewerPart('slow') as never });
  const picture = await photo();
  const line = await tcpProxy(t, camd.port());
  line.bytesPerSecond(120_000);
  const fast = viewerPage(t, camd.origin(), { eager: true });
  const slow = [1, 2].map(() => viewerPage(t, `http://127.0.0.1:${line.port}`, { eager: true }));
  for (const page of [fast, ...slow]) await page.watch('camera');

  let shot = 0;
  const camera = setInterval(() => {
    shot++;
    camd.shoot(Buffer.concat([picture, Buffer.from(String(shot))]));
  }, 100);
  t.teardown(() => clearInterval(camera));
  const arrived = slow.map(() => [] as number[]);
  slow.forEach(({ socket }, index) => {
    socket.on('message', (_, isBinary) => isBinary && arrived[index]?.push(performance.now()));
  });
  const reduced = (index: number) => slow[index]?.pictures.filter((item) => (item.reduced ?? 0) > 0) ?? [];
  await until(() => [0, 1].every((index) => reduced(index).length >= 12), 'smaller pictures for both', 60_000);
  clearInterval(camera);

  const first = slow[0]?.events.find((item) => item.is === 'quality');
  t.match(first, { is: 'quality', level: 1, encoder: true }, 'the page receives the quality event');
  const [small] = reduced(0);
  const { width } = await sharp(small?.data).metadata();
  t.equal(width, CLASSES[1].width);
  t.ok((small?.data.length ?? 0) < picture.length / 3, `${picture.length} bytes became ${small?.data.length}`);
  t.equal(camd.metrics('viewer').viewers_thin, 2);
  t.ok(
    fast.pictures.every((item) => item.reduced === 0 && item.data.length > picture.length),
    'the fast connection is unaffected',
  );
  const classes = new Set(slow.flatMap(({ pictures }) => pictures.map((item) => item.reduced)));
  const most = shot * (classes.size - 1) + 1;
  t.ok((camd.metrics('viewer').pictures_reduced_total ?? 0) <= most, 'no picture was encoded twice for a class');
  const span = (times: readonly number[]): number => ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
  const last = arrived[0]?.slice(-10) ?? [];
  t.comment(
    `${Math.round(picture.length / 1000)} KB at 10 fps, over 120 KB/s: ${Math.round((reduced(0).at(-1)?.data.length ?? 0) / 1000)} KB × ${((last.length - 1) / span(last)).toFixed(1)} fps`,
  );
});

t.test('`always` sends the size of the screen, `never` the full picture, and Save-Data a smaller one', async (t) => {
  const picture = await photo();
  for (const { reduce, request, expected } of [
    { reduce: 'always', request: { widths: [320] }, expected: 480 },
    { reduce: 'always', request: { widths: [4000] }, expected: 1280 },
    { reduce: 'never', request: { widths: [320], save: true }, expected: 1280 },
    { reduce: 'slow', request: { widths: [4000], save: true }, expected: 854 },
  ]) {
    const camd = await site(t, { viewer: viewerPart(reduce) as never });
    camd.shoot(picture);
    const page = viewerPage(t, camd.origin(), { eager: true });
    const watch = [await page.number('camera')];
    page.socket.send(JSON.stringify({ watch, ...request }));
    const { data } = await page.picture(1);
    const { width } = await sharp(data).metadata();
    t.equal(width, expected, `${reduce} ${JSON.stringify(request)}`);
  }
  t.equal(decodeRequest('{"watch":[1],"widths":["x"]}'), undefined, 'widths are numbers');
});

t.test('without an encoder a slow connection gets fewer pictures and the reason', async (t) => {
  const encoder = createEncoder(() => Promise.reject(new Error('not installed')));
  const channels = createChannels(encoder);
  const data = Buffer.alloc(50_000);
  let now = 0;
  const host: Host = {
    now: () => now,
    time: () => 0,
    title: 'Cameras',
    links: () => ({}),
    cameras: () => [{ id: 'camera', name: 'camera' }],
    newest: () => undefined,
    want: () => () => {},
    state: () => ({ state: 'live' }),
    count: () => {},
    interval: 0,
    stall: 1_000_000,
    reduce: 'slow',
  };
  channels.moveTo(host);
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().on('upgrade', (request, socket: Socket, head) =>
    sockets.handleUpgrade(request, socket, head, (open) => channels.admit(open, socket)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const page = viewerPage(t, `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  await page.watch('camera');

  await until(() => channels.watched() === 1, 'the page to watch');
  for (let seq = 1; seq <= 4; seq++) {
    channels.show(frameOf(seq, data));
    const picture = await page.picture(seq);
    now += 2000;
    page.ack(picture);
    await until(() => channels.inFlight() === 0, 'the picture to be confirmed');
  }

  const event = await until(() => page.events.find((item) => item.is === 'quality'), 'the quality event');
  t.match(event, { level: 1, encoder: false });
  t.ok(
    page.pictures.every((item) => item.reduced === 0 && item.data.length === data.length),
    'every picture is the camera’s own',
  );
  channels.close();
});
