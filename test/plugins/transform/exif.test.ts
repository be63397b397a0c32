// transform/exif: tags that piexif and exiftool read, pixels that stay, readings that are recent, and captures that are tagged too.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import t from 'tap';
import type { Frame } from '../../../core/contract/frame.ts';
import { readExif, writeExif } from '../../../plugins/kit/image/exif.ts';
import { zone } from '../../../plugins/kit/time/zone.ts';
import { stripMetadata } from '../../../plugins/transform/exif/strip.ts';
import { commentOf, corrected, timeTags, wrapped } from '../../../plugins/transform/exif/tags.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

t.test('the capture time is local time with its fraction and its offset', async (t) => {
  const time = Date.UTC(2026, 6, 1, 22, 30, 5, 42);

  t.same(timeTags(time, zone('Europe/Berlin')), {
    dateTimeOriginal: '2026:07:02 00:30:05',
    subSecTimeOriginal: '042',
    offsetTimeOriginal: '+02:00',
  });
  t.equal(timeTags(time, zone('America/St_Johns')).offsetTimeOriginal, '-02:30');
});

t.test('offsets are added by name, and angles are wrapped into -180 to 180 if configured', async (t) => {
  const reading = { values: { roll: 179, pitch: 1 }, time: 0 };

  t.same(corrected(reading, { offsets: { roll: 3 }, wrap: true }), { roll: -178, pitch: 1 });
  t.same(corrected(reading, { offsets: { roll: 3 }, wrap: false }), { roll: 182, pitch: 1 });
  t.same([180, -180, 540, -190, 0, 360].map(wrapped), [180, 180, 180, 170, 0, 0]);
});

t.test(
  'the comment has the values in their order, then the time in seconds, and the age only where it is marked',
  async (t) => {
    t.equal(commentOf({ roll: 1, pitch: 2 }, 1500, undefined), '{"roll":1,"pitch":2,"timestamp":1.5}');
    t.equal(commentOf({ roll: 1 }, 1500, 2500), '{"roll":1,"timestamp":1.5,"age":2.5}');
  },
);

async function tagged(t: Ending, options: string) {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        broker: { use: mqtt/broker, listen: 127.0.0.1:${port}, anonymous: { publish: ['#'], subscribe: ['#'] } }
        imu: { use: reading/mqtt, via: broker, topic: status/, fields: { roll: roll, pitch: pitch, yaw: yaw }, max_age: 1h }
        web: { use: http/server, listen: 127.0.0.1:0 }
        left: { use: source/http, on: web, path: /left, camera: left, anyone: true }
        stamped: { use: transform/exif, from: left, ${options} }
        latest: { use: cache/latest, from: stamped }
    `,
  );
  const client = await outsider(t, `mqtt://127.0.0.1:${port}`);
  const post = async (data: Buffer): Promise<Frame> => {
    const before = camd.port('latest', 'stills').latest('left')?.frame.seq ?? 0;
    const url = `${camd.port('web', 'server').origin}/left`;
    await fetch(url, { method: 'POST', body: new Uint8Array(data), headers: { 'content-type': 'image/jpeg' } });
    await until(() => (camd.port('latest', 'stills').latest('left')?.frame.seq ?? 0) > before, 'the picture');
    const frame = camd.port('latest', 'stills').latest('left')?.frame;
    if (!frame) throw new Error('no picture came');
    return frame;
  };
  const publish = async (text: string): Promise<void> => {
    const count = camd.status('imu').metrics.readings_total ?? 0;
    await client.publishAsync('status/', text, { qos: 1 });
    await until(() => (camd.status('imu').metrics.readings_total ?? 0) > count, 'the reading');
  };
  return { camd, post, publish };
}

t.test('piexif and exiftool read the reading, the software and the time', async (t) => {
  const { post, publish } = await tagged(t, 'readings: imu, software: Test, offsets: { left: { yaw: 0.5 } }');
  await publish('{"roll":1.25,"pitch":-2,"yaw":3,"other":9}');

  const { data, meta } = await post(sampleJpeg());

  const file = join(t.testdir(), 'a.jpg');
  writeFileSync(file, data);
  const program = [
    'import json, sys, piexif, piexif.helper',
    'exif = piexif.load(sys.argv[1])',
    'print(piexif.helper.UserComment.load(exif["Exif"][piexif.ExifIFD.UserComment]))',
    'print(exif["0th"][piexif.ImageIFD.Software].decode())',
  ].join('\n');
  const [comment = '', software] = execFileSync('/usr/bin/python3', ['-c', program, file], { encoding: 'utf8' }).split(
    '\n',
  );
  t.same(Object.keys(JSON.parse(comment)), ['roll', 'pitch', 'yaw', 'timestamp']);
  t.match(JSON.parse(comment), { roll: 1.25, pitch: -2, yaw: 3.5 });
  t.equal(software, 'Test');
  t.match(meta, { reading: { yaw: 3.5 } });
  const [tags] = JSON.parse(
    execFileSync('exiftool', ['-json', '-Software', '-DateTimeOriginal', '-UserComment', file], { encoding: 'utf8' }),
  );
  t.match(tags, { Software: 'Test', DateTimeOriginal: /^\d{4}:\d\d:\d\d /, UserComment: comment });
});

t.test('a picture without a reading is delivered and marked as such', async (t) => {
  const { post } = await tagged(t, 'readings: imu');

  const { data, meta } = await post(sampleJpeg());

  t.equal(readExif(data).userComment, undefined);
  t.match(meta, { reading_missing: true });
});

t.test('pictures that cannot be tagged pass unchanged and are counted', async (t) => {
  const { camd, post } = await tagged(t, `software: "${'x'.repeat(200)}"`);
  // A maker note that fills the segment: not even the software fits any more.
  const full = writeExif(sampleJpeg(), { userComment: 'n'.repeat(32_600) });
  if (!Buffer.isBuffer(full)) throw new Error(full.reason);

  const { data, meta } = await post(full);

  t.ok(data.equals(full));
  t.match(meta, { exif_error: 'EXIF over 64 KiB' });
  t.equal(camd.status('stamped').metrics.untagged_total, 1);
});

t.test('metadata is removed on request, except that needed for decoding', async (t) => {
  const plain = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#805020' } })
    .jpeg()
    .toBuffer();
  const rich = writeExif(plain, { userComment: 'secret place', make: 'Acme' });
  if (!Buffer.isBuffer(rich)) throw new Error(rich.reason);
  const noted = Buffer.concat([
    rich.subarray(0, 2),
    Buffer.from([0xff, 0xfe, 0, 6, 0x66, 0x6f, 0x6f, 0x21]),
    rich.subarray(2),
  ]);

  const bare = stripMetadata(noted);

  t.ok(bare.equals(plain));
  t.equal(stripMetadata(plain), plain);
});

t.test('pixels stay identical byte for byte', async (t) => {
  const jpeg = sampleJpeg({ width: 320, height: 200 });
  const written = writeExif(jpeg, { userComment: 'ü €', software: 'camd' });
  if (!Buffer.isBuffer(written)) throw new Error(written.reason);

  const scan = (data: Buffer) => data.subarray(data.indexOf(Buffer.from([0xff, 0xda])));
  t.ok(scan(written).equals(scan(jpeg)));
});
