// The body of a response: by length, in chunks or up to the end, in pieces of any size, and with the mistakes of cameras.

import t from 'tap';
import { createBodyReader } from '../../../../plugins/kit/camera/body.ts';
import { createChunkReader } from '../../../../plugins/kit/camera/chunks.ts';
import type { Framing } from '../../../../plugins/kit/camera/framing.ts';

/** Characters of a size line, and of a trailer. */
const MAX_CHUNK_LINE = 4096;
const MAX_TRAILER = 16_384;

function chunked(text: string, step = Math.max(1, text.length)) {
  const odd: string[] = [];
  let data = '';
  let stopped = 0;
  const reader = createChunkReader((code) => odd.push(code));
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length && reader.state === 'open'; at += step) {
    const chunk = bytes.subarray(at, at + step);
    stopped =
      at +
      reader.push(chunk, (part) => {
        data += part.toString('latin1');
      });
  }
  return { state: reader.state, data, rest: text.slice(stopped), odd };
}

/** The same in one piece and in small pieces. */
function all(text: string) {
  const whole = chunked(text);
  for (const step of [1, 2, 5]) t.same(chunked(text, step), whole, `by ${step}`);
  return whole;
}

t.test('chunks are joined, and bytes after the last one are left', (t) => {
  const done = { state: 'done', rest: '', odd: [] };
  t.same(all('3\r\nabc\r\n0\r\n\r\n'), { ...done, data: 'abc' });
  t.same(all('A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\nHTTP'), { ...done, data: '0123456789x', rest: 'HTTP' });
  t.same(all('0x3 ; name="v"\r\nabc\r\n00\r\nT: 1\r\nU: 2\r\n\r\n'), { ...done, data: 'abc' });
  t.same(all('3\nabc\n0\n\n'), { ...done, data: 'abc' });
  t.same(all('0\r\n\r\n'), { ...done, data: '' });
  t.same(all('5\r\nabc'), { ...done, state: 'open', data: 'abc' });
  t.same(all('3\r\nabc\r\n0\r\n'), { ...done, state: 'open', data: 'abc' });
  t.same(all('fffffffffffff\r\nabc'), { ...done, state: 'open', data: 'abc' }, 'the longest size');
  t.end();
});

t.test('extra and missing line ends are ignored, and reported', (t) => {
  const done = { state: 'done', data: 'abcde', rest: '' };
  t.same(all('3\r\nabc2\r\nde\r\n0\r\n\r\n'), { ...done, odd: ['bad_chunk'] });
  t.same(all('3\r\nabc\r\n\r\n2\r\nde\r\n0\r\n\r\n'), { ...done, odd: ['bad_chunk'] });
  t.same(all('3\r\nabc\r\n \r\n\r\n2\r\nde\r\n0\r\n\r\n'), { ...done, odd: ['bad_chunk', 'bad_chunk'] });
  t.same(all('3\r\nabc\r2\r\nde\r\n0\r\n\r\n'), { ...done, odd: ['bad_chunk'] });
  t.same(all('3\r\nabc\r\r\n2\r\nde\r\n0\r\n\r\n'), { ...done, odd: [] });
  t.end();
});

t.test('a line without a valid size is malformed', (t) => {
  for (const text of [
    '\r\n3\r\nabc',
    'x\r\n',
    '-1\r\n',
    '3 3\r\n',
    '10000000000000\r\n'.padStart(16, '0'),
    '3\r\nabc\r\nzz\r\n',
  ])
    t.equal(all(text).state, 'malformed', JSON.stringify(text));
  t.end();
});

t.test('a body that is not chunked is passed on from its first byte', (t) => {
  for (const text of ['\xff\xd8\xff\xe0 a picture', '--frame\r\nContent-Length: 5\r\n', ' --x', '\x89PNG\r\n']) {
    for (const step of [1, 2, 100]) {
      const { state, odd, data, rest } = chunked(text, step);
      // The reader of the body passes on the rest by itself.
      t.same([state, odd, data + rest], ['raw', ['not_chunked'], text], JSON.stringify(text));
    }
  }
  t.equal(chunked('--frame\r\n').rest, '');
  t.equal(all('2\r\n--\r\n2\r\n\xff\xd8\r\n0\r\n\r\n').state, 'done', 'only at the beginning');
  t.equal(all('2\r\n--\r\n--x\r\n').state, 'malformed');
  t.end();
});

t.test('the longest size line and the longest trailer are read, and longer ones are malformed', (t) => {
  const line = (length: number) => all(`3;${'x'.repeat(length - 2)}\r\nabc`).state;
  t.equal(line(MAX_CHUNK_LINE - 1), 'open');
  t.equal(chunked(`3;${'x'.repeat(MAX_CHUNK_LINE - 2)}`).state, 'open');
  t.equal(chunked(`3;${'x'.repeat(MAX_CHUNK_LINE - 1)}`).state, 'malformed');
  t.equal(chunked(`3;${'x'.repeat(2 * MAX_CHUNK_LINE)}\r\n`, 1000).state, 'malformed');

  const trailer = (length: number): string =>
    `0\r\n${`${'t'.repeat(1024)}\r\n`.repeat(15)}${'t'.repeat(length - 15 * 1024)}\r\n\r\n`;
  t.equal(chunked(trailer(MAX_TRAILER)).state, 'done');
  t.equal(chunked(trailer(MAX_TRAILER + 1)).state, 'malformed');
  t.end();
});

function body(framing: Framing, pieces: readonly string[], enough = Number.POSITIVE_INFINITY) {
  const odd: string[] = [];
  let data = '';
  const reader = createBodyReader(framing, (code) => odd.push(code));
  const take = (chunk: Buffer): boolean => {
    data += chunk.toString('latin1');
    return data.length >= enough;
  };
  reader.handTo(take);
  for (const piece of pieces) reader.push(Buffer.from(piece, 'latin1'));
  const seen = () => ({ data, state: reader.state, enough: reader.isEnough, exact: reader.isExact, odd });
  return { reader, seen, take };
}

const seen = { data: '', state: 'open', enough: false, exact: true, odd: [] };

t.test('a body of a known length ends there; bytes after it are kept for readOn', (t) => {
  const length = { is: 'length', bytes: 5 } as const;
  t.same(body(length, ['abc']).seen(), { ...seen, data: 'abc' });
  t.same(body(length, ['abc', 'de']).seen(), { ...seen, data: 'abcde', state: 'complete' });
  t.same(body({ is: 'length', bytes: 0 }, []).seen(), { ...seen, state: 'complete' });
  t.same(body({ is: 'none' }, ['x']).seen(), { ...seen, state: 'complete', exact: false });
  const { reader, seen: now } = body(length, ['abcd', 'efg', 'h']);
  t.same(now(), { ...seen, data: 'abcde', state: 'complete', exact: false });

  reader.readOn();
  t.same(now(), { ...seen, data: 'abcdefgh', odd: ['longer_than_length', 'longer_than_length'] });
  reader.push(Buffer.from('i'));
  reader.close();
  t.same(now(), { ...seen, data: 'abcdefghi', state: 'complete', odd: ['longer_than_length', 'longer_than_length'] });
  t.end();
});

t.test('the end of the connection completes a body or cuts it short', (t) => {
  for (const [framing, pieces, after, odd] of [
    [{ is: 'close' }, ['abc'], 'complete', []],
    [{ is: 'length', bytes: 5 }, ['abc'], 'cut', ['shorter_than_length']],
    [{ is: 'length', bytes: 3 }, ['abc'], 'complete', []],
    [{ is: 'chunked' }, ['5\r\nabc'], 'cut', []],
    [{ is: 'chunked' }, ['zz\r\nabc'], 'malformed', []],
    [{ is: 'chunked' }, ['--x', 'abc'], 'complete', ['not_chunked']],
  ] as const) {
    const { reader, seen: now } = body(framing, pieces);
    reader.close();
    reader.close();
    t.match(now(), { state: after, odd }, framing.is);
  }
  t.end();
});

t.test('chunks are extracted, and bytes after the last one are not part of the body', (t) => {
  t.same(body({ is: 'chunked' }, ['3\r\na', 'bc\r\n0\r\n\r\nxy']).seen(), {
    ...{ ...seen, data: 'abc', state: 'complete', exact: false },
  });
  t.same(body({ is: 'chunked' }, ['3\r\nabc\r\n0\r\n\r\n']).seen(), { ...seen, data: 'abc', state: 'complete' });
  t.match(body({ is: 'chunked' }, ['--x', 'abc', '--x']).seen(), { data: '--xabc--x', state: 'open' });
  t.end();
});

t.test('after enough, nothing more is passed on until another function takes over', (t) => {
  const { reader, seen: now, take } = body({ is: 'close' }, ['ab', 'cd', 'ef'], 3);
  t.same(now(), { ...seen, data: 'abcd', enough: true });

  reader.handTo(() => {});
  t.notOk(reader.isEnough);
  reader.push(Buffer.from('gh'));
  reader.handTo(take);
  reader.push(Buffer.alloc(0));
  t.match(now(), { data: 'abcd', enough: false }, 'an empty chunk is not passed on');
  t.end();
});

t.test('up to one mebibyte after the end is kept', (t) => {
  const kept = (...sizes: number[]): number => {
    const { reader, seen: now } = body(
      { is: 'none' },
      sizes.map((size) => 'x'.repeat(size)),
    );
    reader.readOn();
    return now().data.length;
  };

  t.equal(kept(1024 * 1024), 1024 * 1024);
  t.equal(kept(1024 * 1024 + 1), 0);
  t.equal(kept(1024 * 1024 - 1, 2), 1024 * 1024 - 1);
  t.equal(kept(1024 * 1024 - 1, 1), 1024 * 1024);
  t.end();
});
