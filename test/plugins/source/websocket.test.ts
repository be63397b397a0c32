// source/websocket over real sockets: admission, accepted pictures, and responses to cameras.

import t from 'tap';
import { MAX_INVALID } from '../../../plugins/source/websocket/session.ts';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { pictureMaker } from '../../support/pictures.ts';
import {
  hello,
  int32,
  lengthPrefixed,
  type PushCamera,
  pushCamera,
  SECRET,
  tokenOf,
} from '../../support/push-camera.ts';
import { until } from '../../support/until.ts';

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

t.test('pictures come out byte-identical for every division of id, token and pictures into messages', async (t) => {
  const pictures = ['a', 'b', 'c'].map(make);
  const bytes = Buffer.concat([...hello(7), int32(0), ...pictures.map(lengthPrefixed), int32(0)]);
  const CUTS: readonly (readonly [string, (camera: PushCamera) => void])[] = [
    ['in one message', ({ socket }) => socket.send(bytes)],
    [
      'one byte a message',
      ({ socket }) => {
        for (let at = 0; at < bytes.length; at++) socket.send(bytes.subarray(at, at + 1));
      },
    ],
    [
      'in fragments of one message',
      ({ socket }) => {
        for (let at = 0; at < bytes.length; at += 100) {
          socket.send(bytes.subarray(at, at + 100), { fin: at + 100 >= bytes.length });
        }
      },
    ],
    ['as the original does', (camera) => camera.send(...hello(7), int32(0), ...pictures.map(lengthPrefixed))],
  ];
  for (const [name, send] of CUTS) {
    const camd = await run(t, profile());
    const frames = collect(camd, 'push');
    const camera = await pushCamera(t, origin(camd));

    send(camera);

    await until(() => frames.length === 3, `three pictures, ${name}`);
    t.ok(
      frames.every(({ data }, at) => pictures[at]?.equals(data)),
      name,
    );
    t.same([...new Set(frames.map((frame) => frame.camera))], ['7']);
    await camd.stop();
  }
});

t.test('a rejected camera receives the code and the reason of the original', async (t) => {
  const camd = await run(t, profile('max_frame: 8KiB', 'handshake_timeout: 3s'));
  const CASES: readonly (readonly [string, readonly Buffer[], string | RegExp])[] = [
    ['an unknown id', [int32(9)], '1008 No camera with id 9 exists'],
    ['a negative id', [int32(-1)], '1008 No camera with id -1 exists'],
    ['a wrong token', hello(7, tokenOf(1)), '1008 Invalid token'],
    ['an empty token', [int32(7), int32(0)], '1008 Invalid token'],
    ['a token of negative length', [int32(7), int32(-5)], '1008 Invalid token'],
    ['a token longer than any', [int32(7), int32(1025)], '1008 Invalid token'],
    ['an id and no token', [int32(7)], /^1008 no id and token came in time/],
    ['a picture that is too large', [...hello(7), int32(8193)], /^1009 /],
    ['a length of 2^31 - 1', [...hello(7), int32(2 ** 31 - 1)], /^1009 /],
    ['a length of 2^31', [...hello(7), int32(2 ** 31)], /^1009 /],
    ['a length of 2^32 - 1', [...hello(7), int32(2 ** 32 - 1)], /^1009 /],
    ['messages that are no JPEG', [...hello(7), ...Array(20).fill(lengthPrefixed(Buffer.from('PNG')))], /^1003 20 /],
  ];
  for (const [name, messages, expected] of CASES) {
    const camera = await pushCamera(t, origin(camd));
    camera.send(...messages);
    t.match(await camera.closed(), expected, name);
  }

  const texting = await pushCamera(t, origin(camd));
  texting.send(...hello(7));
  texting.socket.send('hello');
  t.match(await texting.closed(), /^1003 only binary/, 'text');
  t.equal(metric(camd, 'cameras_connected'), 0);
  t.ok(camd.lines.some(({ msg, why }) => msg === 'a camera was not let in' && why === 'Invalid token'));
  t.notMatch(JSON.stringify(camd.lines), new RegExp(`${tokenOf(1)}|${tokenOf(7)}|${SECRET}`), 'no token is logged');
});

t.test('the path is matched as a prefix, and compression is never agreed on', async (t) => {
  const camd = await run(t, profile());

  const camera = await pushCamera(t, origin(camd), { path: '/video-input-stream/anything/else' });

  t.equal(camera.socket.extensions, '');
  const handshake = await fetch(`${origin(camd)}/video-input-stream`);
  t.equal(handshake.status, 404, 'it is not a page');
});

t.test('after a bad token nothing is read: 1,000 pictures have no effect, and the earlier camera stays', async (t) => {
  const camd = await run(t, profile());
  const frames = collect(camd, 'push');
  const right = await pushCamera(t, origin(camd));
  right.send(...hello(7));
  right.picture(make('right'));
  await until(() => frames.length === 1, 'the first picture');
  const large = pictureMaker(60_000);

  const wrong = await pushCamera(t, origin(camd));
  wrong.send(...hello(7, 'x'.repeat(64)));
  let taken = 0;
  for (let n = 0; n < 1000; n++) {
    wrong.socket.send(lengthPrefixed(large(`wrong ${n}`)), (error) => {
      if (!error) taken++;
    });
  }
  // A sender that is too busy to read within the second that a close may take sees a reset.
  t.match(await wrong.closed(), /^(1008 Invalid token|1006 )$/);
  right.picture(make('still right'));
  await until(() => frames.length === 2, 'the second picture');

  t.ok(frames[1]?.data.equals(make('still right')));
  t.equal(metric(camd, 'pictures_total'), 2);
  t.equal(right.socket.readyState, right.socket.OPEN);
  t.ok(
    taken < 300,
    `${taken} of 1,000 pictures of 60 kB left the sender, into the buffers of the kernel; camd did not read them`,
  );
});

t.test('a close without an answer of the camera completes within a second', async (t) => {
  const camd = await run(t, profile());
  const camera = await pushCamera(t, origin(camd));
  camera.socket.pause();

  camera.send(int32(9));

  await until(() => camd.status('web').metrics.connections === 0, 'the connection to be gone', 5000);
});

t.test('the newest connection of a camera wins, or is refused if so configured', async (t) => {
  for (const [duplicate, first, second] of [
    ['newest', '4001 a newer connection of this camera has taken over', undefined],
    ['refuse', undefined, '1008 Camera 7 is connected already'],
  ] as const) {
    const camd = await run(t, profile(`duplicate: ${duplicate}`));
    const old = await pushCamera(t, origin(camd));
    old.send(...hello(7));
    await until(() => metric(camd, 'cameras_connected') === 1, 'the first');

    const young = await pushCamera(t, origin(camd));
    young.send(...hello(7));

    if (first) t.equal(await old.closed(), first);
    if (second) t.equal(await young.closed(), second);
    t.equal(metric(camd, 'cameras_connected'), 1);
    await camd.stop();
  }
});

t.test('two addresses that alternate with one id make the node degraded, and the reason names both', async (t) => {
  const camd = await run(t, profile());
  let connections = 0;
  const connect = async (from: string): Promise<void> => {
    const camera = await pushCamera(t, origin(camd), { from });
    camera.send(...hello(7));
    connections++;
    const seen = () => camd.lines.filter(({ msg }) => msg === 'a camera is connected').length;
    await until(() => seen() === connections, from);
  };

  await connect('127.0.0.2');
  await connect('127.0.0.3');
  t.equal(camd.status('push').state.is, 'running', 'a camera may move to another address');
  await connect('127.0.0.2');

  t.match((await camd.state('push', 'degraded')).state, {
    why: 'The camera 7 connects from 127.0.0.2 and 127.0.0.3 in turn: give one of them another id.',
  });
});

t.test('caps on rate and size skip pictures and leave the camera connected', async (t) => {
  const camd = await run(t, profile('max_size: 2KiB', 'max_rate: 2/s'));
  const frames = collect(camd, 'push');
  const small = pictureMaker(64);
  const camera = await pushCamera(t, origin(camd));
  camera.send(...hello(7));

  camera.picture(make('too large'));
  for (let n = 0; n < 30; n++) camera.picture(small(`${n}`));
  await until(() => metric(camd, 'over_max_rate_total') >= 25, 'pictures to be skipped');

  t.equal(metric(camd, 'over_max_size_total'), 1);
  t.ok(frames.length >= 2 && frames.length <= 5, `${frames.length} pictures`);
  t.equal(camera.socket.readyState, camera.socket.OPEN);
});

t.test('messages that are no JPEG are dropped and counted, and a picture between resets the count', async (t) => {
  const camd = await run(t, profile());
  const frames = collect(camd, 'push');
  const camera = await pushCamera(t, origin(camd));
  camera.send(...hello(7));
  const whole = sampleJpeg();

  for (let round = 0; round < 2; round++) {
    for (let n = 1; n < MAX_INVALID; n++) camera.picture(n % 2 ? Buffer.from('noise') : whole.subarray(0, -9));
    camera.picture(whole);
  }
  await until(() => frames.length === 2, 'both pictures');

  t.equal(metric(camd, 'not_jpeg_total'), 2 * (MAX_INVALID - 1));
  t.equal(camera.socket.readyState, camera.socket.OPEN);
});

t.test('an idle camera is pinged, stays connected while bytes come, and is disconnected without them', async (t) => {
  const camd = await run(t, profile('idle: 100ms', 'timeout: 3s'));
  const mute = await pushCamera(t, origin(camd), { autoPong: false });
  mute.send(...hello(1));
  const silent = await pushCamera(t, origin(camd), { autoPong: false });
  silent.send(...hello(2));
  const answering = await pushCamera(t, origin(camd));
  answering.send(...hello(7));

  const pushing = setInterval(() => mute.picture(make('mute')), 150);
  t.teardown(() => clearInterval(pushing));

  t.match(await silent.closed(), /^1006/, 'neither bytes nor pongs');
  await until(() => answering.pings() >= 8, 'pings');
  t.ok(mute.pings() > 0);
  t.equal(mute.socket.readyState, mute.socket.OPEN, 'pictures come, and that is enough');
  t.equal(answering.socket.readyState, answering.socket.OPEN, 'a pong is a sign of life');
});

t.test('cameras over max_connections must retry later, as must all cameras while the registry is away', async (t) => {
  const camd = await run(t, profile('max_connections: 1'));
  const first = await pushCamera(t, origin(camd));
  first.send(...hello(7));
  await until(() => metric(camd, 'cameras_connected') === 1, 'the first');

  t.match(await (await pushCamera(t, origin(camd))).closed(), /^1013 /);

  const away = await run(
    t,
    profile().replace(/registry\/list.*/, "registry/sql, url: 'postgres://x@127.0.0.1:1/x', token: stored }"),
  );
  const camera = await pushCamera(t, origin(away));
  camera.send(...hello(7));
  t.match(await camera.closed(), /^1013 /);
});

t.test('false lengths on 100 connections at once take less than 64 MB', async (t) => {
  const camd = await run(t, profile());
  const cameras = await Promise.all(Array.from({ length: 100 }, () => pushCamera(t, origin(camd))));
  const before = process.memoryUsage();

  for (const [at, camera] of cameras.entries()) {
    camera.send(...hello([1, 2, 7][at % 3] ?? 1), int32(0), int32([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1][at % 3] ?? 0));
    camera.send(Buffer.alloc(100));
  }
  await Promise.all(cameras.map((camera) => camera.closed()));
  const after = process.memoryUsage();

  t.ok(after.arrayBuffers + after.external - before.arrayBuffers - before.external < 64 * 2 ** 20);
});

t.test('a camera whose row is deleted or whose token changes is disconnected within the refresh time', async (t) => {
  const table = "registry/sql, token: stored, refresh: 100ms, cache: 50ms, url: 'sqlite:c.db' }";
  const camd = await run(t, profile().replace(/registry\/list.*/, table));
  await camd.port('cameras', 'registry').list();
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(`${camd.folder}/c.db`);
  t.teardown(() => void database.close());
  database.exec(`insert into clients (uuid, token) values ('1', '${tokenOf(1)}'), ('2', '${tokenOf(2)}')`);
  const [first, second] = await Promise.all(
    [1, 2].map(async (id) => {
      const camera = await pushCamera(t, origin(camd));
      camera.send(...hello(id));
      return camera;
    }),
  );
  await until(() => metric(camd, 'cameras_connected') === 2, 'both');

  database.exec("update clients set token = 'another one' where uuid = '1'; delete from clients where uuid = '2'");

  t.equal(await first?.closed(), '1008 Invalid token');
  t.equal(await second?.closed(), '1008 No camera with id 2 exists');
});

t.test('a reload while cameras push interrupts no stream, even when options change', async (t) => {
  const camd = await run(t, profile());
  const cameras = await Promise.all(
    [1, 2, 7].map(async (id) => {
      const camera = await pushCamera(t, origin(camd));
      camera.send(...hello(id));
      return camera;
    }),
  );
  await until(() => metric(camd, 'cameras_connected') === 3, 'three cameras');
  let n = 0;
  const pushing = setInterval(() => {
    for (const camera of cameras) camera.picture(make(`${n}`));
    n++;
  }, 10);
  t.teardown(() => clearInterval(pushing));

  for (let round = 0; round < 10; round++) {
    const result = await camd.reload(profile(`max_rate: ${100 + round}/s`));
    t.ok(result.ok);
  }
  const frames = collect(camd, 'push');
  await until(() => frames.length > 30, 'pictures after ten reloads');

  t.equal(metric(camd, 'cameras_connected'), 3);
  t.ok(cameras.every(({ socket }) => socket.readyState === socket.OPEN));
  t.same([...new Set(frames.map(({ camera }) => camera))].sort(), ['1', '2', '7']);
});
