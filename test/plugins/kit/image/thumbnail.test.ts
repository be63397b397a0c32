// Thumbnails are removed from JPEGs for streams.

import sharp from 'sharp';
import t from 'tap';
import { recognise } from '../../../../plugins/kit/image/recognise.ts';
import { withoutThumbnail } from '../../../../plugins/kit/image/thumbnail.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const jpeg = sampleJpeg({ thumbnail: true });
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();

t.test('a thumbnail is removed and the rest of EXIF is kept', async (t) => {
  const stripped = withoutThumbnail(jpeg);
  const found = recognise(stripped);

  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd8]), 2), -1);
  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd9])), stripped.length - 2);
  t.ok(stripped.includes('Exif'));
  t.match(found, { type: 'image/jpeg', width: 64, height: 48, length: stripped.length });
  const [a, b] = await Promise.all([jpeg, stripped].map((data) => sharp(data).raw().toBuffer()));
  t.ok(a?.equals(b ?? Buffer.alloc(0)), 'the picture is the same');
});

t.test('a JPEG without a thumbnail is not copied, and comments with markers are removed', async (t) => {
  const plain = sampleJpeg();
  const commented = sampleJpeg({ comment: Buffer.from([1, 2, 0xff, 0xd9, 3]) });

  t.equal(withoutThumbnail(plain), plain);
  t.equal(withoutThumbnail(png), png);
  t.ok(withoutThumbnail(commented).equals(plain));
});

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** A JPEG that begins with this segment. */
function withSegment(code: number, content: Buffer): Buffer {
  const plain = sampleJpeg();
  const head = Buffer.from([0xff, code, (content.length + 2) >> 8, (content.length + 2) & 0xff]);
  return Buffer.concat([plain.subarray(0, 2), head, content, plain.subarray(2)]);
}
/** The remaining content of the first segment; undefined if it is unchanged, null if the segment is removed. */
function left(code: number, content: Buffer): string | undefined | null {
  const whole = withSegment(code, content);
  const stripped = withoutThumbnail(whole);
  if (stripped === whole) return undefined;
  if (stripped.equals(sampleJpeg())) return null;
  const length = stripped.readUInt16BE(4);
  if (!stripped.subarray(4 + length).equals(sampleJpeg().subarray(2))) throw new Error('the picture is damaged');
  return stripped.toString('hex', 6, 4 + length);
}

t.test('segments with free content are removed if they contain the beginning or the end of a JPEG', (t) => {
  for (const code of [0xe0, 0xe1, 0xef, 0xfe]) {
    for (const bytes of ['ffd8', '00ffd9', 'ffffd8', 'ffd900'])
      t.equal(left(code, hex(bytes)), null, `${code} ${bytes}`);
    for (const bytes of ['', 'ff', 'ff00d8', 'fed8', 'ffda', 'd8ff', '00ff'])
      t.equal(left(code, hex(bytes)), undefined, bytes);
  }
  t.equal(left(0xdb, hex('ffd8')), undefined, 'tables are kept');
  for (const length of [510, 511, 512, 513, 514, 5000]) {
    const filler = Buffer.alloc(length - 2);
    t.equal(left(0xfe, Buffer.concat([filler, hex('ffd8')])), null);
    t.equal(left(0xfe, Buffer.concat([hex('ffd9'), filler])), null);
    t.equal(left(0xfe, Buffer.concat([filler, hex('ff00')])), undefined);
  }
  t.end();
});

t.test('several segments are removed, and those between them are kept', (t) => {
  const comment = (text: string): Buffer =>
    Buffer.concat([hex('fffe00'), Buffer.from([text.length / 2 + 2]), hex(text)]);
  const plain = sampleJpeg();
  const parts = [comment('ffd8'), comment('aa'), comment('ffd9'), comment('bb')];
  const whole = Buffer.concat([plain.subarray(0, 2), ...parts, plain.subarray(2)]);

  const stripped = withoutThumbnail(whole);

  t.ok(stripped.equals(Buffer.concat([plain.subarray(0, 2), comment('aa'), comment('bb'), plain.subarray(2)])));
  t.equal(withoutThumbnail(hex('ffd9')).length, 2);
  t.equal(withoutThumbnail(hex('00d8')).length, 2);
  t.end();
});

const EXIF = '457869660000';
const SMALL = 'ffd8ffd9';

t.test('EXIF data before the thumbnail is kept, without the pointer to it', (t) => {
  for (const [before, after] of [
    ['4d4d002a 00000008 0000 00000020', '4d4d002a 00000008 0000 00000000'],
    ['49492a00 08000000 0000 20000000', '49492a00 08000000 0000 00000000'],
    [
      '4d4d002a 00000008 0001 0112000300000001 00060000 00000020 1234',
      '4d4d002a 00000008 0001 0112000300000001 00060000 00000000 1234',
    ],
    ['4d4d002a 0000000a ffff 0000 00000020', '4d4d002a 0000000a ffff 0000 00000000'],
  ] as const) {
    const content = hex(`${EXIF} ${before} ${SMALL} 77`);
    t.equal(left(0xe1, content), hex(`${EXIF} ${after}`).toString('hex'), before);
    t.equal(left(0xe2, content), null, 'in another segment it is not EXIF');
  }
  t.end();
});

t.test('invalid EXIF is removed completely', (t) => {
  for (const [what, content] of [
    ['another signature', `457869660001 4d4d002a 00000008 0000 00000020 ${SMALL}`],
    ['no room for a directory', `${EXIF} 4d4dffd8 000000`],
    ['a directory outside', `${EXIF} 4d4d002a 00000013 0000 00000020 ${SMALL}`],
    ['more entries than there are bytes', `${EXIF} 4d4d002a 00000008 0001 00000020 ${SMALL}`],
    ['a thumbnail before the end of the directory', `${EXIF} 4d4d002a 00000008 0000 00ffd820 ${SMALL}`],
    ['an end and no beginning', `${EXIF} 4d4d002a 00000008 0000 00000020 ffd9`],
    ['an end before the beginning', `${EXIF} 4d4d002a 00000008 0000 00000020 ffd900 ${SMALL}`],
  ] as const)
    t.equal(left(0xe1, hex(content)), null, what);
  t.end();
});
