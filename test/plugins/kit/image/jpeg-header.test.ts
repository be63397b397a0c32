// Headers of JPEGs, byte by byte: accepted ones, and the reasons for refused ones.

import t from 'tap';
import { followSegments, readJpegHeader, type Segment } from '../../../../plugins/kit/image/jpeg-header.ts';
import { isEntropy, isFrameHeader, isFreeForm, isSegment } from '../../../../plugins/kit/image/jpeg-markers.ts';

const MALFORMED = { reason: 'malformed JPEG' };
const TRUNCATED = { reason: 'truncated' };

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** A segment with this content. */
const segment = (code: string, content: string): string => {
  const length = (hex(content).length + 2).toString(16).padStart(4, '0');
  return `ff${code}${length}${content}`;
};
const SOF = segment('c0', '08 0030 0040 01 011100');
const SCAN = 'ffda';

function follow(text: string, most = Number.POSITIVE_INFINITY) {
  const seen: Segment[] = [];
  const end = followSegments(hex(text), 2, (next) => seen.push(next) < most);
  return { end, seen };
}

/** All codes from 0 to ff for which the function returns true, as ranges. */
function ranges(is: (code: number) => boolean): string {
  const found: string[] = [];
  for (let code = 0; code < 256; code++) {
    if (!is(code) || (code > 0 && is(code - 1))) continue;
    let last = code;
    while (last < 255 && is(last + 1)) last++;
    found.push(last === code ? code.toString(16) : `${code.toString(16)}-${last.toString(16)}`);
  }
  return found.join(' ');
}

t.test('each code has the kind given in T.81 table B.1', (t) => {
  t.equal(ranges(isFrameHeader), 'c0-c3 c5-c7 c9-cb cd-cf');
  t.equal(ranges(isSegment), 'c0-cf da-fe');
  t.equal(ranges(isFreeForm), 'e0-ef fe');
  t.equal(ranges(isEntropy), '0 d0-d7');
  t.end();
});

t.test('segments are read up to the first scan, fill bytes before a code belong to it', (t) => {
  const { end, seen } = follow(`ffd8 ${segment('e0', '0102')} ffff${segment('db', '')} ffff${SCAN}`);

  t.same(seen, [
    { code: 0xe0, start: 2, from: 6, to: 8 },
    { code: 0xdb, start: 8, from: 14, to: 14 },
  ]);
  t.equal(end, 16, 'the FF right before the code of the scan');
  t.end();
});

t.test('reading ends at the end of the data, or when the callback returns false', (t) => {
  t.equal(follow('ffd8').end, 2);
  t.equal(follow(`ffd8 ${segment('e0', '01')}`).end, 7);
  t.match(follow(`ffd8 ${segment('e0', '01')} ${segment('e1', '02')}`, 1), { end: 2, seen: { length: 1 } });
  t.equal(follow(`ffd8 ${segment('e0', '01')} ${segment('e1', '02')} 00`, 2).end, 7);
  t.end();
});

t.test('an invalid structure is refused with its reason', (t) => {
  for (const [text, reason] of [
    ['ffd8 00', MALFORMED],
    [`ffd8 ${segment('e0', '01')} 00`, MALFORMED],
    ['ffd8 ff', TRUNCATED],
    ['ffd8 ffff', TRUNCATED],
    ['ffd8 ffd8', TRUNCATED],
    ['ffd8 ff00', MALFORMED],
    ['ffd8 ffd0', MALFORMED],
    ['ffd8 ff01 0002', MALFORMED],
    ['ffd8 ffe0', TRUNCATED],
    ['ffd8 ffe0 00', TRUNCATED],
    ['ffd8 ffe0 0000', MALFORMED],
    ['ffd8 ffe0 0001', MALFORMED],
    ['ffd8 ffe0 0003', TRUNCATED],
    ['ffd8 ffe0 0004 01', TRUNCATED],
  ] as const)
    t.same(follow(text).end, reason, text);
  t.equal(follow('ffd8 ffe0 0002').end, 6);
  t.equal(follow('ffd8 ffe0 0004 0102').end, 8);
  t.end();
});

t.test('segments and fill bytes are read up to their limits', (t) => {
  const many = (count: number): Buffer =>
    Buffer.concat([hex('ffd8'), Buffer.alloc(4 * count, hex('ffe00002')), hex(SCAN)]);
  t.equal(
    followSegments(many(4095), 2, () => true),
    2 + 4 * 4095,
  );
  t.same(
    followSegments(many(4096), 2, () => true),
    MALFORMED,
  );

  const filled = (count: number): Buffer => Buffer.concat([hex('ffd8'), Buffer.alloc(count, 0xff), hex('da')]);
  t.equal(
    followSegments(filled(65_536), 2, () => true),
    2 + 65_535,
  );
  t.same(
    followSegments(filled(65_537), 2, () => true),
    MALFORMED,
  );
  t.end();
});

t.test('size, coding and tables are read from the header', (t) => {
  t.same(readJpegHeader(hex(`ffd8 ${SOF} ${SCAN}`)), { width: 64, height: 48, coding: 0xc0, tables: false, scan: 15 });
  t.match(readJpegHeader(hex(`ffd8 ${segment('c4', '00')} ${SOF} ${SCAN}`)), { tables: true });
  t.match(readJpegHeader(hex(`ffd8 ${SOF} ${segment('c2', '08 1234 5678 01 011100')}`)), { coding: 0xc0, width: 64 });
  t.match(readJpegHeader(hex(`ffd8 ${segment('c2', '08 1234 5678 01 011100')}`)), {
    ...{ coding: 0xc2, height: 0x1234, width: 0x5678, scan: 15 },
  });
  t.end();
});

t.test('a header without a size, or with an incomplete one, is refused', (t) => {
  const none = { reason: 'JPEG without a size' };
  t.same(readJpegHeader(hex(`ffd8 ${SCAN}`)), none);
  t.same(readJpegHeader(hex(`ffd8 ${segment('c0', '08 0000 0040 01 011100')} ${SCAN}`)), none);
  t.same(readJpegHeader(hex(`ffd8 ${segment('c0', '08 0030 0000 01 011100')} ${SCAN}`)), none);
  t.same(readJpegHeader(hex(`ffd8 ${segment('c0', '08 0030 0040 01 0111')} ${SCAN}`)), none, 'one byte too few');
  t.same(readJpegHeader(hex(`ffd8 ${segment('db', '08 0030 0040 01 011100')} ${SCAN}`)), none);
  t.same(readJpegHeader(hex('ffd8 ff00')), MALFORMED);
  t.end();
});

t.test('the beginning of a picture inside tables means truncated tables; in other segments it is allowed', (t) => {
  for (const [text, isTorn] of [
    [segment('db', '00ffd8ffe000'), true],
    [segment('db', 'ffd8ffdb'), true],
    [segment('c4', '0000ffd8ffc4'), true],
    [segment('db', '00ffd8'), true],
    [segment('db', '00ffd8ff00'), false],
    [segment('db', '00ffd800e0'), false],
    [segment('db', '00ffd9ffe0'), false],
    [segment('db', '00fed8ffe0'), false],
    [segment('e1', '00ffd8ffe000'), false],
    [segment('fe', '00ffd8ffe000'), false],
  ] as const) {
    const found = readJpegHeader(hex(`ffd8 ${text} ${SOF} ${SCAN}`));
    t.match(found, isTorn ? TRUNCATED : { width: 64 }, text);
  }
  t.same(readJpegHeader(hex(`ffd8 ${segment('db', '00ff')} ffd8`)), TRUNCATED);
  t.same(
    readJpegHeader(hex(`ffd8 ${SOF} ${segment('db', '00ff')} d8ffe0`)),
    MALFORMED,
    'the end of a segment is not searched',
  );
  t.end();
});
