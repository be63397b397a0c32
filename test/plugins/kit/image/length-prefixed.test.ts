// Length-prefixed pictures: wanted, skipped and refused ones, in any chunking.

import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import {
  createLengthPrefixedReader,
  type LengthPrefixedEvents,
  type LengthPrefixedOptions,
} from '../../../../plugins/kit/image/length-prefixed.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function reading(options: Partial<LengthPrefixedOptions> = {}, wanted?: LengthPrefixedEvents['wanted']) {
  const events: string[] = [];
  const reader = createLengthPrefixedReader(
    { order: 'big', max: 1000, ...options },
    {
      ...(wanted ? { wanted } : {}),
      picture(data) {
        events.push(data.toString('hex'));
        t.equal(data.byteOffset, HEADROOM);
      },
      refused: (length, read) => events.push(`refused ${length} ${read.toString('hex')}`),
    },
  );
  return { reader, events };
}

/** The events and the number of bytes read; they are the same for every chunk size. */
function read(text: string, options: Partial<LengthPrefixedOptions> = {}, wanted?: LengthPrefixedEvents['wanted']) {
  const bytes = hex(text);
  const results = [bytes.length, 1, 2, 3, 5].map((step) => {
    const { reader, events } = reading(options, wanted);
    let taken = 0;
    for (let at = 0; at < bytes.length; at += step) taken += reader.push(bytes.subarray(at, at + step));
    return { events, taken, pending: reader.pending };
  });
  for (const result of results) t.same(result, results[0]);
  return results[0];
}

t.test('each length is followed by its picture', (t) => {
  t.same(read('00000003 010203 00000001 ff'), { events: ['010203', 'ff'], taken: 12, pending: 0 });
  t.same(read('03000000 010203', { order: 'little' }), { events: ['010203'], taken: 7, pending: 0 });
  t.same(
    read('00000000 00000001 07 00000000'),
    { events: ['07'], taken: 13, pending: 0 },
    'an empty picture is skipped',
  );
  t.end();
});

t.test('an incomplete picture is pending, its length included', (t) => {
  for (const [text, pending] of [
    ['', 0],
    ['0000', 2],
    ['00000003', 4],
    ['00000003 0102', 6],
    ['00000003 010203', 0],
    ['00000003 010203 00', 1],
  ] as const)
    t.equal(read(text)?.pending, pending, text);
  t.equal(read('00000005 ff', { strict: true })?.pending, 5);
  t.equal(read('00000005 ffd8', { strict: true })?.pending, 6);
  t.end();
});

t.test('a length over the limit or below zero is refused, and reading stops', (t) => {
  t.same(read('00000003 010203', { max: 3 })?.events, ['010203']);
  t.same(read('00000004 01020304', { max: 3 }), { events: ['refused 4 00000004'], taken: 4, pending: 4 });
  t.same(read('ffffffff 01'), { events: ['refused -1 ffffffff'], taken: 4, pending: 4 });
  t.end();
});

t.test('a strict reader refuses a picture that does not begin like a JPEG or a PNG', (t) => {
  const strict = { strict: true };
  t.same(read('00000003 ffd8ff 00000002 8950', strict)?.events, ['ffd8ff', '8950']);
  t.same(read('00000000 00000002 ffd8', strict)?.events, ['ffd8']);
  t.same(read('00000003 ffd9ff', strict), { events: ['refused 3 00000003ffd9'], taken: 6, pending: 6 });
  t.same(read('00000001 ff 00', strict), { events: ['refused 1 00000001ff'], taken: 5, pending: 5 });
  t.same(read('00000003 895100', strict)?.events, ['refused 3 000000038951']);
  t.end();
});

t.test('an unwanted picture is skipped', (t) => {
  const lengths: number[] = [];
  const wanted = (length: number): boolean => {
    lengths.push(length);
    return length !== 2;
  };
  t.same(read('00000002 0102 00000003 030405 00000000', {}, wanted)?.events, ['030405']);
  t.same(lengths.slice(0, 2), [2, 3]);
  t.notOk(lengths.includes(0), 'not called for an empty picture');
  const { reader, events } = reading({ strict: true }, () => false);
  reader.push(hex('00000003 01'));
  t.equal(reader.pending, 5);
  reader.push(hex('0203'));
  t.same([events, reader.pending], [[], 0]);
  t.end();
});

t.test('after a restart, the next byte is the first of a length', (t) => {
  const { reader, events } = reading({ max: 3 });
  reader.push(hex('00000003 01'));
  reader.restart();
  t.equal(reader.pending, 0);
  reader.push(hex('00000001 02 00000009'));
  t.equal(reader.push(hex('aa')), 0, 'refused');
  reader.restart();
  t.equal(reader.push(hex('00000002 0405')), 6);
  t.same(events, ['02', 'refused 9 00000009', '0405']);
  t.end();
});

t.test('memory is reserved as bytes arrive, not for the claimed length', (t) => {
  const taken: Buffer[] = [];
  const reader = createLengthPrefixedReader(
    { order: 'big', max: 1 << 30 },
    { picture: (data) => void taken.push(data), refused: () => t.fail('refused') },
  );
  const before = process.memoryUsage().arrayBuffers;
  reader.push(hex('30000000 01'));
  t.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
  reader.restart();
  const large = Buffer.alloc(200_000, 7);
  for (let count = 0; count < 2; count++) {
    reader.push(hex('00030d40'));
    for (let at = 0; at < large.length; at += 10_000) reader.push(large.subarray(at, at + 10_000));
  }
  const [, second] = taken;
  t.ok(second?.equals(large));
  t.ok((second?.buffer.byteLength ?? 0) < 201_000, 'only the memory it needs, once the size is known');
  t.end();
});
