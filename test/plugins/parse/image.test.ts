// parse/image: messages of one picture each.

import sharp from 'sharp';
import t from 'tap';
import { STANDARD_DHT } from '../../../plugins/kit/image/huffman.ts';
import { recognise } from '../../../plugins/kit/image/recognise.ts';
import image from '../../../plugins/parse/image.ts';
import still from '../../../plugins/parse/still.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { random, sampleJpeg } from '../../support/jpeg.ts';
import { parse } from '../../support/parsing.ts';

const options = { max_frame: 8 * 1024 * 1024 };
const jpeg = sampleJpeg({ thumbnail: true });
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();
const pictures = [jpeg, sampleJpeg({ progressive: true }), sampleJpeg({ restartInterval: 2 }), png];
const reasons = (bytes: Buffer, max = options.max_frame) =>
  parse(image, { max_frame: max }, bytes).skipped.map(({ reason }) => reason);

t.test('parse/image reads type and size without decoding', async (t) => {
  t.match(parse(image, options, jpeg).images, [{ type: 'image/jpeg', width: 64, height: 48 }]);
  t.match(parse(image, options, png).images, [{ type: 'image/png', width: 30, height: 20 }]);
});

t.test('parse/image refuses anything else with a reason', async (t) => {
  t.same(reasons(Buffer.alloc(0)), ['empty']);
  t.same(reasons(Buffer.from('GIF89a')), ['neither JPEG nor PNG']);
  t.same(reasons(jpeg.subarray(0, -40)), ['truncated']);
  t.same(reasons(png.subarray(0, -1)), ['truncated']);
  t.same(reasons(png.subarray(0, 20)), ['truncated']);
  t.same(reasons(jpeg, 100), ['over max_frame']);
  t.same(reasons(Buffer.concat([jpeg.subarray(0, -20), jpeg])), ['truncated'], 'a new picture inside a truncated one');
});

t.test('a comment or application segment may end with FF D8, as in photos of Canon, Sony and Olympus', async (t) => {
  for (const code of [0xfe, 0xe1, 0xe2, 0xed]) {
    const segment = Buffer.from([0xff, code, 0x00, 0x04, 0xff, 0xd8]);
    const photo = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);

    const { images, skipped } = parse(image, options, photo);

    t.same(skipped, []);
    t.ok(images[0]?.data.equals(photo), `marker ${code.toString(16)}`);
  }
});

t.test('parse/image trims bytes after the picture and inserts missing tables', async (t) => {
  const bare = sampleJpeg({ tables: false });
  const [padded] = parse(image, options, Buffer.concat([jpeg, Buffer.alloc(500)])).images;
  const [repaired] = parse(image, options, bare).images;

  t.ok(padded?.data.equals(jpeg));
  t.ok(repaired?.data.includes(STANDARD_DHT));
  t.equal(repaired?.data.length, bare.length + STANDARD_DHT.length);
  const { data } = await sharp(repaired?.data).raw().toBuffer({ resolveWithObject: true });
  t.equal(data.length, 64 * 48 * 3, 'a decoder accepts it');
});

t.test('mutated pictures neither throw nor are passed on truncated', async (t) => {
  const next = random(11);
  for (let i = 0; i < 30_000; i++) {
    const bytes = Buffer.from(pictures[i % pictures.length] ?? png);
    for (let count = 0; count < 3; count++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    for (const { data } of [...parse(image, options, bytes).images, ...parse(still, options, bytes).images]) {
      const found = recognise(data);
      if (!('length' in found) || found.length !== data.length) t.fail('not a whole picture');
    }
  }
});

parserConformance(t, image, { options, limited: { max_frame: 60 }, pictures, message: (picture) => picture });
