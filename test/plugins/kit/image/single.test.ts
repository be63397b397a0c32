// Messages of one picture each: joined, kept without a copy, repaired, or skipped with a reason.

import t from 'tap';
import type { Image } from '../../../../core/contract/frame.ts';
import { deliverPicture, gather, toRepairedImage } from '../../../../plugins/kit/image/single.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const jpeg = sampleJpeg();

interface Results {
  readonly delivered: { readonly data: Buffer; readonly hasHeadroom: boolean }[];
  readonly skipped: (readonly [number, string])[];
}

function gathering(max: number, given?: 'plain' | 'headroom') {
  const results: Results = { delivered: [], skipped: [] };
  const sink = { image: () => {}, skipped: (bytes: number, why: string) => void results.skipped.push([bytes, why]) };
  const parser = gather(
    max,
    sink,
    (data, _, hasHeadroom) => results.delivered.push({ data, hasHeadroom }),
    given as never,
  );
  return { parser, results };
}
const own = (text: string): Buffer => {
  const bytes = Buffer.from(new ArrayBuffer(text.length));
  bytes.write(text, 'latin1');
  return bytes;
};

t.test('chunks are joined at the end of each message', (t) => {
  const { parser, results } = gathering(100);
  for (const message of [['ab', 'cd'], ['e'], [], ['fgh', 'i', 'j']]) {
    for (const chunk of message) parser.push(own(chunk));
    parser.end();
  }

  t.same(
    results.delivered.map(({ data, hasHeadroom }) => [data.toString(), hasHeadroom]),
    ['abcd', 'e', '', 'fghij'].map((text) => [text, true]),
  );
  t.end();
});

t.test('a message over the limit is counted and not kept', (t) => {
  const { parser, results } = gathering(4);
  for (const message of [['abcd'], ['abc', 'de'], ['abcdef'], ['x']]) {
    for (const chunk of message) parser.push(own(chunk));
    parser.end();
  }

  t.same(
    results.delivered.map(({ data }) => data.toString()),
    ['abcd', 'x'],
  );
  t.same(results.skipped, [
    [5, 'over max_frame'],
    [6, 'over max_frame'],
  ]);
  t.end();
});

t.test('a single chunk that belongs to the parser is not copied, unless it retains much more memory', (t) => {
  for (const [given, hasHeadroom] of [
    ['plain', false],
    ['headroom', true],
  ] as const) {
    const { parser, results } = gathering(1e6, given);
    const chunk = own('abcd');
    parser.push(chunk);
    parser.end();
    t.equal(results.delivered[0]?.data, chunk);
    t.equal(results.delivered[0]?.hasHeadroom, hasHeadroom);
  }
  const { parser, results } = gathering(1e6, 'plain');
  const limit = 2 * 1000 + 16 * 1024;
  for (const size of [limit, limit + 1]) {
    parser.push(Buffer.from(new ArrayBuffer(size), 0, 1000));
    parser.end();
  }
  t.same(
    results.delivered.map(({ data, hasHeadroom }) => [data.length, data.buffer.byteLength === limit, hasHeadroom]),
    [
      [1000, true, false],
      [1000, false, true],
    ],
  );
  t.end();
});

t.test('a second chunk is joined to the first, which stays unchanged', (t) => {
  const { parser, results } = gathering(6, 'plain');
  parser.push(own('abc'));
  parser.push(own('de'));
  parser.push(own('f'));
  parser.end();
  parser.push(own('abc'));
  parser.push(own('defg'));
  parser.end();
  parser.push(own('z'));
  parser.end();

  t.same(
    results.delivered.map(({ data, hasHeadroom }) => [data.toString(), hasHeadroom]),
    [
      ['abcdef', true],
      ['z', false],
    ],
  );
  t.same(results.skipped, [[7, 'over max_frame']]);
  t.end();
});

t.test('joined chunks take only the memory they need', (t) => {
  const { parser, results } = gathering(1e6, 'plain');
  parser.push(Buffer.from(new ArrayBuffer(100_000)));
  parser.push(Buffer.from(new ArrayBuffer(10_000)));
  parser.end();

  t.ok((results.delivered[0]?.data.buffer.byteLength ?? Number.NaN) < 115_000);
  t.end();
});

t.test('only stray bytes and a missing end are repaired and reported', (t) => {
  const repaired = (data: Buffer, hasHeadroom = true): unknown[] => {
    const odd: string[] = [];
    const image = toRepairedImage(data, (code) => odd.push(code), hasHeadroom);
    return ['reason' in image ? image.reason : [image.data.equals(jpeg), image.hasHeadroom], ...odd];
  };
  const table = jpeg.indexOf(Buffer.from([0xff, 0xdb]));
  const stray = Buffer.concat([jpeg.subarray(0, table), Buffer.alloc(3), jpeg.subarray(table)]);

  t.same(repaired(jpeg), [[true, true]]);
  t.same(repaired(jpeg, false), [[true, false]]);
  t.same(repaired(stray, false), [[true, true], 'stray_bytes'], 'in its own buffer');
  t.same(repaired(jpeg.subarray(0, -2), false), [[true, true], 'no_end']);
  t.same(repaired(jpeg.subarray(0, -20)), ['truncated']);
  t.same(repaired(Buffer.from('GIF89a')), ['neither JPEG nor PNG']);
  t.same(repaired(stray.subarray(0, -20)), ['truncated'], 'stray bytes in a truncated picture');
  t.end();
});

t.test('a picture is passed to the sink, or skipped with its reason', (t) => {
  const images: Image[] = [];
  const reports: unknown[] = [];
  const sink = {
    image: (image: Image) => void images.push(image),
    skipped: (bytes: number, why: string) => void reports.push([bytes, why]),
    odd: (code: string) => void reports.push(code),
  };
  deliverPicture(Buffer.concat([jpeg, Buffer.alloc(2)]), sink, false);
  deliverPicture(jpeg.subarray(0, -2), sink, false);
  deliverPicture(Buffer.from('GIF'), sink, true);

  t.same(
    images.map(({ data, hasHeadroom }) => [data.equals(jpeg), hasHeadroom]),
    [
      [true, false],
      [true, true],
    ],
  );
  t.same(reports, ['no_end', [3, 'neither JPEG nor PNG']]);
  t.end();
});
