// The JPEGs that packages ship arrive byte for byte through source/tcp, source/http and source/mqtt.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import t from 'tap';
import type { Frame } from '../../../core/contract/frame.ts';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { outsider } from '../../support/mosquitto.ts';
import { countCameras, type Photo, pixelsOf, shippedPhotos } from '../../support/photos.ts';
import { random } from '../../support/random.ts';
import { until } from '../../support/until.ts';

// Each of the three sources receives hundreds of pictures.
t.setTimeout(300_000);

t.test('at least 200 photos of packages arrive unchanged over TCP, by POST and over MQTT', async (t) => {
  const photos = shippedPhotos();
  const last = { file: 'the last one', data: sampleJpeg({ seed: 99 }) };
  const feed = createServer();
  feed.listen(0, '127.0.0.1');
  await once(feed, 'listening');
  t.teardown(() => void feed.close());
  const connected = once(feed, 'connection') as Promise<[Socket]>;
  const broker = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        broker: { use: mqtt/broker, listen: 127.0.0.1:${broker}, anonymous: { publish: ['#'], subscribe: ['#'] } }
        web: { use: http/server, listen: 127.0.0.1:0 }
        tcp: { use: source/tcp, connect: 127.0.0.1:${(feed.address() as AddressInfo).port}, timeout: 5m }
        post: { use: source/http, on: web, path: /post, camera: post, anyone: true }
        mqtt: { use: source/mqtt, via: broker, topic: photos/one, camera: one }
    `,
  );
  const arrived = { tcp: [] as Frame[], post: [] as Frame[], mqtt: [] as Frame[] };
  for (const way of ['tcp', 'post', 'mqtt'] as const) {
    camd.output(way).add({ push: (frame) => void arrived[way].push(frame), drain: async () => {}, close() {} });
  }

  const [socket] = await connected;
  socket.on('error', () => {});
  const piece = random(3);
  // Truncated pictures are left out: each would consume the beginning of the next picture.
  for (const { data } of [...photos, last].filter(({ data }) => !('reason' in recognise(data)))) {
    for (let at = 0; at < data.length; ) {
      const size = 1 + piece(64 * 1024);
      if (!socket.write(data.subarray(at, at + size))) await once(socket, 'drain');
      at += size;
    }
  }
  const url = `${camd.port('web', 'server').origin}/post`;
  const client = await outsider(t, `mqtt://127.0.0.1:${broker}`);
  for (const { data } of [...photos, last]) {
    await fetch(url, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: new Uint8Array(data) });
    await client.publishAsync('photos/one', data, { qos: 1 });
  }
  for (const frames of Object.values(arrived)) {
    await until(() => frames.at(-1)?.data.equals(last.data), 'the last photo', 200_000);
  }
  const lost = await Promise.all(
    Object.entries(arrived).map(([way, frames]) => missingSoundPhotos(way, photos, frames)),
  );

  t.same(lost.flat(), []);
  t.ok(photos.length >= 200, `${photos.length} photos`);
  const sound: string[] = [];
  for (const { file, data } of photos) if ((await pixelsOf(data)) !== undefined) sound.push(file);
  const cameras = await countCameras(sound);
  t.comment(`${photos.length} photos, ${sound.length} of them sound, ${cameras} of those by a camera`);
  // `npm run test:photos` adds the sources of Debian packages.
  t.ok(cameras >= (process.env.CAMD_PHOTOS ? 200 : 20), `${cameras} sound photos name a camera in their EXIF`);
});

/** Photos that a strict decoder accepts and that did not arrive. Bytes after the EOI do not belong to a photo. */
async function missingSoundPhotos(way: string, photos: readonly Photo[], frames: readonly Frame[]): Promise<string[]> {
  const came = new Set(frames.map(({ data }) => data.toString('latin1')));
  const missing: string[] = [];
  for (const { file, data } of photos) {
    if (came.has(data.toString('latin1')) || (await pixelsOf(data)) === undefined) continue;
    const whole = frames.some((frame) => frame.data.equals(data.subarray(0, frame.data.length)));
    if (!whole) missing.push(`${way}: ${file}`);
  }
  return missing;
}
