// Commands to push cameras, cameras that never read them, and cameras that send each picture on request.

import t from 'tap';
import { collect } from '../../../support/collect.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Running, run } from '../../../support/harness.ts';
import { liveBytes } from '../../../support/live-bytes.ts';
import { pictureMaker } from '../../../support/pictures.ts';
import { hello, int32, pushCamera, SECRET, tokenOf } from '../../../support/push-camera.ts';
import { until } from '../../../support/until.ts';

t.setTimeout(180_000);

const make = pictureMaker(3000);
const profile = (...options: string[]): string => dedent`
  camd: 1
  pipeline:
    cameras: { use: registry/list, cameras: ['1', '2', '7'], token: derived, secret: ${SECRET} }
    web: { use: http/server, listen: '127.0.0.1:0' }
    push:
      use: source/websocket
      on: web
      only: cameras
      ${options.join('\n      ')}
    latest: { use: cache/latest, from: push }
`;
const origin = (camd: Running): string => camd.port('web', 'server').origin;
const metric = (camd: Running, name: string): number => camd.status('push').metrics[name] ?? 0;
const command = (camd: Running, camera: string, name: string, args = {}) =>
  camd.output('push').ask('command', camera, { name, args }, new AbortController().signal);

/** The kernel buffers megabytes of messages of twenty bytes before it makes camd wait. */
const PATIENCE_MS = 300_000;

t.test(
  'commands have the format of the original, within the range of a camera and at most 20 moves a second',
  async (t) => {
    const camd = await run(t, profile());
    const camera = await pushCamera(t, origin(camd));
    camera.send(...hello(7));
    await until(() => metric(camd, 'cameras_connected') === 1, 'the camera');

    t.equal(await command(camd, '7', 'update'), true);
    const began = performance.now();
    await command(camd, '7', 'move', { x: 0.5, y: -9 });
    for (let n = 0; n < 100; n++) await command(camd, '7', 'move', { x: n / 100, y: 1 });
    const isNewest = () => Math.fround(camera.received.at(-1)?.readFloatLE(4) ?? 0) === Math.fround(0.99);
    await until(() => camera.received.length > 2 && isNewest(), 'the newest move');

    const [update, first] = camera.received;
    // The update, the first move, one for each interval since then, and one for a timer that is a moment early.
    t.ok(camera.received.length <= 3 + Math.ceil((performance.now() - began) / 50), 'at most 20 moves a second');
    t.same(update, int32(2));
    t.same([first?.readInt32LE(), first?.readFloatLE(4), first?.readFloatLE(8)], [1, 0.5, -1]);
    await t.rejects(
      Promise.resolve(command(camd, '7', 'move', { x: Number.NaN, y: 0 })),
      /accepts "update" and "move"/,
    );
    await t.rejects(Promise.resolve(command(camd, '7', 'format', {})), /accepts "update" and "move"/);
    await t.rejects(Promise.resolve(command(camd, '2', 'update')), { code: /no-answer|not-connected/ });
  },
);

t.test(
  'a camera that never reads stays connected, a queue over 64 KiB drops messages, and memory does not grow',
  async (t) => {
    const camd = await run(t, profile());
    const frames = collect(camd, 'push');
    const camera = await pushCamera(t, origin(camd));
    camera.send(...hello(7));
    camera.picture(make('first'));
    await until(() => frames.length === 1, 'the first picture');
    camera.socket.pause();

    await until(
      async () => {
        for (let n = 0; n < 20_000; n++) await command(camd, '7', 'update');
        return metric(camd, 'commands_dropped_total') > 20_000;
      },
      'messages to be dropped',
      PATIENCE_MS,
    );
    const before = liveBytes();
    for (let n = 0; n < 20_000; n++) await command(camd, '7', 'update');
    camera.picture(make('second'));
    await until(() => frames.length === 2, 'the second picture');

    t.equal(camera.socket.readyState, camera.socket.OPEN);
    t.ok(liveBytes() - before < 8 * 2 ** 20);
  },
);

t.test('camd requests each picture from a bearer camera, and rejects it with the same reasons', async (t) => {
  const camd = await run(t, profile('handshake: bearer', 'path: /push/{camera}', 'max_frame: 8KiB'));
  const frames = collect(camd, 'push');
  const connect = (id: string, token: string) =>
    pushCamera(t, origin(camd), { path: `/push/${id}`, headers: { Authorization: `Bearer ${token}` } });

  t.equal(await (await connect('9', tokenOf(9))).closed(), '1008 No camera with id 9 exists');
  t.equal(await (await connect('7', tokenOf(1))).closed(), '1008 Invalid token');
  t.equal(await (await pushCamera(t, origin(camd), { path: '/push/7' })).closed(), '1008 Invalid token');
  const camera = await connect('7', tokenOf(7));
  await until(() => camera.received.length === 1, 'the first request');
  camera.send(make('one'));
  await until(() => camera.received.length === 2, 'the second request');
  camera.socket.send(make('two').subarray(0, 500), { fin: false });
  camera.socket.send(make('two').subarray(500), { fin: true });
  await until(() => camera.received.length === 3, 'the third request');
  await command(camd, '7', 'move', { x: 1, y: 0 });
  await command(camd, '7', 'update');
  await until(() => camera.received.length === 5, 'commands');

  t.ok(frames[0]?.data.equals(make('one')) && frames[1]?.data.equals(make('two')));
  t.same(camera.received.map(String), [
    '{"is":"next"}',
    '{"is":"next"}',
    '{"is":"next"}',
    '{"is":"move","x":1,"y":0}',
    '{"is":"update"}',
  ]);
  camera.send(Buffer.alloc(8193));
  t.match(await camera.closed(), /^1009 /);
});
