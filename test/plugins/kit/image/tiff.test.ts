// TIFF blocks byte by byte: complete directories are read, and new ones are appended.

import t from 'tap';
import {
  appendDirectory,
  dropThumbnail,
  emptyTiff,
  firstDirectory,
  openTiff,
  readDirectory,
  type Tiff,
  type Value,
} from '../../../../plugins/kit/image/tiff.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const open = (text: string): Tiff => {
  const tiff = openTiff(hex(text));
  if (!tiff) throw new Error('no TIFF block');
  return tiff;
};
const BIG = '4d4d 002a 00000008';

t.test('a block begins with its byte order and the number 42', (t) => {
  t.match(openTiff(hex('4d4d 002a 00000008')), { little: false });
  t.match(openTiff(hex('4949 2a00 08000000')), { little: true });
  for (const text of [
    '',
    '4d4d 002a 000000',
    '4d49 002a 00000008',
    '4949 002a 00000008',
    '4d4d 2a00 00000008',
    '4d4d 002b 00000008',
  ])
    t.equal(openTiff(hex(text)), undefined, text);
  t.equal(emptyTiff().bytes.toString('hex'), hex(`${BIG} 0000 00000000`).toString('hex'));
  t.same(firstDirectory(emptyTiff()), { entries: [], next: 0 });
  t.end();
});

t.test('entries are read, with inline values of up to four bytes', (t) => {
  const block = `${BIG} 0003
    010f 0002 00000004 61626300
    0110 0002 00000005 00000032
    0112 0003 00000001 00060000
    0000002e  ffff 0000 7a7a7a7a00`;
  t.same(firstDirectory(open(block)), {
    entries: [
      { tag: 0x010f, type: 2, count: 4, at: 18, size: 4 },
      { tag: 0x0110, type: 2, count: 5, at: 50, size: 5 },
      { tag: 0x0112, type: 3, count: 1, at: 42, size: 2 },
    ],
    next: 0x2e,
  });
  const little = '4949 2a00 08000000 0100 0f01 0200 05000000 1a000000 07000000 6162636400';
  t.same(firstDirectory(open(little)), { entries: [{ tag: 0x010f, type: 2, count: 5, at: 26, size: 5 }], next: 7 });
  t.end();
});

t.test(
  'values have the size of their type; those without a type, without a size or outside the block are skipped',
  (t) => {
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((type) => {
      const entry = `9999 ${type.toString(16).padStart(4, '0')} 00000001 00000008`;
      return readDirectory(open(`${BIG} 0001 ${entry} 00000000`), 8)?.entries[0]?.size;
    });
    t.same(sizes, [undefined, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, undefined]);

    const at = (place: string, count = '00000005'): unknown =>
      readDirectory(open(`${BIG} 0001 9999 0002 ${count} ${place} 00000000 6162636400`), 8)?.entries.length;
    t.equal(at('0000001a'), 1, 'the value ends at the last byte');
    t.equal(at('0000001b'), 0);
    t.equal(at('ffffffff'), 0);
    t.equal(at('00000000', '00000000'), 0);
    t.end();
  },
);

t.test('a directory that is not completely in the block is ignored; the pointer after it may be missing', (t) => {
  const one = `${BIG} 0001 0112 0003 00000001 00060000`;
  t.match(readDirectory(open(one), 8), { entries: [{ tag: 0x0112 }], next: 0 });
  t.equal(readDirectory(open(`${one} 000000`), 8)?.next, 0);
  t.equal(readDirectory(open(`${one} 00000001`), 8)?.next, 1);
  t.equal(readDirectory(open(one.slice(0, -2)), 8), undefined);
  t.equal(readDirectory(open(one), 7), undefined);
  t.equal(readDirectory(open(`${BIG} 0000`), 8)?.entries.length, 0);
  t.equal(readDirectory(open(`${BIG} 00`), 8), undefined);
  t.equal(readDirectory(open(BIG), 0xffffffff), undefined);
  t.end();
});

const text = (value: string): Value => ({ type: 2, count: value.length, bytes: Buffer.from(value, 'latin1') });

t.test('a directory is appended at an even offset, in the order of its tags, with unchanged old entries', (t) => {
  // One byte too many: the new directory begins after a zero.
  const old = open(`${BIG} 0002 010f 0002 00000005 00000026 0112 0003 00000001 00060000 00000007 6162636400`);
  const made = appendDirectory(
    old,
    firstDirectory(old),
    new Map([
      [0x0131, text('camd\0')],
      [0x0112, { type: 3, count: 1, bytes: hex('0008') }],
      [0x0100, { type: 4, count: 1, bytes: hex('01020304') }],
    ]),
  );

  t.equal(made.at, 44);
  t.equal(made.tiff.little, false);
  t.equal(
    made.tiff.bytes.toString('hex'),
    hex(`${old.bytes.toString('hex')} 00 0004
      0100 0004 00000001 01020304
      010f 0002 00000005 00000026
      0112 0003 00000001 00080000
      0131 0002 00000005 00000062
      00000007 63616d6400 00`).toString('hex'),
  );
  t.end();
});

t.test('several long values follow one another, each at an even offset', (t) => {
  const old = open('4949 2a00 08000000 0000 00000000');
  const { tiff, at } = appendDirectory(
    old,
    undefined,
    new Map([
      [0x0131, text('12345')],
      [0x010f, text('abcdef')],
      [0x0110, text('wxyz')],
    ]),
  );

  t.equal(at, 14);
  t.equal(
    tiff.bytes.toString('hex', 14),
    hex(`0300
      0f01 0200 06000000 38000000
      1001 0200 04000000 7778797a
      3101 0200 05000000 3e000000
      00000000 616263646566 3132333435 00`).toString('hex'),
  );
  t.end();
});

/** A block with a second directory that points at a thumbnail of three bytes, and the bytes after it. */
function withThumbnail({
  at = '00000038',
  size = '00000003',
  type = '0004',
  behind = '',
  first = '0000001a',
} = {}): Tiff {
  return open(`${BIG} 0001 0112 0003 00000001 00060000 ${first}
    0002 0201 ${type} 00000001 ${at} 0202 0004 00000001 ${size} 00000000 aabbcc ${behind}`);
}

t.test('a thumbnail is removed with its directory, and its bytes if they are the last', (t) => {
  const main = `${BIG} 0001 0112 0003 00000001 00060000 00000000`;
  const kept = (tiff: Tiff): string => tiff.bytes.toString('hex').slice(0, hex(main).length * 2);
  const dropped = (...args: Parameters<typeof withThumbnail>): number => {
    const tiff = withThumbnail(...args);
    const before = Buffer.from(tiff.bytes);
    const shorter = dropThumbnail(tiff);
    t.equal(kept(shorter), hex(main).toString('hex'));
    t.ok(tiff.bytes.equals(before), 'the given block is unchanged');
    return tiff.bytes.length - shorter.bytes.length;
  };

  t.equal(dropped(), 3);
  t.equal(dropped({ behind: '00' }), 4, 'one byte of padding');
  t.equal(dropped({ behind: '0000' }), 0, 'other bytes follow');
  t.equal(dropped({ size: '00000002' }), 3);
  t.equal(dropped({ size: '00000001' }), 0);
  t.equal(dropped({ type: '0003' }), 0, 'no pointer');
  t.equal(dropped({ at: '00000008', size: '7fffffff' }), 0, 'not over the main directory');
  t.end();
});

t.test('a block without a thumbnail is unchanged', (t) => {
  for (const tiff of [
    withThumbnail({ first: '00000000' }),
    emptyTiff(),
    open(`${BIG} 0009`),
    // The pointer to the thumbnail lies before the end of the main directory.
    withThumbnail({ at: '00000009', size: '7fffffff' }),
    withThumbnail({ at: '00000019', size: '7fffffff' }),
  ])
    t.equal(dropThumbnail(tiff), tiff);
  const far = withThumbnail({ first: '00ffffff' });
  t.equal(dropThumbnail(far).bytes.readUInt32BE(22), 0, 'a missing directory');
  t.equal(dropThumbnail(withThumbnail({ at: '0000001a', size: '7fffffff' })).bytes.length, 26, 'directly after it');
  t.end();
});
