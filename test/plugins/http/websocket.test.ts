// http/websocket: the hello of the original and the modern one, permissions to watch and control, and the messages sent.

import { once } from 'node:events';
import t from 'tap';
import { WebSocket } from 'ws';
import { createHelloReader, readText } from '../../../plugins/http/websocket/hello.ts';
import { readHead } from '../../../plugins/kit/live/picture-head.ts';
import { cameraServer, FRONT_END } from '../../support/camera-server.ts';
import type { Ending } from '../../support/harness.ts';
import { pictureMaker } from '../../support/pictures.ts';
import { int32, lengthPrefixed, tokenOf } from '../../support/push-camera.ts';
import { until } from '../../support/until.ts';

t.setTimeout(180_000);

const make = pictureMaker(3000);
const helloOf = (client: unknown): Buffer => lengthPrefixed(Buffer.from(JSON.stringify(client)));
const moveOf = (x: number, y: number): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32LE(1);
  bytes.writeFloatBE(x, 4);
  bytes.writeFloatBE(y, 8);
  return bytes;
};

async function viewer(t: Ending, origin: string, { path = '/video-output-stream', from = '' } = {}) {
  const socket = new WebSocket(
    `${origin.replace('http', 'ws')}${path}`,
    from === '' ? {} : { headers: { origin: from } },
  );
  t.teardown(() => socket.terminate());
  const pictures: Buffer[] = [];
  const texts: string[] = [];
  let end: string | undefined;
  socket.on('message', (data, binary) => void (binary ? pictures.push(data as Buffer) : texts.push(String(data))));
  socket.on('close', (code, reason) => {
    end = `${code} ${reason}`;
  });
  await once(socket, 'open');
  socket.on('error', () => {});
  return { socket, pictures, texts, closed: () => until(() => end, 'the viewer to be closed') };
}

t.test("the original's front end receives the newest picture at once and then each new one, unchanged", async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  camera.picture(make('first'));
  await until(() => server.metric('push', 'pictures_total') === 1, 'the first picture');

  const page = await viewer(t, server.origin, { path: '/camera/video-output-stream/', from: FRONT_END });
  page.socket.send(helloOf({ token: 'fake token', cameraId: 7 }));
  await until(() => page.pictures.length === 1, 'the newest picture');
  camera.send(int32(0));
  for (const name of ['second', 'third']) {
    camera.picture(make(name));
    await until(() => page.pictures.at(-1)?.equals(make(name)), name);
  }

  t.ok(page.pictures[0]?.equals(make('first')));
  t.equal(page.socket.extensions, '');
});

t.test('an invalid hello and an unknown camera close the connection with the reasons of the original', async (t) => {
  const { origin } = await cameraServer(t);
  const CASES: readonly (readonly [string, Buffer, string])[] = [
    ['no JSON', lengthPrefixed(Buffer.from('hello')), '1007 Invalid client info'],
    ['an empty token', helloOf({ cameraId: 7, token: '' }), '1007 Invalid client info'],
    ['no token', helloOf({ cameraId: 7 }), '1007 Invalid client info'],
    ['an id below 1', helloOf({ cameraId: 0, token: 'x' }), '1007 Invalid client info'],
    ['an id that is no number', helloOf({ cameraId: '7', token: 'x' }), '1007 Invalid client info'],
    ['1,025 bytes', int32(1025), '1007 Invalid client info'],
    ['a negative length', int32(-1), '1007 Invalid client info'],
    ['an unknown id', helloOf({ cameraId: 99, token: 'x' }), '1008 No camera with id 99 exists'],
  ];
  for (const [name, hello, expected] of CASES) {
    const page = await viewer(t, origin);
    page.socket.send(hello);
    t.equal(await page.closed(), expected, name);
  }
});

t.test('a hello of 1,024 bytes is read in any pieces, with moves after it', (t) => {
  const json = JSON.stringify({ cameraId: 7, token: 'x' });
  const hello = lengthPrefixed(Buffer.from(json.padEnd(1024)));
  const bytes = Buffer.concat([hello, moveOf(0.5, -0.25), moveOf(1, 1)]);

  for (const step of [1, 7, bytes.length]) {
    const read = createHelloReader();
    const messages = [];
    for (let at = 0; at < bytes.length; at += step) messages.push(...read(bytes.subarray(at, at + step)));
    t.match(messages, [{ is: 'hello' }, { is: 'move', x: 0.5, y: -0.25 }, { is: 'move', x: 1, y: 1 }]);
  }
  t.match(readText('{"watch":["a","a","b"],"tokens":{"a":"x"}}'), { is: 'hello', hello: { cameras: ['a', 'b'] } });
  for (const text of ['', '[]', '{}', '{"watch":[7]}', '{"watch":"a"}', '{"move":"a","x":"1","y":0}']) {
    t.match(readText(text), { is: 'nonsense' }, text);
  }
  t.end();
});

t.test('moves need the right to control: a fake token is refused, and the camera’s own is accepted', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const fake = await viewer(t, server.origin);
  fake.socket.send(helloOf({ cameraId: 7, token: 'fake token' }));
  const right = await viewer(t, server.origin);
  right.socket.send(helloOf({ cameraId: 7, token: tokenOf(7) }));

  fake.socket.send(moveOf(1, 1));
  await until(() => server.metric('live', 'commands_refused_total') === 1, 'the move to be refused');
  right.socket.send(moveOf(Number.NaN, 0));
  right.socket.send(moveOf(7, -0.5));
  await until(() => camera.received.length === 1, 'a move');

  const [move] = camera.received;
  t.same([move?.readInt32LE(), move?.readFloatLE(4), move?.readFloatLE(8)], [1, 1, -0.5]);
});

t.test('"viewers: token" accepts clients with the token, and "server" users of the server', async (t) => {
  const token = await cameraServer(t, (text) => text.replace('viewers: anyone', 'viewers: token'));
  const guarded = await cameraServer(t, (text) =>
    text
      .replace('viewers: anyone, control: token', 'viewers: server, control: server')
      .replace('also_under', 'auth: { bearer: { tokens: [correct-horse-battery] } }\n    also_under'),
  );

  const fake = await viewer(t, token.origin);
  fake.socket.send(helloOf({ cameraId: 7, token: 'fake token' }));
  t.equal(await fake.closed(), '1008 Invalid token');
  const right = await viewer(t, token.origin);
  right.socket.send(helloOf({ cameraId: 7, token: tokenOf(7) }));
  await until(() => token.metric('live', 'viewers') === 1, 'the viewer with the token');
  await t.rejects(viewer(t, guarded.origin), /401/);
});

t.test('pages of unlisted origins are refused', async (t) => {
  const listed = await cameraServer(t, (text) => text.replace('origins: ["*"]', 'origins: [https://other.example]'));

  await t.rejects(viewer(t, listed.origin, { from: 'https://evil.example' }), /403/);
  await viewer(t, listed.origin, { from: 'https://other.example' });
  await viewer(t, listed.origin, { from: FRONT_END });
});

t.test('one connection carries many cameras, each picture with a head that names its camera', async (t) => {
  const server = await cameraServer(t);
  const cameras = [await server.push(1), await server.push(2)];
  cameras[0]?.picture(make('one'));
  cameras[1]?.picture(make('two'));
  await until(() => server.metric('push', 'pictures_total') === 2, 'both pictures');

  const page = await viewer(t, server.origin);
  page.socket.send(JSON.stringify({ watch: ['1', '2', '99'], tokens: { 1: tokenOf(1) } }));
  await until(() => page.pictures.length === 2, 'both at once');

  t.same(JSON.parse(page.texts[0] ?? ''), {
    is: 'cameras',
    cameras: [
      { camera: '1', n: 0, control: true },
      { camera: '2', n: 1, control: false },
      { camera: '99', refused: 'No camera with id 99 exists' },
    ],
  });
  const seen = page.pictures.map((message) => {
    const bytes = new Uint8Array(message).buffer;
    return [readHead(bytes).n, message.subarray(28).equals(make(readHead(bytes).n === 0 ? 'one' : 'two'))];
  });
  t.same(seen.sort(), [
    [0, true],
    [1, true],
  ]);
  page.socket.send(JSON.stringify({ update: '1' }));
  page.socket.send(JSON.stringify({ move: '2', x: 0, y: 0 }));
  await until(() => cameras[0]?.received.length === 1, 'an update');
  await until(() => server.metric('live', 'commands_refused_total') === 1, 'a refusal');
});

t.test(
  'a viewer that reads nothing has one picture in flight, delays no other, and is disconnected in the end',
  async (t) => {
    const large = pictureMaker(60_000);
    const server = await cameraServer(t, (text) => text.replace('origins: ["*"]', 'origins: ["*"], stall: 2s'));
    const camera = await server.push(7);
    const deaf = await viewer(t, server.origin);
    deaf.socket.send(helloOf({ cameraId: 7, token: 'x' }));
    deaf.socket.pause();
    const page = await viewer(t, server.origin);
    page.socket.send(helloOf({ cameraId: 7, token: 'x' }));

    let n = 0;
    await until(() => {
      for (let round = 0; round < 20; round++) camera.picture(large(`${n++}`));
      return server.metric('live', 'viewers_stalled_total') === 1;
    }, 'the viewer that reads nothing to be disconnected');
    const last = large('the last');
    camera.picture(last);

    await until(() => page.pictures.at(-1)?.equals(last), 'the other one to be up to date');
    t.equal(server.metric('live', 'viewers'), 1);
  },
);

t.test('viewers survive a reload of their node, and more than max_viewers get a time to retry', async (t) => {
  const server = await cameraServer(t, (text) => text.replace('origins: ["*"]', 'origins: ["*"], max_viewers: 1'));
  const camera = await server.push(7);
  const page = await viewer(t, server.origin);
  page.socket.send(helloOf({ cameraId: 7, token: 'x' }));
  t.match(await (await viewer(t, server.origin)).closed(), /^1013 /);

  const text = (await import('node:fs')).readFileSync(`${server.camd.folder}/profile.yaml`, 'utf8');
  t.ok((await server.camd.reload(text.replace('max_viewers: 1', 'max_viewers: 5'))).ok);
  camera.picture(make('after'));

  await until(() => page.pictures.at(-1)?.equals(make('after')), 'a picture after the reload');
  t.equal(page.socket.readyState, page.socket.OPEN);
});
