// From the IMU to the file: a reading over mosquitto, a picture over the API, and the EXIF of the served file read by piexif.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folderWith } from '../../../support/cli.ts';
import { dedent } from '../../../support/dedent.ts';
import { fakeCameras } from '../../../support/fake-v4l2.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { mosquitto, outsider } from '../../../support/mosquitto.ts';
import { until } from '../../../support/until.ts';

const PIEXIF = [
  'import sys, piexif, piexif.helper',
  'exif = piexif.load(sys.argv[1])',
  'comment = exif["Exif"].get(piexif.ExifIFD.UserComment)',
  'print(piexif.helper.UserComment.load(comment) if comment else "none")',
].join('\n');

interface Body {
  readonly filename: string;
  readonly image_url_path: string;
  readonly reading?: unknown;
  readonly reading_age_ms?: number;
  readonly reading_missing?: boolean;
}

async function machine(t: Ending) {
  const broker = await mosquitto(t);
  const cameras = await fakeCameras(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        eyes: { use: source/v4l2, mode: still, cameras: { left: { device: ${cameras.plug('left')} } } }
        broker: { use: mqtt/client, url: '${broker.url}' }
        imu: { use: reading/mqtt, via: broker, topic: status/, fields: { roll: roll, pitch: pitch, yaw: yaw }, max_age: 1h }
        tagged: { use: transform/exif, from: eyes, readings: imu, offsets: { left: { roll: 1.5 } } }
        disk: { use: store/disk, from: tagged, path: pictures, latest_as: none, min_free: 0B }
        web: { use: http/server, listen: 127.0.0.1:0 }
        api: { use: http/snapshot-api, on: web, from: disk, cameras: [eyes, tagged] }
    `,
  );
  const { origin } = camd.port('web', 'server');
  const sensor = await outsider(t, broker.url);
  return {
    /** Repeats until the reading has arrived: one from before the subscription is lost. */
    async publish(text: string): Promise<void> {
      const newest = () => camd.port('imu', 'readings').newest();
      const before = newest();
      await until(async () => {
        await sensor.publishAsync('status/', text, { qos: 1 });
        return newest() !== before;
      }, 'the reading to arrive');
    },
    async take(): Promise<{ body: Body; comment: string }> {
      const response = await fetch(`${origin}/api/snapshot/left`, { method: 'POST' });
      const body = (await response.json()) as Body;
      const picture = await fetch(origin + body.image_url_path);
      const file = join(folderWith(t, {}), 'a.jpg');
      writeFileSync(file, Buffer.from(await picture.arrayBuffer()));
      return { body, comment: execFileSync('/usr/bin/python3', ['-c', PIEXIF, file], { encoding: 'utf8' }).trim() };
    },
  };
}

t.test('the served file has the reading with the offset of its camera, and the answer has its age', async (t) => {
  const { publish, take } = await machine(t);
  const before = Date.now() / 1000;
  await publish('{"roll": 1.25, "pitch": -2, "yaw": 3, "battery": 80}');

  const { body, comment } = await take();

  const { timestamp, ...angles } = JSON.parse(comment);
  t.same(Object.keys(JSON.parse(comment)), ['roll', 'pitch', 'yaw', 'timestamp']);
  t.same(angles, { roll: 2.75, pitch: -2, yaw: 3 });
  t.ok(timestamp >= before - 1 && timestamp <= Date.now() / 1000, 'the time of the reading in seconds');
  t.match(body, { success: true, reading: { roll: 2.75 }, reading_age_ms: Number });
});

t.test('without a reading the picture is served, and the answer reports that it has none', async (t) => {
  const { take } = await machine(t);

  const { body, comment } = await take();

  t.equal(comment, 'none');
  t.match(body, { success: true, reading_missing: true });
});
