// upload/websocket: camd as a camera of camd, over good and bad lines.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import { decodeCommand, decodeText } from '../../../plugins/upload/websocket/protocol.ts';
import { cameraServer } from '../../support/camera-server.ts';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { int32, tokenOf } from '../../support/push-camera.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

/** Seconds of each bad line; the long form is that of the issue tracker's figures. */
const SECONDS = process.env.CAMD_LONG === '1' ? 60 : 6;
t.setTimeout(300_000);

const client = (t: Ending, url: string, options: readonly string[] = [], camera = 'fps: 15') =>
  run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: source/test-pattern, size: 320x240, ${camera} }
        push:
          use: upload/websocket
          from: camera
          url: ${url}
          token: ${tokenOf(7)}
          ${options.join('\n          ')}
    `,
  );
const ORIGINAL = ['id: 7'];
const withBearer = (text: string): string => `${text.replace('from: [push, post]', 'from: [push, post, modern]')}
  modern: { use: source/websocket, on: web, only: cameras, path: "/push/{camera}", handshake: bearer }
`;

t.test('both handshakes transfer every picture unchanged', async (t) => {
  const server = await cameraServer(t, withBearer);
  for (const [node, path, options] of [
    ['push', '/video-input-stream', ORIGINAL],
    ['modern', '/push/7', ['handshake: bearer']],
  ] as const) {
    const received = collect(server.camd, node);
    const camera = await client(t, `${server.origin.replace('http', 'ws')}${path}`, options);
    const sent = collect(camera, 'camera');
    await until(() => received.length >= 10 && sent.length > 0, `ten pictures by ${node}`);
    const known = new Set(sent.map(({ data }) => data.toString('latin1')));
    const first = sent[0]?.data;
    const from = received.findIndex(({ data }) => first?.equals(data));

    t.ok(received.slice(Math.max(0, from)).filter(({ data }) => known.has(data.toString('latin1'))).length >= 5, node);
    t.ok(received.every(({ camera }) => camera === '7'));
    await camera.stop();
  }
});

t.test(
  'over a line that delays, stalls, resets and splits into bytes no picture is torn, and pictures resume in 5 s',
  async (t) => {
    const server = await cameraServer(t);
    const proxy = await tcpProxy(t, Number(new URL(server.origin).port));
    const received = collect(server.camd, 'push');
    await client(t, `ws://127.0.0.1:${proxy.port}/video-input-stream`, [...ORIGINAL, 'timeout: 2s']);
    await until(() => received.length > 0, 'the first picture');

    for (const fault of ['delay', 'stall', 'reset', 'bytes'] as const) {
      const before = received.length;
      proxy.fault(fault);
      const end = performance.now() + SECONDS * 250;
      await until(() => performance.now() > end, `${fault} to pass`);
      proxy.fault('none');
      const again = performance.now();
      const count = received.length;
      await until(() => received.length > count, `pictures after ${fault}`);
      t.comment(
        `${fault}: ${count - before} pictures meanwhile, back after ${Math.round(performance.now() - again)} ms`,
      );
      t.ok(performance.now() - again < 5000 || process.env.CAMD_LONG !== '1', fault);
    }

    t.ok(
      received.every(({ data }) => 'type' in recognise(data)),
      'all pictures are whole',
    );
    t.equal(server.metric('push', 'not_jpeg_total'), 0);
  },
);

t.test('on a thin line the server asks for each picture: the newest is sent, and all others are skipped', async (t) => {
  const server = await cameraServer(t, withBearer);
  const proxy = await tcpProxy(t, Number(new URL(server.origin).port));
  const received = collect(server.camd, 'modern');
  proxy.bytesPerSecond(60_000);

  const camera = await client(t, `ws://127.0.0.1:${proxy.port}/push/7`, ['handshake: bearer'], 'fps: 60');
  await until(() => received.length >= 10, 'some pictures');

  const metrics = camera.status('push').metrics;
  t.ok((metrics.pictures_skipped_total ?? 0) > 10, `${metrics.pictures_skipped_total} were skipped`);
  t.ok((metrics.pictures_sent_total ?? 0) <= received.length + 1, 'one picture is on the line at a time');
});

t.test('an update is answered with a picture, and a move runs the program with its values as arguments', async (t) => {
  const server = await cameraServer(t);
  const folder = mkdtempSync(join(tmpdir(), 'camd-move-'));
  const log = join(folder, 'moves');
  const move = `on_move: [/bin/sh, -c, 'echo "$1 $2" >> ${log}', move, '{x}', '{y}']`;
  const camera = await client(
    t,
    `${server.origin.replace('http', 'ws')}/video-input-stream`,
    [...ORIGINAL, move],
    'mode: on_demand',
  );
  await until(() => server.metric('push', 'cameras_connected') === 1, 'the camera');
  const received = collect(server.camd, 'push');
  const command = (name: string, args = {}) =>
    server.camd.output('push').ask('command', '7', { name, args }, new AbortController().signal);

  const count = received.length;
  await command('update');
  await until(() => received.length > count, 'a fresh picture');
  await command('move', { x: 0.5, y: -1 });
  await until(() => (camera.status('push').metrics.moves_total ?? 0) === 1, 'the move');

  t.equal(readFileSync(log, 'utf8'), '0.5 -1\n');
});

t.test('a refused camera reports the reason without its token', async (t) => {
  const server = await cameraServer(t);

  const camera = await client(t, `${server.origin.replace('http', 'ws')}/video-input-stream`, ['id: 1']);

  t.match((await camera.state('push', 'degraded')).state, { why: /Invalid token. Check the id and the token/ });
  t.notMatch(JSON.stringify(camera.lines), new RegExp(tokenOf(7)));
});

t.test('server messages are parsed in bytes and as JSON, and invalid ones are ignored', (t) => {
  const move = Buffer.alloc(12);
  move.writeInt32LE(1);
  move.writeFloatLE(0.5, 4);
  move.writeFloatLE(-3, 8);

  t.same(decodeCommand(int32(2)), { is: 'update' });
  t.same(decodeCommand(move), { is: 'move', x: 0.5, y: -1 });
  t.same(decodeText('{"is":"move","x":0,"y":9}'), { is: 'move', x: 0, y: 1 });
  t.same(decodeText('{"is":"next"}'), { is: 'next' });
  for (const bytes of [Buffer.alloc(0), int32(1), int32(9)]) t.equal(decodeCommand(bytes), undefined);
  for (const text of ['', '7', '{}', '{"is":"move","x":"a","y":0}']) t.equal(decodeText(text), undefined);
  t.end();
});
