// The recognition of complete pictures and their ends: every malformation of a JPEG or PNG has its reason.

import sharp from 'sharp';
import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import { STANDARD_DHT } from '../../../../plugins/kit/image/huffman.ts';
import { readPng, startsLikePng } from '../../../../plugins/kit/image/png.ts';
import { lacksTables, recognise, toImage } from '../../../../plugins/kit/image/recognise.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** Everything before the first scan: tables of no content, and a size of 64 by 48. */
const HEAD = 'ffd8 ffc40002 ffc0000b 08 0030 0040 01 011100';
const SCAN = 'ffda 0008 01 0100 003f00';
const jpeg = (text: string): Buffer => hex(`${HEAD} ${text}`);

t.test('a JPEG ends after its EOI, whatever its scans contain', (t) => {
  for (const text of [
    `${SCAN} 0102 ffd9`,
    `${SCAN} ffd9`,
    `${SCAN} 01ff00 ffd0 02 ffd7 03 ffffd9`,
    `${SCAN} 01 ffc40002 ${SCAN} 02 ffd9`,
    `${SCAN} 01 fffffffe0003aa ${SCAN} 02 ffd9`,
    'ffda 000e 01 0100 003f00 000000000000 05 ffd9',
  ]) {
    const whole = jpeg(text);
    t.same(recognise(whole), { type: 'image/jpeg', width: 64, height: 48, length: whole.length }, text);
    t.match(
      recognise(Buffer.concat([whole, hex('00ffd9')])),
      { length: whole.length },
      'following bytes are not part of it',
    );
  }
  t.end();
});

t.test('a truncated or malformed JPEG has a reason', (t) => {
  for (const [text, reason] of [
    ['', 'truncated'],
    ['ffda', 'truncated'],
    ['ffda 00', 'truncated'],
    [SCAN, 'truncated'],
    [`${SCAN} 0102`, 'truncated'],
    [`${SCAN} 01ff`, 'truncated'],
    [`${SCAN} 01ffff`, 'truncated'],
    [`${SCAN} 01ff00`, 'truncated'],
    [`${SCAN} 01 ffd8 ffd9`, 'truncated'],
    [`${SCAN} 01 ffc4`, 'truncated'],
    [`${SCAN} 01 ffc4 00`, 'truncated'],
    [`${SCAN} 01 ffc40002`, 'truncated'],
    [`${SCAN} 01 ffc40003`, 'truncated'],
    [`${SCAN} 01 ffc40002 00 ffd9`, 'malformed JPEG'],
    [`${SCAN} 01 ffc40001 ffd9`, 'malformed JPEG'],
    [`${SCAN} 01 ffc0000b 0800300040010111 00 ffd9`, 'malformed JPEG'],
    [`${SCAN} 01 ff01 ffd9`, 'malformed JPEG'],
    [`${SCAN} 01 ffc40002 ff00 ffd9`, 'malformed JPEG'],
    ['ffda 0006 01 0100 00 ffd9', 'malformed JPEG'],
    ['ffda 0007 01 0100 003f ffd9', 'malformed JPEG'],
    ['ffda 0009 01 0100 003f00 00 ffd9', 'malformed JPEG'],
    ['ffda 000f 01 0100 003f00 00000000000000 ffd9', 'malformed JPEG'],
    ['ffda 0010 01 0100 003f00 0000000000000000 ffd9', 'malformed JPEG'],
  ] as const)
    t.same(recognise(jpeg(text)), { reason }, text);
  t.end();
});

t.test('segments between scans and fill bytes are read up to their limits', (t) => {
  const between = (count: number): Buffer =>
    Buffer.concat([jpeg(`${SCAN} 01`), Buffer.alloc(4 * count, hex('ffc40002')), hex('ffd9')]);
  // The scan counts as one of the 4096.
  t.match(recognise(between(4095)), { length: between(4095).length });
  t.same(recognise(between(4096)), { reason: 'malformed JPEG' });

  const filled = (count: number): Buffer =>
    Buffer.concat([jpeg(`${SCAN} 01`), Buffer.alloc(count, 0xff), hex('d90000')]);
  t.match(recognise(filled(65_536)), { width: 64 });
  t.same(recognise(filled(65_537)), { reason: 'malformed JPEG' });
  t.end();
});

t.test('data with another beginning is neither JPEG nor PNG, and empty data is reported as empty', (t) => {
  t.same(recognise(Buffer.alloc(0)), { reason: 'empty' });
  for (const text of ['ff', 'ffd9', 'd8ff', 'fed8ffd9', '89504e470d0a1a0b'])
    t.same(recognise(hex(text)), { reason: 'neither JPEG nor PNG' }, text);
  t.same(recognise(hex('ffd8')), { reason: 'JPEG without a size' });
  t.end();
});

t.test('only a sequential JPEG can lack tables', (t) => {
  const header = { width: 1, height: 1, scan: 2 };
  for (const [coding, tables, lacks] of [
    [0xc0, false, true],
    [0xc1, false, true],
    [0xc2, false, false],
    [0xc0, true, false],
  ] as const)
    t.equal(lacksTables({ ...header, coding, tables }), lacks);
  const bare = sampleJpeg({ tables: false });
  t.match(recognise(bare), { tablesAt: bare.indexOf(hex('ffda')) });
  t.equal('tablesAt' in recognise(sampleJpeg()), false);
  t.end();
});

t.test('a picture is passed on unchanged, trimmed, or with tables in a new buffer', (t) => {
  const whole = sampleJpeg();
  const padded = Buffer.concat([whole, Buffer.alloc(3)]);
  for (const hasHeadroom of [true, false]) {
    const image = toImage(padded, hasHeadroom);
    t.match(image, { type: 'image/jpeg', width: 64, height: 48, hasHeadroom });
    if ('reason' in image) throw new Error(image.reason);
    t.equal(image.data.buffer, padded.buffer, 'nothing is copied');
    t.ok(image.data.equals(whole));
  }

  const bare = sampleJpeg({ tables: false });
  const image = toImage(Buffer.concat([bare, Buffer.alloc(3)]), false);
  if ('reason' in image) throw new Error(image.reason);
  const at = bare.indexOf(hex('ffda'));
  t.ok(image.data.equals(Buffer.concat([bare.subarray(0, at), STANDARD_DHT, bare.subarray(at)])));
  t.match(image, { type: 'image/jpeg', width: 64, height: 48, hasHeadroom: true });
  t.equal(image.data.byteOffset, HEADROOM);
  t.same(toImage(hex('00'), true), { reason: 'neither JPEG nor PNG' });
  t.end();
});

const SIGNATURE = '89504e470d0a1a0a';
const IHDR = '0000000d 49484452 0000001e 00000014 0802000000 00000000';
const IEND = '00000000 49454e44 ae426082';
const png = (text: string): Buffer => hex(`${SIGNATURE} ${text}`);

t.test('a PNG ends after its IEND', async (t) => {
  const real = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const made = png(`${IHDR} 00000002 7a544558 aabb 00000000 ${IEND}`);
  for (const whole of [real, made]) {
    t.same(recognise(whole), { type: 'image/png', width: 30, height: 20, length: whole.length });
    t.match(recognise(Buffer.concat([whole, hex('00')])), { length: whole.length });
    t.same(recognise(whole.subarray(0, -1)), { reason: 'truncated' });
  }
  t.ok(startsLikePng(hex(SIGNATURE)));
  t.notOk(startsLikePng(hex('89504e470d0a1a')));
  t.end();
});

t.test('a truncated or malformed PNG has a reason', (t) => {
  const size = (width: string, height: string): Buffer =>
    png(`0000000d 49484452 ${width} ${height} 0802000000 00000000 ${IEND}`);
  for (const [data, reason] of [
    [png(''), 'truncated'],
    [png(IHDR).subarray(0, 32), 'truncated'],
    [png(IHDR), 'truncated'],
    [png(`${IHDR} 00000000 49454e44`), 'truncated'],
    [png(`${IHDR} 00000001 49454e44 ae426082`), 'truncated'],
    [png(`${IHDR} 7fffffff 49444154 00000000`), 'truncated'],
    [png(`0000000d 49484453 0000001e 00000014 0802000000 00000000 ${IEND}`), 'malformed PNG'],
    [png(`${IHDR.replace('52', '53')}`), 'malformed PNG'],
    [png(`0000000e 49484452 0000001e 00000014 0802000000 00 00000000 ${IEND}`), 'malformed PNG'],
    [png(`${IHDR} 00000000 4945314e 00000000 ${IEND}`), 'malformed PNG'],
    [size('00000000', '00000014'), 'PNG without a size'],
    [size('0000001e', '00000000'), 'PNG without a size'],
    [size('80000000', '00000014'), 'PNG without a size'],
    [size('0000001e', '80000000'), 'PNG without a size'],
  ] as const)
    t.same(readPng(data), { reason }, data.toString('hex', 8));
  t.match(readPng(size('7fffffff', '7fffffff')), { width: 0x7fffffff, height: 0x7fffffff });
  t.end();
});

t.test('the chunks of a PNG are read up to a limit', (t) => {
  const chunk = hex('00000000 49444154 00000000');
  // IHDR and IEND count as two of the 32768.
  const many = (count: number): Buffer =>
    Buffer.concat([png(IHDR), Buffer.alloc(chunk.length * count, chunk), hex(IEND)]);

  t.match(readPng(many(32_766)), { length: many(32_766).length });
  t.same(readPng(many(32_767)), { reason: 'truncated' });
  t.end();
});
