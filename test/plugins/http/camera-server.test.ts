// http/camera-server: hello, single pictures, and commands by POST.

import t from 'tap';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import { cameraServer } from '../../support/camera-server.ts';
import { pictureMaker } from '../../support/pictures.ts';
import { int32, tokenOf } from '../../support/push-camera.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const make = pictureMaker(2000);
const body = async (response: Response): Promise<[number, string]> => [response.status, await response.text()];

t.test('hello, the newest picture and a generated one are served at / and below /camera', async (t) => {
  const server = await cameraServer(t);
  for (const base of [server.origin, `${server.origin}/camera`]) {
    t.same(await body(await fetch(`${base}/hello`)), [200, '{"message":"Hello World!"}']);
    const empty = await fetch(`${base}/get-image?cameraId=1`);
    t.same([empty.status, empty.headers.get('content-type'), await empty.text()], [200, 'image/jpeg', '']);
    t.same(await body(await fetch(`${base}/get-image?cameraId=99`)), [404, '{"message":"No camera with id 99"}']);
    const drawn = await fetch(`${base}/mocked-image`);
    t.match(recognise(Buffer.from(await drawn.arrayBuffer())), { type: 'image/jpeg', width: 640, height: 480 });
  }
  const camera = await server.push(7);
  camera.picture(make('first'));
  await until(() => server.metric('push', 'pictures_total') === 1, 'a picture');

  const picture = await fetch(`${server.origin}/get-image?cameraId=7`);
  t.ok(Buffer.from(await picture.arrayBuffer()).equals(make('first')));
});

t.test('a request takes a picture from a local camera if there is one', async (t) => {
  const none = await cameraServer(t);
  const local = await cameraServer(
    t,
    (text) =>
      text.replace('only: cameras, control: token }', 'only: cameras, control: token, local: usb }') +
      '\n  usb: { use: source/test-pattern, mode: on_demand }\n',
  );

  t.equal((await fetch(`${none.origin}/image`)).status, 503);
  const picture = await fetch(`${local.origin}/image`);
  t.equal(picture.headers.get('content-type'), 'image/jpeg');
  t.match(recognise(Buffer.from(await picture.arrayBuffer())), { type: 'image/jpeg' });
});

t.test('a command needs the token of the camera, and returns false for a disconnected camera', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const post = async (path: string, token = '', json?: unknown): Promise<[number, string]> =>
    body(
      await fetch(server.origin + path, {
        method: 'POST',
        headers: token === '' ? {} : { authorization: `Bearer ${token}` },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    );

  t.same(await post('/update?cameraId=7', tokenOf(7)), [200, '{"result":true}']);
  t.same(await post(`/camera/update?cameraId=7&token=${tokenOf(7)}`), [200, '{"result":true}']);
  t.same(await post('/update?cameraId=1', tokenOf(1)), [200, '{"result":false}'], 'not connected');
  t.same(await post('/update?cameraId=99', tokenOf(7)), [400, '{"message":"No camera with id 99"}']);
  for (const token of ['', tokenOf(1), 'fake token']) {
    t.same(await post('/update?cameraId=7', token), [401, '{"message":"Invalid token"}']);
  }
  t.same(await post('/move', tokenOf(7), { cameraId: 7, pitch: 0.5, yaw: -3 }), [200, '{"result":true}']);
  t.equal((await post('/move', '', { cameraId: 7, pitch: 0.5, yaw: 0 }))[0], 401);
  for (const wrong of [{}, { cameraId: 7 }, { cameraId: 7, pitch: '1', yaw: 0 }, [1]]) {
    t.equal((await post('/move', tokenOf(7), wrong))[0], 400);
  }
  await until(() => camera.received.length === 3, 'the commands');
  t.same(camera.received[0], int32(2));
  t.same([camera.received[2]?.readFloatLE(4), camera.received[2]?.readFloatLE(8)], [0.5, -1]);
});

t.test('commands from pages of other origins are refused, and "nobody" and "anyone" apply as configured', async (t) => {
  const nobody = await cameraServer(t, (text) => text.replace('only: cameras, control: token }', 'only: cameras }'));
  const anyone = await cameraServer(t, (text) =>
    text.replace('only: cameras, control: token }', 'only: cameras, control: anyone }'),
  );
  await anyone.push(7);
  const update = (origin: string, headers = {}) => fetch(`${origin}/update?cameraId=7`, { method: 'POST', headers });

  t.equal((await update(nobody.origin, { authorization: `Bearer ${tokenOf(7)}` })).status, 403);
  t.same(await body(await update(anyone.origin)), [200, '{"result":true}']);
  t.equal((await update(anyone.origin, { origin: 'https://evil.example' })).status, 403);
});
