// parse/length-prefixed: length-prefixed pictures, in any chunking, after any fault.

import sharp from 'sharp';
import t from 'tap';
import { STANDARD_DHT } from '../../../plugins/kit/image/huffman.ts';
import lengthPrefixed from '../../../plugins/parse/length-prefixed/index.ts';
import type { ParseLengthPrefixedOptions } from '../../../schemas/parse/length-prefixed.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { random, sampleJpeg } from '../../support/jpeg.ts';
import { everyByte, parse } from '../../support/parsing.ts';
import { pictureMaker } from '../../support/pictures.ts';

// 100,000 streams take a while on a busy machine.
t.setTimeout(240_000);

const MIB = 1024 * 1024;
const options: ParseLengthPrefixedOptions = { byte_order: 'little', max_frame: 8 * MIB };
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();
const pictures = [sampleJpeg({ thumbnail: true }), sampleJpeg({ progressive: true }), png];

const length = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const message = (picture: Buffer): Buffer => Buffer.concat([length(picture.length), picture]);

parserConformance(t, lengthPrefixed, { options, limited: { ...options, max_frame: 60 }, pictures, message });

t.test('two pictures are passed on completely for every pair of cuts', async (t) => {
  const make = pictureMaker(64);
  const two = [make('one'), make('two')];
  const bytes = Buffer.concat(two.map(message));
  let wrong = 0;

  const step = Math.ceil(bytes.length / 15);
  for (let first = 1; first < bytes.length; first++) {
    for (let second = first + 1; second < bytes.length; second += step) {
      const { images } = parse(lengthPrefixed, options, bytes, [first, second]);
      if (images.length !== 2 || !two.every((picture, at) => images[at]?.data.equals(picture))) wrong++;
    }
  }

  t.equal(wrong, 0);
});

t.test('big-endian lengths are read if the profile sets them', async (t) => {
  const [picture = Buffer.alloc(0)] = pictures;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(picture.length);

  const { images } = parse(lengthPrefixed, { ...options, byte_order: 'big' }, Buffer.concat([head, picture]));

  t.ok(images[0]?.data.equals(picture));
});

t.test('a length of zero is ignored', async (t) => {
  const [picture = Buffer.alloc(0)] = pictures;

  const { images, skipped } = parse(
    lengthPrefixed,
    options,
    Buffer.concat([length(0), length(0), message(picture), length(0)]),
  );

  t.equal(images.length, 1);
  t.same(skipped, []);
});

t.test('an impossible length is reported, and the next picture is still found', async (t) => {
  const [picture = Buffer.alloc(0)] = pictures;
  for (const [wrong, reason] of [
    [2 ** 31 - 1, 'over max_frame'],
    [8 * MIB + 1, 'over max_frame'],
    [2 ** 31, 'negative length'],
    [2 ** 32 - 1, 'negative length'],
  ] as const) {
    const bytes = Buffer.concat([message(picture), length(wrong), Buffer.from('noise'), message(picture)]);
    for (const cuts of [[], everyByte(bytes)]) {
      const { images, skipped } = parse(lengthPrefixed, options, bytes, cuts);
      t.equal(images.length, 2, `${wrong}, ${cuts.length} cuts`);
      t.ok(images[1]?.data.equals(picture));
      t.equal(skipped[0]?.reason, reason);
      t.equal(
        skipped.reduce((sum, { bytes }) => sum + bytes, 0),
        9,
        'every byte outside a picture is counted once',
      );
    }
  }
});

t.test('one byte too many or too few loses one picture, not the stream', async (t) => {
  const make = pictureMaker(2000);
  const all = Array.from({ length: 6 }, (_, n) => message(make(`picture ${n}`)));
  const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...others] = all;

  for (const broken of [Buffer.concat([Buffer.from([7]), second]), second.subarray(1), second.subarray(0, -1)]) {
    const { images } = parse(lengthPrefixed, options, Buffer.concat([first, broken, ...others]));
    t.ok(images.length >= 4, `${images.length} of 6`);
    t.ok(images.at(-1)?.data.equals(make('picture 5')));
  }
});

t.test('100,000 mutations: the parser never throws, passes on only pictures, and counts every byte', async (t) => {
  const next = random(12);
  const make = pictureMaker(64);
  const whole = Buffer.concat(['a', 'b', 'c'].map((name) => message(make(name))));
  let wrong = 0;
  let found = 0;

  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(whole);
    for (let n = 1 + Math.floor(next() * 4); n > 0; n--) {
      bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    }
    const cut = Math.floor(next() * bytes.length);
    const { images, skipped } = parse(lengthPrefixed, options, bytes, [cut]);
    found += images.length;
    const handed = images.reduce((sum, { data }) => sum + data.length, 0);
    const counted = skipped.reduce((sum, { bytes }) => sum + bytes, 0);
    // The standard tables are inserted into a sequential JPEG whose tables are damaged.
    if (handed + counted > bytes.length + images.length * STANDARD_DHT.length) wrong++;
    if (images.some(({ data }) => data[0] !== 0xff || data.readUInt16BE(data.length - 2) !== 0xffd9)) wrong++;
  }

  t.equal(wrong, 0);
  t.ok(found > 100_000, `${found} pictures were found`);
});

t.test('a parser holds memory for received bytes, not for declared ones', async (t) => {
  const parsers = Array.from({ length: 100 }, () => lengthPrefixed.create(options, { image() {}, skipped() {} }, {}));
  const before = process.memoryUsage().arrayBuffers;

  for (const parser of parsers) {
    for (const wrong of [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) parser.push(length(wrong));
  }
  const refused = process.memoryUsage().arrayBuffers - before;
  for (const parser of parsers) {
    parser.end();
    parser.push(length(8 * MIB));
    parser.push(Buffer.alloc(10));
  }
  const announced = process.memoryUsage().arrayBuffers - before;

  t.ok(refused < 4 * MIB, `${refused} bytes after refused lengths`);
  t.ok(announced < 64 * MIB, `${announced} bytes after 800 MiB were declared`);
});
