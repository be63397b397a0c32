// The framer byte by byte: pictures passed on, and bytes skipped with a reason, in whole chunks and in single bytes.

import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import { STANDARD_DHT } from '../../../../plugins/kit/image/huffman.ts';
import { createJpegFramer } from '../../../../plugins/kit/image/jpeg-framer.ts';
import type { JpegHeader } from '../../../../plugins/kit/image/jpeg-header.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** The smallest valid picture: a table without content, a size of 64 by 48, and a scan. */
const HEAD = 'ffd8 ffc40002 ffc0000b 08 0030 0040 01 011100';
const SCAN = 'ffda 0008 01 0100 003f00';
const PICTURE = `${HEAD} ${SCAN} 0102 ffd9`;
const LENGTH = hex(PICTURE).length;

interface Output {
  readonly images: string[];
  readonly headers: JpegHeader[];
  readonly skipped: (readonly [number, string])[];
  readonly odd: string[];
}

interface Options {
  readonly max?: number;
  readonly repairs?: boolean;
  /** Number of bytes at the end that do not belong to the stream. */
  readonly over?: number;
}

function framed(bytes: Buffer, step: number, { max = 1 << 20, repairs = false, over }: Options): Output {
  const output: Output = { images: [], headers: [], skipped: [], odd: [] };
  const framer = createJpegFramer(
    max,
    {
      image(data, header) {
        output.images.push(data.toString('hex'));
        output.headers.push(header);
        t.equal(data.byteOffset, HEADROOM);
      },
      skipped: (count, reason) => output.skipped.push([count, reason]),
      odd: (code) => output.odd.push(code),
    },
    undefined,
    repairs,
  );
  for (let at = 0; at < bytes.length; at += step) framer.push(Buffer.from(bytes.subarray(at, at + step)));
  framer.end(over);
  return output;
}

/** The output for one chunk; it is the same for single bytes and for other chunk sizes. */
function frame(bytes: Buffer | string, options: Options = {}): Output {
  const data = typeof bytes === 'string' ? hex(bytes) : bytes;
  const whole = framed(data, Math.max(1, data.length), options);
  for (const step of data.length < 2000 ? [1, 2, 3, 7, 64] : [4096])
    t.same(framed(data, step, options), whole, `by ${step}`);
  return whole;
}

const malformed = (bytes: number): Output['skipped'] => [[bytes, 'malformed JPEG']];
const truncated = (bytes: number): Output['skipped'] => [[bytes, 'truncated']];
const garbage = (bytes: number): Output['skipped'] => [[bytes, 'garbage']];
const picture = hex(PICTURE).toString('hex');

t.test('consecutive pictures are passed on, each with its header', (t) => {
  const { images, headers, skipped, odd } = frame(`${PICTURE} ${PICTURE}`);

  t.same(images, [picture, picture]);
  t.match(headers, [{ width: 64, height: 48, coding: 0xc0, tables: true, scan: hex(HEAD).length }, { width: 64 }]);
  t.same([skipped, odd], [[], []]);
  t.end();
});

t.test('pictures of every form are passed on unchanged', (t) => {
  for (const jpeg of [
    sampleJpeg({ thumbnail: true }),
    sampleJpeg({ progressive: true, fill: 2 }),
    sampleJpeg({ restartInterval: 1 }),
    sampleJpeg({ comment: Buffer.from('ffd8ffd9', 'hex') }),
  ])
    t.same(frame(Buffer.concat([jpeg, jpeg])).images, [jpeg.toString('hex'), jpeg.toString('hex')]);
  t.end();
});

t.test('missing tables are inserted before the first scan', (t) => {
  const head = 'ffd8 ffc0000b 08 0030 0040 01 011100';
  const { images, headers } = frame(`${head} ${SCAN} 01 ${SCAN} 02 ffd9`);

  t.same(images, [hex(`${head} ${STANDARD_DHT.toString('hex')} ${SCAN} 01 ${SCAN} 02 ffd9`).toString('hex')]);
  t.match(headers, [{ tables: false }]);
  t.same(frame(`${head.replace('ffc0', 'ffc2')} ${SCAN} 01 ffd9`).images, [
    hex(`${head.replace('ffc0', 'ffc2')} ${SCAN} 01 ffd9`).toString('hex'),
  ]);
  t.end();
});

t.test('bytes between pictures are reported as garbage, padding is not', (t) => {
  t.same(frame(`010203 ${PICTURE} 0405 ${PICTURE} 06`), {
    ...{ images: [picture, picture], headers: frame(`${PICTURE} ${PICTURE}`).headers, odd: [] },
    skipped: [...garbage(3), ...garbage(2), ...garbage(1)],
  });
  t.same(frame(`ffd9 ${PICTURE}`).skipped, garbage(2));
  t.same(frame(`0000ffff ${PICTURE} 00ff`).skipped, []);
  t.match(frame(`01ff ${PICTURE}`), { images: [picture], skipped: garbage(2) });
  t.match(frame(`ffff ${PICTURE}`), { images: [picture], skipped: [] });
  t.same(frame('01ff').skipped, garbage(2));
  t.same(frame('ff').skipped, []);
  t.same(frame('01d8d8ffd9ff00').skipped, garbage(7));
  t.end();
});

t.test('FF D8 without a marker after it does not begin a picture', (t) => {
  t.match(frame(`ffd8 01 ${PICTURE}`), { images: [picture], skipped: garbage(3), odd: [] });
  t.match(frame(`ffd8 00 ffd8 02 ${PICTURE}`), { images: [picture], skipped: garbage(6) });
  t.same(frame('ffd8').skipped, truncated(2));
  t.same(frame('05 ffd8').skipped, [...truncated(2), ...garbage(1)]);
  t.same(frame('05 ffd8 ff').skipped, [...truncated(3), ...garbage(1)]);
  t.same(frame('05 ffd8 ffe0').skipped, [...garbage(1), ...truncated(4)]);
  t.end();
});

t.test('a picture that begins inside another one truncates it', (t) => {
  for (const torn of [
    'ffd8',
    'ffd8 ffc40002',
    'ffd8 ffc40002 ff',
    HEAD,
    `${HEAD} ff`,
    `${HEAD} ${SCAN}`,
    `${HEAD} ${SCAN} 01`,
    `${HEAD} ${SCAN} 01ff`,
    `${HEAD} ffc4`,
  ])
    t.match(frame(`${torn} ${PICTURE}`), { images: [picture], skipped: truncated(hex(torn).length) }, torn);
  t.end();
});

t.test('truncated tables between scans contain the beginning of the next picture', (t) => {
  const torn = `${HEAD} ${SCAN} 01 ffc4 00ff 000102`;
  const bytes = hex(`${torn} ${PICTURE} ${PICTURE}`);
  t.match(frame(bytes), { images: [picture, picture], skipped: truncated(hex(torn).length) });
  for (const inside of ['00ffd900', '00fed800', '00ff00d8']) {
    const whole = `${HEAD} ${SCAN} 01 ffc4 0006 ${inside} ${SCAN} 02 ffd9`;
    t.match(frame(whole), { images: [hex(whole).toString('hex')], skipped: [] });
  }
  const split = `${HEAD} ${SCAN} 01 ffc4 0006 000000ff d8 ${SCAN} 02 ffd9`;
  t.match(frame(split), { images: [hex(split.replace('ff d8', 'ff')).toString('hex')], odd: ['stray_bytes'] });
  const before = `ffd8 ffc4 0006 00ffd800 ${HEAD.slice(5)} ${SCAN} 01 ffd9`;
  t.match(frame(before), { images: [hex(before).toString('hex')] }, 'no marker follows, and no scan precedes');
  t.end();
});

t.test('a length equal to an SOI begins the next picture', (t) => {
  const jpeg = hex(PICTURE);
  t.match(frame(`${HEAD} ffe1 ${PICTURE}`), { images: [picture], skipped: truncated(hex(HEAD).length + 2) });
  // A segment with this length whose content does not begin with FF.
  const long = Buffer.concat([hex('ffd8 ffe1 ffd8'), Buffer.alloc(0xffd8 - 2, 1), jpeg.subarray(2)]);
  t.same(frame(long).images, [long.toString('hex')]);
  t.end();
});

t.test('a picture with an invalid structure is malformed', (t) => {
  for (const [text, bytes] of [
    ['ffd8 ff01', 4],
    ['ffd8 ff00', 4],
    ['ffd8 ffd0', 4],
    ['ffd8 ffe0 0000', 6],
    ['ffd8 ffe0 0001', 6],
    [`${HEAD} ffda 0006`, hex(HEAD).length + 4],
    [`${HEAD} ffda 0007`, hex(HEAD).length + 4],
    [`${HEAD} ffda 0009`, hex(HEAD).length + 4],
    [`${HEAD} ffda 000f`, hex(HEAD).length + 4],
    [`${HEAD} ffda 0010`, hex(HEAD).length + 4],
    [`${HEAD} ${SCAN} 01 ffc0`, LENGTH - 1],
    [`${HEAD} ${SCAN} 01 ff02`, LENGTH - 1],
    ['ffd8 ffc40002 ffff01', 9],
  ] as const)
    t.match(frame(`${text} ${PICTURE}`), { images: [picture], skipped: malformed(bytes) }, text);
  t.match(
    frame(`${HEAD} ffda 000e 01 0100 003f00 000000000000 05 ffd9`).images,
    { length: 1 },
    'the longest scan header',
  );
  t.match(
    frame('ffd8 ffe00002 ffda 0008').skipped,
    [[8, 'JPEG without a size']],
    'reported as soon as the scan begins',
  );
  t.same(frame('ffd8 ffe00002 ffd9').skipped, [[8, 'JPEG without a picture']]);
  t.end();
});

t.test('a picture that ends too early is truncated, with all its bytes', (t) => {
  const whole = hex(PICTURE);
  for (let end = 4; end < whole.length; end++) {
    const { images, skipped } = framed(whole.subarray(0, end), 1000, {});
    t.same([images, skipped], [[], truncated(end)]);
  }
  t.end();
});

t.test('fill bytes, stray bytes and segments are skipped up to their limits', (t) => {
  const behind = hex(PICTURE).subarray(2);
  const after = (bytes: Buffer): Output => framed(Buffer.concat([hex('ffd8 ffe00002'), bytes, behind]), 1 << 20, {});
  const images = (bytes: Buffer): number => after(bytes).images.length;

  t.equal(images(Buffer.alloc(64)), 1);
  t.match(after(Buffer.alloc(65)), { images: [], skipped: [...malformed(6), ...garbage(behind.length + 1)] });
  // The first segment, the tables and the frame header count as segments too.
  t.equal(images(Buffer.alloc(4 * 4092, hex('ffe00002'))), 1);
  t.match(after(Buffer.alloc(4 * 4093, hex('ffe00002'))), {
    images: [],
    skipped: [[6 + 4 * 4093 + 19, 'malformed JPEG']],
  });

  const scanned = (bytes: Buffer): Output =>
    framed(Buffer.concat([hex(`${HEAD} ${SCAN} 01`), bytes, hex(`ffd9 ${PICTURE}`)]), 1 << 20, {});
  // The FF of the marker after them does not count.
  t.equal(scanned(Buffer.alloc(65_536, 0xff)).images.length, 2);
  t.match(scanned(Buffer.alloc(65_537, 0xff)), {
    images: [picture],
    skipped: [[LENGTH - 3 + 65_538, 'malformed JPEG']],
  });
  const twice = Buffer.concat([Buffer.alloc(65_000, 0xff), hex('c40002'), Buffer.alloc(65_000, 0xff)]);
  t.equal(scanned(twice).images.length, 2, 'each gap is counted by itself');
  t.equal(scanned(Buffer.alloc(4 * 4093, hex('ffc40002'))).images.length, 2);
  t.match(scanned(Buffer.alloc(4 * 4094, hex('ffc40002'))), {
    ...{ images: [picture], skipped: [[LENGTH - 3 + 4 * 4093 + 2, 'malformed JPEG']] },
  });
  t.end();
});

t.test('stray bytes are removed, and reported once for each picture', (t) => {
  const stray = PICTURE.replace('ffc0', '0001 ffc0').replace('ffda', '02 ffda');
  const { images, odd, skipped } = frame(`${stray} ${stray}`);

  t.same(images, [picture, picture]);
  t.same(odd, ['stray_bytes', 'stray_bytes']);
  t.same(skipped, []);
  const many = (count: number): string => PICTURE.replace('ffc0', `${'00'.repeat(count)} ffc0`);
  t.same(frame(many(64)).images, [picture]);
  t.same(frame(`${many(65)} ${PICTURE}`).images, [picture]);
  t.end();
});

t.test('a picture over the limit is read to its end and not kept', (t) => {
  const large = `${HEAD} ${SCAN} ${'01'.repeat(100)} ffd9`;
  t.same(frame(large, { max: LENGTH + 98 }).images.length, 1);
  t.match(frame(`${large} ${PICTURE}`, { max: LENGTH + 97 }), {
    images: [picture],
    skipped: [[LENGTH + 98, 'over max_frame']],
  });
  t.match(frame(`${PICTURE} ${PICTURE}`, { max: 20 }), {
    images: [],
    skipped: [
      [LENGTH, 'over max_frame'],
      [LENGTH, 'over max_frame'],
    ],
  });
  t.same(
    frame(large.slice(0, -4), { max: 50 }).skipped,
    [[LENGTH + 96, 'over max_frame']],
    'also when it is truncated',
  );
  t.end();
});

t.test('a missing EOI is added at the end of the stream if all blocks are there', (t) => {
  const jpeg = sampleJpeg();
  const bare = jpeg.subarray(0, -2);
  const image = jpeg.toString('hex');

  t.match(frame(bare, { repairs: true }), { images: [image], odd: ['no_end'], skipped: [] });
  t.match(frame(Buffer.concat([bare, hex('ff')]), { repairs: true }), {
    images: [image],
    odd: ['no_end'],
    skipped: [],
  });
  t.match(frame(Buffer.concat([bare, hex('0102030405')]), { repairs: true, over: 1 }), { images: [image] });
  t.match(frame(Buffer.concat([bare, hex('0102030405')]), { repairs: true }), { images: [], odd: [] });
  t.match(frame(bare), { images: [], odd: [], skipped: truncated(bare.length) });
  t.match(frame(bare.subarray(0, -9), { repairs: true }), { images: [], odd: [] });
  t.match(frame(Buffer.concat([bare, hex('ffc4')]), { repairs: true }), { images: [], odd: [] });
  t.match(frame(bare, { repairs: true, over: bare.length + 5 }), { images: [], odd: [] });
  t.end();
});

t.test('after its end a framer starts again', (t) => {
  const events: string[] = [];
  const framer = createJpegFramer(1 << 20, {
    image: (data) => events.push(`${data.length} bytes`),
    skipped: (bytes, reason) => events.push(`${bytes} ${reason}`),
  });
  for (const text of [HEAD, PICTURE, '07', PICTURE, '09ff', 'd8']) {
    framer.push(hex(text));
    framer.end();
  }

  t.same(events, [
    ...[`${hex(HEAD).length} truncated`, `${LENGTH} bytes`, '1 garbage', `${LENGTH} bytes`],
    ...['2 garbage', '1 garbage'],
  ]);
  t.end();
});
