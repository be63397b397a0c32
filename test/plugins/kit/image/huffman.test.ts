// The standard Huffman tables equal those of libjpeg, and codes are derived from them as in T.81.

import sharp from 'sharp';
import t from 'tap';
import { dhtSegment, huffmanCodes, STANDARD_DHT, standardCodes } from '../../../../plugins/kit/image/huffman.ts';
import { followSegments } from '../../../../plugins/kit/image/jpeg-header.ts';
import { DHT } from '../../../../plugins/kit/image/jpeg-markers.ts';

t.test('the four tables equal those of a JPEG that libjpeg encodes without optimisation', async (t) => {
  const jpeg = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'teal' } })
    .jpeg({ optimiseCoding: false })
    .toBuffer();
  const tables: Buffer[] = [];
  followSegments(jpeg, 2, ({ code, from, to }) => {
    if (code === DHT) tables.push(jpeg.subarray(from, to));
    return true;
  });
  const byName = (all: Buffer): Map<number, string> => {
    const found = new Map<number, string>();
    for (let at = 0; at < all.length; ) {
      const symbols = all.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
      found.set(all[at] ?? -1, all.toString('hex', at + 1, at + 17 + symbols));
      at += 17 + symbols;
    }
    return found;
  };

  t.same(byName(STANDARD_DHT.subarray(4)), byName(Buffer.concat(tables)));
  t.equal(STANDARD_DHT.toString('hex', 0, 4), 'ffc401a2', 'one segment with its length');
  t.equal(STANDARD_DHT.length, 2 + 0x01a2);
});

t.test('codes of one length are consecutive, and the next length continues after them', (t) => {
  const table = { kind: 'ac', id: 1, counts: [0, 2, 1, 3, ...new Array(12).fill(0)] } as const;
  const { code, length } = huffmanCodes({ ...table, symbols: Buffer.from([9, 200, 3, 4, 5, 255]) });

  const written = [9, 200, 3, 4, 5, 255].map((symbol) =>
    (code[symbol] ?? 0).toString(2).padStart(length[symbol] ?? 0, '0'),
  );
  t.same(written, ['00', '01', '100', '1010', '1011', '1100']);
  t.equal(length[7], 0, 'a symbol missing in the table');
  t.equal(
    dhtSegment([{ ...table, symbols: Buffer.from([9]) }]).toString('hex'),
    `ffc4001411${'00020103'}${'00'.repeat(12)}09`,
  );
  t.end();
});

t.test('every standard table has the codes of T.81 annex K', (t) => {
  const word = (kind: 'dc' | 'ac', id: 0 | 1, symbol: number): string => {
    const { code, length } = standardCodes(kind, id);
    return (code[symbol] ?? 0).toString(2).padStart(length[symbol] ?? 0, '0');
  };

  t.same(
    [0, 5, 11].map((symbol) => word('dc', 0, symbol)),
    ['00', '110', '111111110'],
  );
  t.same(
    [0, 5, 11].map((symbol) => word('dc', 1, symbol)),
    ['00', '11110', '11111111110'],
  );
  t.same(
    [0, 1, 0xf0, 0xfa].map((symbol) => word('ac', 0, symbol)),
    ['1010', '00', '11111111001', '1111111111111110'],
  );
  t.same(
    [0, 1, 0xf0, 0xfa].map((symbol) => word('ac', 1, symbol)),
    ['00', '01', '1111111010', '1111111111111110'],
  );
  t.throws(() => standardCodes('dc', 2 as 0), RangeError);
  t.end();
});
