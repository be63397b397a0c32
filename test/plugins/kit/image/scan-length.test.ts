// The end of a scan is found by its blocks: in pictures of every sampling, and never in a truncated one.

import sharp from 'sharp';
import t from 'tap';
import { withEnd, withoutStrayBytes } from '../../../../plugins/kit/image/repair.ts';
import { MAX_SCAN_BYTES, scanLength } from '../../../../plugins/kit/image/scan-length.ts';
import { random, sampleJpeg } from '../../../support/jpeg.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** A noisy picture as libjpeg encodes it. */
async function photo(width: number, height: number, channels: 1 | 3, options: object = {}): Promise<Buffer> {
  const next = random(width * height);
  const pixels = Buffer.from(Array.from({ length: width * height * channels }, () => Math.floor(next() * 256)));
  const image = sharp(pixels, { raw: { width, height, channels } });
  return (channels === 1 ? image.toColourspace('b-w') : image).jpeg(options).toBuffer();
}

const pictures: readonly (readonly [string, Buffer])[] = [
  ['4:2:0', await photo(50, 35, 3)],
  ['4:2:0 with tables of its own', await photo(49, 33, 3, { optimiseCoding: true })],
  ['4:4:4 at the best quality', await photo(40, 24, 3, { chromaSubsampling: '4:4:4', quality: 100 })],
  ['grey', await photo(41, 25, 1)],
  ['one block', await photo(8, 8, 1)],
  ['16 by 17', await photo(16, 17, 3)],
  ['restart markers', sampleJpeg({ restartInterval: 2 })],
  ['one unit between restart markers', sampleJpeg({ restartInterval: 1, width: 80, height: 80 })],
  ['with a comment and fill bytes', sampleJpeg({ comment: Buffer.from('hello'), fill: 2 })],
];

for (const [name, jpeg] of pictures) {
  const fill = name.includes('fill') ? 2 : 0;
  t.test(`${name}: the scan ends right before the EOI, not earlier`, (t) => {
    const end = jpeg.length - 2 - fill;

    t.equal(scanLength(jpeg), end);
    t.equal(scanLength(jpeg.subarray(0, end)), end, 'without the EOI');
    t.equal(scanLength(Buffer.concat([jpeg.subarray(0, end), hex('0d0a0d0a')])), end, 'with bytes after it');
    for (let cut = 1; cut < 40 && cut < end / 2; cut++) {
      const found = scanLength(jpeg.subarray(0, end - cut));
      if (found !== undefined) t.fail(`${cut} bytes are missing, and it ends at ${found}`);
    }
    t.end();
  });
}

t.test('4:2:2 in either direction, and different samplings for each colour', (t) => {
  // All blocks of a colour: DC difference 0, then the end of the block, with one table of two codes.
  const table = (id: string): string => `ff c4 0014 ${id} 01 ${'00'.repeat(15)} 00`;
  for (const [samplings, blocks] of [
    [['21', '11', '11'], 4],
    [['12', '11', '11'], 4],
    [['22', '11', '11'], 6],
    [['22', '21', '12'], 8],
    [['41', '11', '11'], 6],
    [['14', '11', '11'], 6],
  ] as const) {
    const across = Math.max(...samplings.map((factors) => Number(factors[0])));
    const down = Math.max(...samplings.map((factors) => Number(factors[1])));
    const units = Math.ceil(41 / (8 * across)) * Math.ceil(27 / (8 * down));
    const bits = units * blocks * 2;
    const head = `ffd8 ${table('00')} ${table('10')} ffc0 0011 08 001b 0029 03 01${samplings[0]}00 02${samplings[1]}00 03${samplings[2]}00 ffda 000c 03 0100 0200 0300 003f00`;
    const scan = Buffer.alloc(Math.ceil(bits / 8));
    const whole = Buffer.concat([hex(head), scan]);

    t.equal(scanLength(whole), whole.length, String(samplings));
    t.equal(scanLength(whole.subarray(0, -1)), undefined);
    t.equal(scanLength(Buffer.concat([whole, Buffer.alloc(3)])), whole.length);
  }
  t.end();
});

/** One grey block of 8 by 8: codes of one bit, "0" for no difference and for the end of the block. */
const SMALL = {
  dc: 'ffc4 0014 00 01 000000000000000000000000000000 00',
  ac: 'ffc4 0014 10 01 000000000000000000000000000000 00',
  frame: 'ffc0 000b 08 0008 0008 01 011100',
  scan: 'ffda 0008 01 0100 003f00',
  data: '3f',
};
const small = (changes: Partial<typeof SMALL> = {}): Buffer => {
  const { dc, ac, frame, scan, data } = { ...SMALL, ...changes };
  return hex(`ffd8 ${dc} ${ac} ${frame} ${scan} ${data}`);
};

t.test('the smallest picture, and unsupported variants of it', (t) => {
  t.equal(scanLength(small()), small().length);
  t.equal(scanLength(small({ frame: 'ffc1 000b 08 0008 0008 01 011100' })), small().length, 'extended sequential');
  for (const [what, changes] of [
    ['progressive', { frame: 'ffc2 000b 08 0008 0008 01 011100' }],
    ['arithmetic', { frame: 'ffc9 000b 08 0008 0008 01 011100' }],
    ['no frame header', { frame: '' }],
    ['a frame header that is too short', { frame: 'ffc0 000a 08 0008 0008 01 0111' }],
    ['two components in one scan of one', { frame: 'ffc0 000e 08 0008 0008 02 011100 021100' }],
    ['another component', { scan: 'ffda 0008 01 0200 003f00' }],
    ['a DC table that is missing', { scan: 'ffda 0008 01 0110 003f00' }],
    ['an AC table that is missing', { scan: 'ffda 0008 01 0101 003f00' }],
    ['no DC table', { dc: '' }],
    ['no AC table', { ac: '' }],
    ['a sampling of 0 across', { frame: 'ffc0 000b 08 0008 0008 01 010100' }],
    ['a sampling of 0 down', { frame: 'ffc0 000b 08 0008 0008 01 011000' }],
    ['a sampling of 5 across', { frame: 'ffc0 000b 08 0008 0008 01 015100' }],
    ['a sampling of 5 down', { frame: 'ffc0 000b 08 0008 0008 01 011500' }],
    ['a code that the tables lack', { data: 'bf' }],
    ['no data', { data: '' }],
    ['a second block that is missing', { frame: 'ffc0 000b 08 0008 0041 01 011100', data: '00' }],
    ['no scan', { scan: '', data: '' }],
  ] as const)
    t.equal(scanLength(small(changes)), undefined, what);
  t.equal(scanLength(small({ frame: 'ffc0 000b 08 0008 0020 01 011100', data: '00' })), small().length, 'four blocks');
  t.equal(
    scanLength(small({ frame: 'ffc0 000b 08 0008 0020 01 014400', data: '00' })),
    small().length,
    'a single component',
  );
  t.end();
});

t.test('values are skipped by the number of bits in their codes', (t) => {
  // DC codes: 0 → size 0, 10 → size 3, 11… none. AC codes: 0 → end, 10 → run 15 size 0, 110 → run 2 size 5.
  const dc = 'ffc4 0015 00 0101 0000000000000000000000000000 00 03';
  const ac = 'ffc4 0016 10 010101 00000000000000000000000000 00 f0 25';
  const bits = (text: string): string => {
    const padded = text.replaceAll(' ', '').replace(/$/, '1'.repeat(7));
    return (padded.slice(0, padded.length - (padded.length % 8)).match(/.{8}/g) ?? [])
      .map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0'))
      .join('');
  };
  for (const text of [
    '0 0',
    '10 101 0',
    '10 000 110 00000 0',
    '0 110 10101 110 11011 10 0',
    // Three runs of sixteen zeros and five values after two zeros each fill the block, which needs no end.
    `0 10 10 10 ${'110 01010 '.repeat(5)}`,
    `10 010 ${'110 00100 '.repeat(21)}`,
  ]) {
    const data = bits(text);
    const whole = small({ dc, ac, data });
    t.equal(scanLength(whole), whole.length, text);
    t.equal(scanLength(whole.subarray(0, -1)), undefined, `${text}, cut`);
    const more = small({ dc, ac, data: `${data}000000` });
    t.equal(scanLength(more), whole.length, `${text}, with more behind it`);
  }
  t.end();
});

t.test('two tables in one segment, and the longest codes', (t) => {
  const tables = 'ffc4 0026 00 01 000000000000000000000000000000 00 10 000000000000000000000000000000 01 00';
  const whole = small({ dc: tables, ac: '', data: '00007f' });
  t.equal(scanLength(whole), whole.length, '17 bits');
  t.equal(scanLength(small({ dc: tables, ac: '', data: '0000' })), undefined);
  t.end();
});

t.test('a stuffed zero is part of its FF, and a marker ends the data', (t) => {
  const dc = 'ffc4 0014 00 01 000000000000000000000000000000 0c';
  // Twelve one bits after the code, then the end of the block: 0 111111111111 0.
  const good = small({ dc, data: '7ffb' });
  t.equal(scanLength(good), good.length);
  const late = small({ dc, data: '7fff00' });
  t.equal(scanLength(late), undefined, 'the end of the block would be a one bit');
  const stuffed = small({ dc: 'ffc4 0014 00 01 000000000000000000000000000000 0f', data: '7fff003f' });
  t.equal(scanLength(stuffed), stuffed.length);
  t.equal(scanLength(small({ dc: 'ffc4 0014 00 01 000000000000000000000000000000 0f', data: '7fffd93f' })), undefined);
  t.end();
});

t.test('restart markers must be at the restart interval', (t) => {
  const frame = 'ffdd 0004 0001 ffc0 000b 08 0008 0010 01 011100';
  const whole = small({ frame, data: '3f ffd0 3f' });
  t.equal(scanLength(whole), whole.length);
  t.equal(scanLength(small({ frame, data: '3f ffd7 3f' })), whole.length);
  for (const data of ['3f3f', '3f ffd83f', '3f fed03f', '3f ffcf3f', '3f', '3f ff', '3f ffd0'])
    t.equal(scanLength(small({ frame, data })), undefined, data);
  const half = small({ frame: frame.replace('0004 0001', '0003 00'), data: '0f' });
  t.equal(scanLength(half), half.length, 'half an interval has no marker');
  const pair = frame.replace('0004 0001', '0004 0002').replace('0008 0010', '0008 0018');
  const two = small({ frame: pair, data: '0f ffd0 3f' });
  t.equal(scanLength(two), two.length);
  t.equal(scanLength(small({ frame: pair, data: '0f 3f' })), undefined);
  t.end();
});

t.test('a picture up to the maximum size is read', (t) => {
  const whole = Buffer.concat([small(), Buffer.alloc(MAX_SCAN_BYTES - small().length)]);
  t.equal(whole.length, 512 * 1024);
  t.equal(scanLength(whole), small().length);
  t.equal(scanLength(Buffer.concat([whole, Buffer.alloc(1)])), undefined);
  t.end();
});

t.test('an EOI is added after a complete scan, and up to four bytes after it are removed', (t) => {
  const jpeg = sampleJpeg();
  const bare = jpeg.subarray(0, -2);
  for (const behind of ['', '0d0a', 'ff', '00000000', 'ffd9'])
    t.ok(withEnd(Buffer.concat([bare, hex(behind)]))?.equals(jpeg), behind);
  t.equal(withEnd(Buffer.concat([bare, hex('0000000000')])), undefined);
  t.equal(withEnd(bare.subarray(0, -3)), undefined);
  t.end();
});

t.test('stray bytes before segments are removed, up to 64 in one gap', (t) => {
  const jpeg = sampleJpeg({ comment: Buffer.from('x') });
  const gap = jpeg.indexOf(hex('fffe'));
  const table = jpeg.indexOf(hex('ffdb'));
  const stray = (first: number, second = 0): Buffer =>
    Buffer.concat([
      ...[jpeg.subarray(0, gap), Buffer.alloc(first), jpeg.subarray(gap, table)],
      ...[Buffer.alloc(second, 1), jpeg.subarray(table)],
    ]);

  t.ok(withoutStrayBytes(stray(1))?.equals(jpeg));
  t.ok(withoutStrayBytes(stray(64, 64))?.equals(jpeg));
  t.equal(withoutStrayBytes(stray(65)), undefined);
  t.equal(withoutStrayBytes(stray(0, 65)), undefined);
  t.equal(withoutStrayBytes(jpeg), undefined, 'no stray bytes');
  const filled = sampleJpeg({ fill: 3 });
  const table2 = filled.indexOf(hex('ffffffffdb'));
  const both = Buffer.concat([filled.subarray(0, table2), hex('00'), filled.subarray(table2)]);
  t.ok(withoutStrayBytes(both)?.equals(filled), 'fill bytes are kept');
  t.end();
});

t.test('stray bytes are not searched in data that is not a JPEG', (t) => {
  const scan = 'ffda 0008 01 0100 003f00 00';
  t.same(withoutStrayBytes(hex(`ffd8 00 ffe00003aa ${scan}`)), hex(`ffd8 ffe00003aa ${scan}`));
  for (const text of [
    `ffd8 00 ffd8 ffe0 0003aa ${scan}`,
    `ffd8 00 ff00 ffe0 0003aa ${scan}`,
    `ffd8 00 ff01 0003aa ${scan}`,
    'ffd8 000000000000',
    'ffd8 0000 ffe0',
    'ffd8 0000 ffe0 00',
  ])
    t.equal(withoutStrayBytes(hex(text)), undefined, text);
  t.same(withoutStrayBytes(hex('ffd8 00 ffe0 0003')), hex('ffd8 ffe0 0003'), 'it ends within a segment');
  t.end();
});
