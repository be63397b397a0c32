// parse/still, parse/image and parse/payload: messages and streams that are one picture.

import sharp from 'sharp';
import t from 'tap';
import { STANDARD_DHT } from '../../../core/image/huffman.ts';
import { recognise } from '../../../core/image/recognise.ts';
import { withoutThumbnail } from '../../../core/image/thumbnail.ts';
import image from '../../../plugins/parse/image.ts';
import payload from '../../../plugins/parse/payload.ts';
import still from '../../../plugins/parse/still.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { random, sampleJpeg } from '../../support/jpeg.ts';
import { everyByte, parse } from '../../support/parsing.ts';

const options = { max_frame: 8 * 1024 * 1024 };
const keys = ['image', 'data', 'base64', 'screenshot'];
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
  t.same(reasons(jpeg.subarray(0, -1)), ['truncated']);
  t.same(reasons(png.subarray(0, -1)), ['truncated']);
  t.same(reasons(png.subarray(0, 20)), ['truncated']);
  t.same(reasons(jpeg, 100), ['over max_frame']);
  t.same(reasons(Buffer.concat([jpeg.subarray(0, -20), jpeg])), ['truncated'], 'a new picture inside a torn one');
});

t.test('parse/image trims what follows the picture and inserts tables that are missing', async (t) => {
  const bare = sampleJpeg({ tables: false });
  const [padded] = parse(image, options, Buffer.concat([jpeg, Buffer.alloc(500)])).images;
  const [mended] = parse(image, options, bare).images;

  t.ok(padded?.data.equals(jpeg));
  t.ok(mended?.data.includes(STANDARD_DHT));
  t.equal(mended?.data.length, bare.length + STANDARD_DHT.length);
  const { data } = await sharp(mended?.data).raw().toBuffer({ resolveWithObject: true });
  t.equal(data.length, 64 * 48 * 3, 'a decoder accepts it');
});

t.test('parse/still finds the picture behind the messages of a program', async (t) => {
  const bytes = Buffer.concat([Buffer.from('Preview window unavailable\n'), jpeg]);
  const { images, skipped } = parse(still, options, bytes, everyByte(bytes));

  t.ok(images[0]?.data.equals(jpeg));
  t.same(skipped, [{ bytes: 27, reason: 'garbage' }]);
});

t.test('parse/still hands a JPEG on before the stream ends, and only one', async (t) => {
  const seen: number[] = [];
  const skipped: string[] = [];
  const parser = still.create(
    options,
    { image: ({ data }) => seen.push(data.length), skipped: (_, why) => skipped.push(why) },
    {},
  );

  parser.push(Buffer.concat([jpeg, jpeg]));

  t.same(seen, [jpeg.length]);
  t.same(skipped, ['more than one picture']);
});

t.test('parse/still says that a stream was empty', async (t) => {
  t.same(parse(still, options, Buffer.alloc(0)).skipped, [{ bytes: 0, reason: 'empty' }]);
});

t.test('parse/payload finds the picture in every form in which screens send it', async (t) => {
  const base64 = jpeg.toString('base64');
  const forms: Readonly<Record<string, string | Buffer>> = {
    raw: jpeg,
    base64,
    'base64 with line breaks': `${base64.replace(/.{76}/g, '$&\r\n')}\n`,
    'base64url without padding': jpeg.toString('base64url'),
    'data URL': `data:image/jpeg;base64,${base64}`,
    'JSON, first key': JSON.stringify({ image: base64 }),
    'JSON, last key, data URL': JSON.stringify({ bytes: 3, screenshot: `data:image/jpeg;base64,${base64}` }, null, 2),
    'JSON, keys that are not strings': JSON.stringify({ image: { x: 1 }, data: null, base64 }),
  };
  for (const [form, message] of Object.entries(forms)) {
    const { images, skipped } = parse(payload, { ...options, keys }, Buffer.from(message));

    t.ok(images[0]?.data.equals(jpeg), form);
    t.same(skipped, [], form);
  }
});

t.test('parse/payload reaches into objects', async (t) => {
  const message = Buffer.from(JSON.stringify({ shot: { 'a.b': 1, data: png.toString('base64') } }));

  t.match(parse(payload, { ...options, keys: ['shot.data'] }, message).images, [{ type: 'image/png' }]);
});

t.test('parse/payload refuses with a reason', async (t) => {
  const why = (message: string) => parse(payload, { ...options, keys }, Buffer.from(message)).skipped[0]?.reason;

  t.equal(why(''), 'empty');
  t.equal(why(' \n'), 'empty');
  t.equal(why('{"image": "'), 'malformed JSON');
  t.equal(why('{"picture": "x"}'), 'JSON without a picture under the configured keys');
  t.equal(why('{"__proto__": {"image": "aGVsbG8="}}'), 'JSON without a picture under the configured keys');
  t.equal(why('data:image/jpeg,%FF%D8'), 'data URL without base64');
  t.equal(why('hello, world'), 'neither picture, base64, data URL nor JSON');
  t.equal(why('aGVsbG8='), 'neither JPEG nor PNG');
  t.equal(why('{"image":"aGVsbG8="}'), 'neither JPEG nor PNG');
});

t.test('parse/payload holds the decoded picture to max_frame', async (t) => {
  const run = (max: number) => parse(payload, { max_frame: max, keys }, Buffer.from(jpeg.toString('base64')));

  t.equal(run(jpeg.length).images.length, 1);
  t.same(run(jpeg.length - 1).skipped[0]?.reason, 'over max_frame');
});

t.test('mutated pictures neither throw nor come out torn', async (t) => {
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

t.test('a thumbnail is stripped and the rest of EXIF stays', async (t) => {
  const stripped = withoutThumbnail(jpeg);
  const found = recognise(stripped);

  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd8]), 2), -1);
  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd9])), stripped.length - 2);
  t.ok(stripped.includes('Exif'));
  t.match(found, { type: 'image/jpeg', width: 64, height: 48, length: stripped.length });
  const [a, b] = await Promise.all([jpeg, stripped].map((data) => sharp(data).raw().toBuffer()));
  t.ok(a?.equals(b ?? Buffer.alloc(0)), 'the picture is the same');
});

t.test('a JPEG without a thumbnail is not copied, and comments that hold markers go', async (t) => {
  const plain = sampleJpeg();
  const commented = sampleJpeg({ comment: Buffer.from([1, 2, 0xff, 0xd9, 3]) });

  t.equal(withoutThumbnail(plain), plain);
  t.equal(withoutThumbnail(png), png);
  t.ok(withoutThumbnail(commented).equals(plain));
});

parserConformance(t, image, { options, limited: { max_frame: 60 }, pictures, message: (picture) => picture });
parserConformance(t, still, { options, limited: { max_frame: 60 }, pictures, message: (picture) => picture });
parserConformance(t, payload, {
  options: { ...options, keys },
  limited: { max_frame: 60, keys },
  pictures,
  message: (picture) => Buffer.from(JSON.stringify({ data: picture.toString('base64') })),
});
