// configs/snapshot-server.yaml with a Python client of the original: its calls, its errors, and EXIF read by piexif.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { fakeSystemctl } from '../support/fake-systemctl.ts';
import { fakeCameras } from '../support/fake-v4l2.ts';
import { freePort } from '../support/free-port.ts';
import { run } from '../support/harness.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';
import { snapshotClient } from '../support/snapshot-client.ts';
import { until } from '../support/until.ts';

const UNIT = 'mjpg-streamer.service';

async function server(t: Tap) {
  const systemctl = fakeSystemctl(t, { [UNIT]: 'active' });
  const cameras = await fakeCameras(t);
  const broker = await mosquitto(t);
  const folder = mkdtempSync(join(tmpdir(), 'camd-snapshot-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const yaml = readFileSync('configs/snapshot-server.yaml', 'utf8')
    .replace('/dev/v4l/by-id/usb-camera-left-video-index0', cameras.plug('left'))
    .replace('/dev/v4l/by-id/usb-camera-right-video-index0', cameras.plug('right'))
    .replace('width: 1920', 'width: 640')
    .replace('height: 1080', 'height: 480')
    .replace('settle: 1s', 'settle: 0s')
    // However long the machine takes, the reading that a test sends is recent.
    .replace('fields: {', 'max_age: 1h, fields: {')
    .replace('mqtt://127.0.0.1:1883', broker.url);
  const env = { STATE_DIRECTORY: folder, LISTEN: `127.0.0.1:${await freePort()}` };
  const camd = await run(t, yaml, { env });
  await camd.state('eyes', 'running');
  await camd.state('broker', 'running');
  const sensor = await outsider(t, broker.url);
  /** Resolves when the message is counted: as a reading, or as none. */
  const publish = async (text: string, counter = 'readings_total'): Promise<void> => {
    const count = (): number => camd.status('imu').metrics[counter] ?? 0;
    const before = count();
    await sensor.publishAsync('status/', text, { qos: 1 });
    await until(() => count() > before, counter);
  };
  return { camd, cameras, systemctl, publish, origin: camd.port('web', 'server').origin };
}
type Tap = Parameters<typeof fakeSystemctl>[0];

t.test("the client's calls: cameras, one picture, all, stereo, with the sensor's reading in each", async (t) => {
  const { origin, publish, systemctl } = await server(t);
  await publish('{"roll":1,"pitch":-2.5,"yaw":90,"temperature":20}');

  const [cameras] = await snapshotClient(origin);
  const [one, all, stereo] = await snapshotClient(origin, ['left', 'all', 'stereo']);

  t.equal(cameras?.status, 200);
  t.match(cameras?.body, [
    { name: 'left', type: 'stream_interrupt', service_name: UNIT, stereo: true, width: 640, roll_offset: 1.5 },
    { name: 'right', type: 'direct', service_name: '', stereo: true, pixel_format: 'MJPG' },
  ]);
  t.match(one, { status: 200, shown: null, body: { success: true, filename: /^snapshot_left_\d{8}_\d{12}\.jpg$/ } });
  t.match(all?.body, { results: [{ filename: /^api_all_cams_left_/ }, { filename: /^api_all_cams_right_/ }] });
  t.match(stereo?.body, { results: [{ status: 'success' }, { status: 'success' }] });
  const pictures = [one, all, stereo].flatMap((answer) => answer?.pictures ?? []);
  t.equal(pictures.length, 5);
  for (const picture of pictures) t.match(picture, { status: 200, whole: true });
  const [imu] = one?.pictures ?? [];
  t.same(Object.keys(imu?.imu ?? {}), ['roll', 'pitch', 'yaw', 'timestamp']);
  t.match(imu?.imu, { roll: 2.5, pitch: -2.5, yaw: 90, timestamp: Number });
  t.equal(systemctl.state(UNIT), 'active');
});

t.test(
  "the client shows the server's errors, and pictures come without a reading when the sensor sends none",
  async (t) => {
    const { cameras, origin, publish } = await server(t);
    await publish('{"roll":NaN}', 'malformed_total');
    await publish('{"roll":"up","pitch":0,"yaw":0}', 'malformed_total');

    const [unknown, silent] = await snapshotClient(origin, ['nobody', 'right']);
    cameras.set('left', { busy: true });
    const [busy, all] = await snapshotClient(origin, ['left', 'all']);

    const error = 'Camera not found';
    t.same(unknown, { status: 404, body: { success: false, error }, shown: error, pictures: [] });
    t.match(silent, {
      status: 200,
      body: { success: true, reading_missing: true },
      pictures: [{ whole: true, imu: null }],
    });
    t.equal(busy?.status, 500);
    t.match(busy?.shown, /^Capture failed: .*in use/);
    t.equal(all?.status, 200);
    t.match(all?.body, {
      results: [
        { camera_name: 'left', status: 'failure' },
        { camera_name: 'right', status: 'success' },
      ],
    });
  },
);
