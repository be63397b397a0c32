// kit/image/exif: tags are written without changing the picture, other tags are kept, and exiv2 reads the result.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import t from 'tap';
import { type ExifTags, readExif, writeExif } from '../../../../plugins/kit/image/exif.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const run = promisify(execFile);

const ALL: ExifTags = {
  orientation: 6,
  make: 'Raspberry Pi',
  model: 'imx708',
  software: 'camd 1.0',
  userComment: '{"temperature":21.5}',
  dateTimeOriginal: '2026:11:26 05:08:53',
  subSecTimeOriginal: '042',
  offsetTimeOriginal: '+01:00',
};

/** The JPEG with the tags; fails if they are refused. */
function written(jpeg: Buffer, tags: ExifTags): Buffer {
  const result = writeExif(jpeg, tags);
  if (!Buffer.isBuffer(result)) throw new Error(result.reason);
  return result;
}

/** Everything from the first quantisation table on: the picture itself. */
const pixels = (jpeg: Buffer): Buffer => jpeg.subarray(jpeg.indexOf(Buffer.from([0xff, 0xdb])));

/** A TIFF block in the given byte order: orientation 3, a maker note with its own offset, and a thumbnail directory. */
function cameraBlock(little: boolean): Buffer {
  const block = Buffer.alloc(120);
  const word = (at: number, value: number) =>
    little ? block.writeUInt16LE(value, at) : block.writeUInt16BE(value, at);
  const long = (at: number, value: number) =>
    little ? block.writeUInt32LE(value, at) : block.writeUInt32BE(value, at);
  const entry = (at: number, tag: number, type: number, count: number) => {
    word(at, tag);
    word(at + 2, type);
    long(at + 4, count);
  };
  block.write(little ? 'II' : 'MM', 'latin1');
  word(2, 42);
  long(4, 8);
  word(8, 2);
  entry(10, 0x0112, 3, 1);
  word(18, 3);
  entry(22, 0x8769, 4, 1);
  long(30, 38);
  long(34, 80);
  word(38, 1);
  entry(40, 0x927c, 7, 16);
  long(48, 60);
  block.write('MAKER NOTE @60..', 60, 'latin1');
  word(80, 1);
  entry(82, 0x0103, 3, 1);
  word(90, 6);
  return block;
}

function withBlock(block: Buffer): Buffer {
  const jpeg = sampleJpeg();
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + 6 + block.length, 2);
  return Buffer.concat([jpeg.subarray(0, 20), head, Buffer.from('Exif\0\0', 'latin1'), block, jpeg.subarray(20)]);
}

t.test('written tags are read back, and the picture stays byte for byte the same', async (t) => {
  const jpeg = sampleJpeg({ seed: 4 });

  const tagged = written(jpeg, ALL);

  t.same(readExif(tagged), ALL);
  t.same(readExif(jpeg), {}, 'the original is unchanged');
  t.ok(pixels(tagged).equals(pixels(jpeg)));
  t.ok(tagged.subarray(0, 20).equals(jpeg.subarray(0, 20)), 'the JFIF header stays first');
});

t.test('exiv2 and sharp read the written tags', async (t) => {
  const file = join(t.testdir(), 'tagged.jpg');
  await writeFile(file, written(sampleJpeg(), ALL));

  const { stdout } = await run('exiv2', ['-PEkt', file]);
  const { orientation } = await sharp(file).metadata();

  for (const line of [
    /Exif\.Image\.Make +Raspberry Pi/,
    /Exif\.Image\.Model +imx708/,
    /Exif\.Image\.Software +camd 1\.0/,
    /Exif\.Photo\.DateTimeOriginal +2026:11:26 05:08:53/,
    /Exif\.Photo\.SubSecTimeOriginal +042/,
    /Exif\.Photo\.OffsetTimeOriginal +\+01:00/,
    /Exif\.Photo\.UserComment +charset=Unicode\s+\{"temperature":21\.5\}/,
    /Exif\.Photo\.ExifVersion +2\.32/,
  ])
    t.match(stdout, line);
  t.equal(orientation, 6);
});

t.test('a non-ASCII comment is read back unchanged', async (t) => {
  for (const userComment of ['21,5 °C, Küche', '温室 📷', 'ends with blanks  ', '']) {
    t.equal(readExif(written(sampleJpeg(), { userComment })).userComment, userComment);
    t.equal(readExif(written(withBlock(cameraBlock(true)), { userComment })).userComment, userComment);
  }
});

t.test('tags of the camera keep their place: maker note, thumbnail and other tags, in both byte orders', async (t) => {
  for (const little of [true, false]) {
    const jpeg = withBlock(cameraBlock(little));

    const tagged = written(jpeg, { ...ALL, orientation: 8 });

    const start = tagged.indexOf('Exif\0\0') + 6;
    t.equal(tagged.toString('latin1', start + 60, start + 76), 'MAKER NOTE @60..', 'at its original offset');
    t.same(readExif(tagged), { ...ALL, orientation: 8 });
    t.ok(pixels(tagged).equals(pixels(jpeg)));
    const file = join(t.testdir(), 'camera.jpg');
    await writeFile(file, tagged);
    const { stdout } = await run('exiv2', ['-PEkt', file]);
    t.match(stdout, /Exif\.Photo\.MakerNote/);
    t.match(stdout, /Exif\.Thumbnail\.Compression/);
  }
});

t.test('writing one tag leaves the others unchanged', async (t) => {
  const tagged = written(written(sampleJpeg(), ALL), { software: 'another' });

  t.same(readExif(tagged), { ...ALL, software: 'another' });
});

t.test('writing the same tags again does not enlarge the picture', async (t) => {
  const once = written(sampleJpeg(), ALL);
  const twice = written(once, { ...ALL, orientation: 3, subSecTimeOriginal: '999' });

  t.equal(twice.length, once.length);
  t.same(readExif(twice), { ...ALL, orientation: 3, subSecTimeOriginal: '999' });
});

t.test('tags are refused only if they do not fit into one segment', async (t) => {
  const jpeg = sampleJpeg();
  const room = 32_000;
  const base = written(jpeg, { userComment: 'x'.repeat(room) }).length - jpeg.length;
  const left = Math.floor((65_534 + 2 - base) / 2);

  const full = written(jpeg, { userComment: 'x'.repeat(room + left) });

  t.equal(readExif(full).userComment?.length, room + left);
  t.same(writeExif(jpeg, { userComment: 'x'.repeat(room + left + 1) }), { reason: 'EXIF over 64 KiB' });
});

t.test('data that is not a JPEG is refused', async (t) => {
  t.same(writeExif(Buffer.from('GIF89a'), ALL), { reason: 'malformed JPEG' });
  t.same(writeExif(sampleJpeg().subarray(0, 30), ALL), { reason: 'malformed JPEG' });
  t.same(writeExif(Buffer.alloc(0), ALL), { reason: 'malformed JPEG' });
});

t.test('a damaged block is read as empty and is replaced', async (t) => {
  const good = cameraBlock(true);
  const broken = [
    Buffer.from('II'),
    Buffer.concat([Buffer.from('XX'), good.subarray(2)]),
    Buffer.concat([good.subarray(0, 4), Buffer.from([0xff, 0xff, 0xff, 0x7f]), good.subarray(8)]),
    Buffer.concat([good.subarray(0, 8), Buffer.from([0xff, 0xff]), good.subarray(10)]),
  ];
  for (const block of broken) {
    const jpeg = withBlock(block);
    t.same(readExif(jpeg), {});
    t.same(readExif(written(jpeg, ALL)), ALL);
  }
});

t.test('no wrong byte in a block throws', async (t) => {
  const jpeg = written(withBlock(cameraBlock(false)), ALL);
  const start = jpeg.indexOf('Exif\0\0') + 6;
  for (let at = start; at < start + 300; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const damaged = Buffer.from(jpeg);
      damaged[at] = value;
      readExif(damaged);
      const again = writeExif(damaged, ALL);
      if (Buffer.isBuffer(again)) t.same(readExif(again).orientation, 6, `byte ${at} as ${value}`);
    }
  }
});

/** Application segments, one after another, before the picture. */
function withSegments(...segments: readonly (readonly [code: number, content: Buffer])[]): Buffer {
  const jpeg = sampleJpeg();
  const parts = segments.map(([code, content]) => {
    const head = Buffer.from([0xff, code, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(20)]);
}
const JFIF = Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1');

t.test('the segment is placed after the JFIF header and before everything else', (t) => {
  const place = (jpeg: Buffer): number => written(jpeg, { orientation: 6 }).indexOf('Exif') - 4;
  t.equal(place(withSegments()), 2, 'no header');
  t.equal(place(withSegments([0xe0, JFIF])), 20);
  t.equal(place(withSegments([0xe0, JFIF], [0xe0, Buffer.from('JFXX\0\x10')])), 30, 'with its extension');
  t.equal(place(withSegments([0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0')])), 2);
  t.equal(place(withSegments([0xfe, Buffer.from('x')], [0xe0, JFIF])), 2, 'a header that does not come first');
  t.end();
});

t.test('the first EXIF segment is used, at any place, and only it is replaced', (t) => {
  const exif = (orientation: number): Buffer => {
    const tagged = written(sampleJpeg(), { orientation });
    const at = tagged.indexOf('Exif');
    return tagged.subarray(at, at - 2 + tagged.readUInt16BE(at - 2));
  };
  const xmp = Buffer.from('http://ns.adobe.com/xap/1.0/\0');
  const jpeg = withSegments([0xe0, JFIF], [0xe1, xmp], [0xe1, exif(3)], [0xe1, exif(5)], [0xe2, Buffer.from('ICC')]);

  t.equal(readExif(jpeg).orientation, 3);
  const again = written(jpeg, { orientation: 7 });
  t.equal(readExif(again).orientation, 7);
  t.equal(again.length, jpeg.length);
  t.ok(again.includes(xmp) && again.includes('ICC'));
  t.ok(again.includes(exif(5)));
  t.same(readExif(withSegments([0xe2, exif(3)])), {}, 'another kind of segment');
  t.same(readExif(withSegments([0xe1, Buffer.from('Exif\0')])), {}, 'truncated');
  t.end();
});

/** A big-endian block with an orientation, and a comment of these bytes. */
function block(orientation: string, comment: Buffer, little = false): Buffer {
  const made = cameraBlock(little).subarray(0, 60);
  const turned = Buffer.from(orientation, 'hex');
  (little ? turned.swap16() : turned).copy(made, 18);
  if (little) made.writeUInt32LE(0, 34);
  else made.writeUInt32BE(0, 34);
  const entry = Buffer.from('92860007', 'hex');
  const [count, at] = [Buffer.alloc(4), Buffer.alloc(4)];
  count.writeUInt32BE(comment.length);
  at.writeUInt32BE(60);
  if (little) {
    entry.swap16();
    count.swap32();
    at.swap32();
  }
  Buffer.concat([entry, count, at]).copy(made, 40);
  return Buffer.concat([made, comment]);
}

t.test('an orientation is a number from 1 to 8, anything else is ignored', (t) => {
  for (let value = 0; value < 12; value++) {
    const { orientation } = readExif(withBlock(block(value.toString(16).padStart(4, '0'), Buffer.alloc(8))));
    t.equal(orientation, value >= 1 && value <= 8 ? value : undefined);
  }
  t.end();
});

t.test('comments of other programs are read in the byte order that yields Latin letters', (t) => {
  const utf16 = (text: string, little: boolean): Buffer => {
    const bytes = Buffer.from(text, 'utf16le');
    return Buffer.concat([Buffer.from('UNICODE\0'), little ? bytes : bytes.swap16()]);
  };
  for (const inBlock of [true, false]) {
    const read = (comment: Buffer): string | undefined =>
      readExif(withBlock(block('0001', comment, inBlock))).userComment;
    for (const little of [true, false]) {
      t.equal(read(utf16('warm, 21 °C', little)), 'warm, 21 °C');
      t.equal(read(utf16('a\0rest', little)), 'a', 'up to the first NUL');
      t.equal(read(utf16('a温室', little)), 'a温室', 'one letter is enough');
    }
    t.equal(read(utf16('温室', inBlock)), '温室', 'without Latin letters the order of the block is used');
    t.equal(read(Buffer.concat([utf16('ab', true), Buffer.from('x')])), 'ab', 'half a letter is ignored');
    t.equal(read(Buffer.from('ASCII\0\0\0hello\0more')), 'hello');
    t.equal(read(Buffer.from('\0\0\0\0\0\0\0\0undefined')), 'undefined');
    t.equal(read(Buffer.from('ASCII\0\0\0')), '');
    t.equal(read(Buffer.from('ASCII\0\0')), undefined, 'too short to name a character set');
  }
  t.end();
});

t.test('the thumbnail is removed on request, and a missing one is no error', async (t) => {
  const jpeg = sampleJpeg({ thumbnail: true });
  const kept = written(jpeg, { orientation: 6 });
  const dropped = writeExif(jpeg, { orientation: 6 }, 'drop');
  if (!Buffer.isBuffer(dropped)) throw new Error(dropped.reason);

  const starts = (data: Buffer): number => data.toString('latin1').split('\xff\xd8').length - 1;
  t.equal(starts(kept), 2);
  t.equal(starts(dropped), 1);
  t.equal(readExif(dropped).orientation, 6);
  t.ok(pixels(dropped).equals(pixels(sampleJpeg())));
  const plain = writeExif(sampleJpeg(), { orientation: 6 }, 'drop');
  t.ok(Buffer.isBuffer(plain) && plain.equals(written(sampleJpeg(), { orientation: 6 })));
});

t.test('other tags of the same type, and tags of another type, are not confused', (t) => {
  const tiff = `4d4d002a 00000008 0008
    0100 0004 00000001 00000005  0103 0003 00000001 00070000  010e 0002 00000003 61620000  010f 0002 00000003 63640000
    0110 0007 00000003 65660000  0112 0003 00000001 00060000  0131 0003 00000001 00410000  8769 0004 00000001 0000006e
    00000000
    0003 9003 0007 00000003 31320000  9010 0002 00000003 2b300000  9291 0002 00000004 30343200  00000000`;

  t.same(readExif(withBlock(Buffer.from(tiff.replaceAll(/\s/g, ''), 'hex'))), {
    ...{ orientation: 6, make: 'cd', subSecTimeOriginal: '042' },
  });
  t.end();
});
