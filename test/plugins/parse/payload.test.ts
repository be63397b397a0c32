// parse/payload: one picture in each format used by screens.

import sharp from 'sharp';
import t from 'tap';
import { allocate, settle } from '../../../core/contract/frame.ts';
import type { ParsedImage } from '../../../core/contract/plugin.ts';
import payload from '../../../plugins/parse/payload/index.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { parse } from '../../support/parsing.ts';

const options = { max_frame: 8 * 1024 * 1024 };
const keys = ['image', 'data', 'base64', 'screenshot'];
const jpeg = sampleJpeg({ thumbnail: true });
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();
const pictures = [jpeg, sampleJpeg({ progressive: true }), sampleJpeg({ restartInterval: 2 }), png];

t.test('parse/payload finds the picture in every format used by screens', async (t) => {
  const base64 = jpeg.toString('base64');
  const forms: Readonly<Record<string, string | Buffer>> = {
    raw: jpeg,
    base64,
    'base64 with line breaks': `${base64.replace(/.{76}/g, '$&\r\n')}\n`,
    'base64url without padding': jpeg.toString('base64url'),
    'data URL': `data:image/jpeg;base64,${base64}`,
    'JSON, first key': JSON.stringify({ image: base64 }),
    'JSON, last key, data URL': JSON.stringify({ bytes: 3, screenshot: `data:image/jpeg;base64,${base64}` }, null, 2),
    'JSON with a byte order mark': `\ufeff${JSON.stringify({ image: base64 })}`,
    'JSON in UTF-16': Buffer.from(`\ufeff${JSON.stringify({ image: base64 })}`, 'utf16le'),
    'JSON in UTF-16, big-endian': Buffer.from(JSON.stringify({ image: base64 }), 'utf16le').swap16(),
    'a bare JSON string': JSON.stringify(base64),
    'a bare JSON string with a data URL': ` ${JSON.stringify(`data:image/jpeg;base64,${base64}`)}`,
    'an urlencoded form': new URLSearchParams({ id: '7', image: base64 }).toString(),
    'a form whose "+" is not escaped': `image=${base64}`,
    'JSON, keys that are not strings': JSON.stringify({ image: { x: 1 }, data: null, base64 }),
  };
  for (const [form, message] of Object.entries(forms)) {
    const { images, skipped } = parse(payload, { ...options, keys }, Buffer.from(message));

    t.ok(images[0]?.data.equals(jpeg), form);
    t.same(skipped, [], form);
  }
});

t.test('a picture that belongs to the parser is kept without a copy, unless it retains far more memory', async (t) => {
  const parsed = (chunks: readonly Buffer[], given?: 'bare' | 'headroom') => {
    const images: ParsedImage[] = [];
    const sink = { image: (image: ParsedImage) => void images.push(image), skipped() {} };
    const parser = payload.create({ ...options, keys }, sink, given === undefined ? {} : { given });
    for (const chunk of chunks) parser.push(chunk);
    parser.end();
    return images[0];
  };
  const own = Buffer.from(jpeg);
  const roomy = settle(allocate(jpeg.length), jpeg.length);
  jpeg.copy(roomy);
  const wasteful = Buffer.alloc(200_000).fill(jpeg, 0, jpeg.length).subarray(0, jpeg.length);
  const base64 = Buffer.from(jpeg.toString('base64'));
  const halves = [own.subarray(0, 100), own.subarray(100)];

  for (const [given, chunks, isKept, hasHeadroom] of [
    ['bare', [own], true, false],
    ['headroom', [roomy], true, true],
    ['bare', [wasteful], false, true],
    ['bare', halves, false, true],
    ['bare', [base64], false, true],
    [undefined, [own], false, true],
  ] as const) {
    const image = parsed(chunks, given);
    t.ok(image?.data.equals(jpeg));
    t.equal(image?.data.buffer === chunks[0]?.buffer, isKept, `${given}, ${chunks.length} chunks`);
    t.equal(image?.hasHeadroom, hasHeadroom);
  }
});

t.test('parse/payload finds keys in nested objects', async (t) => {
  const message = Buffer.from(JSON.stringify({ shot: { 'a.b': 1, data: png.toString('base64') } }));

  t.match(parse(payload, { ...options, keys: ['shot.data'] }, message).images, [{ type: 'image/png' }]);
});

t.test('parse/payload refuses a payload with a reason', async (t) => {
  const why = (message: string) => parse(payload, { ...options, keys }, Buffer.from(message)).skipped[0]?.reason;

  t.equal(why(''), 'empty');
  t.equal(why(' \n'), 'empty');
  t.equal(why('{"image": "'), 'malformed JSON');
  t.equal(why('{"picture": "x"}'), 'JSON without a picture under the configured keys');
  t.equal(why('{"__proto__": {"image": "aGVsbG8="}}'), 'JSON without a picture under the configured keys');
  t.equal(why('data:image/jpeg,%FF%D8'), 'data URL without base64');
  t.equal(why('hello, world'), 'neither picture, base64, data URL nor JSON');
  t.equal(why('aGVsbG8='), 'neither JPEG nor PNG');
  t.match(why("b'/9j/4AAQ'"), /^a Python bytes literal/);
  t.match(why('{"type":"Buffer","data":[255,216,255]}'), /^a Buffer as JSON/);
  for (const text of ['\xff\xd8\xff\xe0', '\ufffd\ufffd\ufffd']) t.match(why(text), /converted to text \(UTF-8\)/);
  t.equal(why('{"image":"aGVsbG8="}'), 'neither JPEG nor PNG');
});

t.test('parse/payload limits the decoded picture to max_frame', async (t) => {
  const run = (max: number) => parse(payload, { max_frame: max, keys }, Buffer.from(jpeg.toString('base64')));

  t.equal(run(jpeg.length).images.length, 1);
  t.same(run(jpeg.length - 1).skipped[0]?.reason, 'over max_frame');
});

parserConformance(t, payload, {
  options: { ...options, keys },
  limited: { max_frame: 60, keys },
  pictures,
  message: (picture) => Buffer.from(JSON.stringify({ data: picture.toString('base64') })),
});
