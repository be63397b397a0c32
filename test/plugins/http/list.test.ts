// http/list: the cameras of the registry in the format of the original, with small previews.

import sharp from 'sharp';
import t from 'tap';
import { createRates } from '../../../plugins/http/list/rates.ts';
import { cameraServer, FRONT_END } from '../../support/camera-server.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const picture = async (width: number, height: number): Promise<Buffer> =>
  sharp({
    create: { width, height, channels: 3, background: 'teal', noise: { type: 'gaussian', mean: 120, sigma: 25 } },
  })
    .jpeg({ quality: 80 })
    .toBuffer();

t.test('the fields are those of the original, plus four', async (t) => {
  const server = await cameraServer(t);
  const camera = await server.push(7);
  const data = await picture(640, 480);
  camera.picture(data);
  await until(() => server.metric('push', 'pictures_total') === 1, 'a picture');

  const response = await fetch(`${server.origin}/camera/list`, { headers: { origin: FRONT_END } });
  const [door, yard, roof] = await response.json();

  t.equal(response.headers.get('access-control-allow-origin'), FRONT_END);
  t.same(door, {
    id: 1,
    name: 'Door',
    description: 'The front door',
    lastActive: '2023-05-20T12:00:00.0000000Z',
    preview: '',
    online: false,
    size: 0,
    rate: 0,
  });
  t.match(yard, { id: 2, description: null, preview: '', lastActive: /^0001-01-01T/ });
  t.match(roof, { id: 7, name: 'Roof', online: true, size: data.length, lastActive: /^\d{4}-.*\.\d{7}Z$/ });
  t.ok(Math.abs(Date.parse(roof.lastActive) - Date.now()) < 60_000);
  const preview = await sharp(Buffer.from(roof.preview, 'base64')).metadata();
  t.same([preview.width, preview.height, preview.format], [320, 240, 'jpeg']);
});

t.test('previews may be full size or omitted, and each is made once per picture', async (t) => {
  const whole = await cameraServer(t, (text) => text.replace('path: /list', 'path: /list, preview: whole'));
  const none = await cameraServer(t, (text) => text.replace('path: /list', 'path: /list, preview: none'));
  const data = await picture(64, 48);
  for (const [server, expected] of [
    [whole, data.toString('base64')],
    [none, ''],
  ] as const) {
    const camera = await server.push(7);
    camera.picture(data);
    await until(() => server.metric('push', 'pictures_total') === 1, 'a picture');
    const cameras = await (await fetch(`${server.origin}/list`)).json();
    t.equal(cameras[2].preview, expected);
  }
});

t.test('a list of 100 cameras stays under 1 MB', async (t) => {
  const server = await cameraServer(t);
  const rows = Array.from({ length: 93 }, (_, n) => `('${n + 100}', 'Camera ${n}')`).join();
  await server.sql(`insert into camera (id, name) values ${rows}`);
  const data = await picture(1280, 720);
  const ids = [1, 2, 7, ...Array.from({ length: 93 }, (_, n) => n + 100)];
  for (const id of ids) (await server.push(id)).picture(data);
  await until(() => server.metric('push', 'pictures_total') === ids.length, 'all pictures');

  const text = await until(async () => {
    const response = await (await fetch(`${server.origin}/list`)).text();
    return JSON.parse(response).every(({ preview }: { preview: string }) => preview !== '') && response;
  }, 'all previews');

  t.equal(JSON.parse(text).length, 96);
  t.ok(text.length < 1_000_000, `${text.length} bytes, of pictures of ${data.length}`);
});

t.test('the rate comes from the last few pictures, and is 0 without new ones', (t) => {
  const rates = createRates();
  t.equal(rates.of('a', 0), 0);
  for (let n = 0; n < 40; n++) rates.arrived('a', n * 200);

  t.equal(rates.of('a', 8000), 5);
  t.equal(rates.of('a', 18_000), 0);
  rates.forget(new Set());
  t.equal(rates.of('a', 8000), 0);
  t.end();
});
