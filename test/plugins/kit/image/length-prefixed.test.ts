// Pictures behind their length, as events: what is announced, kept, passed over and refused, in any chunking.

import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import {
  createLengthPrefixedReader,
  type LengthPrefixedEvents,
  type LengthPrefixedOptions,
} from '../../../../plugins/kit/image/length-prefixed.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function reading(options: Partial<LengthPrefixedOptions> = {}, wanted?: LengthPrefixedEvents['wanted']) {
  const told: string[] = [];
  const reader = createLengthPrefixedReader(
    { order: 'big', max: 1000, ...options },
    {
      ...(wanted ? { wanted } : {}),
      picture(data) {
        told.push(data.toString('hex'));
        t.equal(data.byteOffset, HEADROOM);
      },
      refused: (length, read) => told.push(`refused ${length} ${read.toString('hex')}`),
    },
  );
  return { reader, told };
}

/** What is told, and how many bytes were read, in one chunk and in pieces. */
function read(text: string, options: Partial<LengthPrefixedOptions> = {}, wanted?: LengthPrefixedEvents['wanted']) {
  const bytes = hex(text);
  const results = [bytes.length, 1, 2, 3, 5].map((step) => {
    const { reader, told } = reading(options, wanted);
    let taken = 0;
    for (let at = 0; at < bytes.length; at += step) taken += reader.push(bytes.subarray(at, at + step));
    return { told, taken, pending: reader.pending };
  });
  for (const one of results) t.same(one, results[0]);
  return results[0];
}

t.test('each length is followed by its picture', (t) => {
  t.same(read('00000003 010203 00000001 ff'), { told: ['010203', 'ff'], taken: 12, pending: 0 });
  t.same(read('03000000 010203', { order: 'little' }), { told: ['010203'], taken: 7, pending: 0 });
  t.same(read('00000000 00000001 07 00000000'), { told: ['07'], taken: 13, pending: 0 }, 'an empty one is none');
  t.end();
});

t.test('what is not complete is pending, its length included', (t) => {
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

t.test('a length over the limit or below zero is refused, and nothing more is read', (t) => {
  t.same(read('00000003 010203', { max: 3 })?.told, ['010203']);
  t.same(read('00000004 01020304', { max: 3 }), { told: ['refused 4 00000004'], taken: 4, pending: 4 });
  t.same(read('ffffffff 01'), { told: ['refused -1 ffffffff'], taken: 4, pending: 4 });
  t.end();
});

t.test('a strict reader refuses what does not begin like a JPEG or a PNG', (t) => {
  const strict = { strict: true };
  t.same(read('00000003 ffd8ff 00000002 8950', strict)?.told, ['ffd8ff', '8950']);
  t.same(read('00000000 00000002 ffd8', strict)?.told, ['ffd8']);
  t.same(read('00000003 ffd9ff', strict), { told: ['refused 3 00000003ffd9'], taken: 6, pending: 6 });
  t.same(read('00000001 ff 00', strict), { told: ['refused 1 00000001ff'], taken: 5, pending: 5 });
  t.same(read('00000003 895100', strict)?.told, ['refused 3 000000038951']);
  t.end();
});

t.test('a picture that is not wanted passes', (t) => {
  const asked: number[] = [];
  const wanted = (length: number): boolean => {
    asked.push(length);
    return length !== 2;
  };
  t.same(read('00000002 0102 00000003 030405 00000000', {}, wanted)?.told, ['030405']);
  t.same(asked.slice(0, 2), [2, 3]);
  t.notOk(asked.includes(0), 'nobody is asked about nothing');
  const { reader, told } = reading({ strict: true }, () => false);
  reader.push(hex('00000003 01'));
  t.equal(reader.pending, 5);
  reader.push(hex('0203'));
  t.same([told, reader.pending], [[], 0]);
  t.end();
});

t.test('after a restart the next byte is the first of a length', (t) => {
  const { reader, told } = reading({ max: 3 });
  reader.push(hex('00000003 01'));
  reader.restart();
  t.equal(reader.pending, 0);
  reader.push(hex('00000001 02 00000009'));
  t.equal(reader.push(hex('aa')), 0, 'refused');
  reader.restart();
  t.equal(reader.push(hex('00000002 0405')), 6);
  t.same(told, ['02', 'refused 9 00000009', '0405']);
  t.end();
});

t.test('memory is reserved as bytes come, however long the first picture claims to be', (t) => {
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
  t.ok((second?.buffer.byteLength ?? 0) < 201_000, 'exactly what it needs, once the size is known');
  t.end();
});
