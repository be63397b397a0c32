// The tolerant reader of HTTP responses: every limit is reached, and no camera blocks the event loop.

import t from 'tap';
import { createBodyReader } from '../../../../plugins/kit/camera/body.ts';
import { createChunkReader, MAX_CHUNK_LINE, MAX_TRAILER } from '../../../../plugins/kit/camera/chunks.ts';
import { createCookieJar, MAX_COOKIE_BYTES, MAX_COOKIES } from '../../../../plugins/kit/camera/cookies.ts';
import { createHeadReader, MAX_FIELDS, MAX_HEAD_BYTES, MAX_PRELUDE } from '../../../../plugins/kit/camera/head.ts';
import { MAX_SCAN_BYTES, scanLength } from '../../../../plugins/kit/image/scan-length.ts';
import { CEILING_MS, longestTurn } from '../../../support/longest-turn.ts';

const read = (text: string, step = text.length) => {
  const odd: string[] = [];
  const reader = createHeadReader((code) => odd.push(code));
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length && reader.state.is === 'open'; at += step)
    reader.take(bytes.subarray(at, at + step), 0);
  return { state: reader.state, odd };
};
const OK = 'HTTP/1.1 200 OK\r\n';

t.test('a head is read the same in pieces of any size', async (t) => {
  const text = `HTTP/1.1 100 Continue\r\n\r\n${OK}A: 1\r\n b\r\nA: 2\nSet-Cookie: x=1\r\n\r\n`;
  const whole = read(text);

  t.match(whole.state, { is: 'done', head: { status: 200, headers: { a: '1 b, 2' }, cookies: ['x=1'] } });
  for (const step of [1, 2, 3, 7]) t.same(read(text, step), whole);
});

t.test('a head is limited in bytes, fields and preceding lines', async (t) => {
  const long = read(`${OK}A: ${'x'.repeat(MAX_HEAD_BYTES)}`);
  const many = read(`${OK}${Array.from({ length: MAX_FIELDS + 5 }, (_, n) => `F${n}: 1\r\n`).join('')}\r\n`);
  const interim = read('HTTP/1.1 100 Continue\r\n\r\n'.repeat(MAX_PRELUDE + 1));

  t.match(long.state, { is: 'refused', why: /too large/ });
  t.ok(many.state.is === 'done' && Object.keys(many.state.head.headers).length === MAX_FIELDS);
  t.ok(many.odd.includes('many_headers'));
  t.match(interim.state, { is: 'refused', why: /too many/ });
  t.match(read('SSH-2.0-x\r\n').state, { is: 'refused', why: 'it begins with "SSH-2.0-x"' });
});

t.test('chunks are limited in their size lines and trailer', async (t) => {
  const parts: string[] = [];
  const feed = (text: string) => {
    const reader = createChunkReader(() => {});
    reader.push(Buffer.from(text, 'latin1'), (part) => parts.push(part.toString('latin1')));
    return reader.state;
  };

  t.equal(feed('3;x=y\r\nabc\r\n2\nde\n0\r\nT: 1\r\n\r\n'), 'done');
  t.equal(parts.join(''), 'abcde');
  t.equal(feed(`1;${'x'.repeat(MAX_CHUNK_LINE)}`), 'malformed');
  t.equal(feed(`0\r\n${'T: 1234567890\r\n'.repeat(MAX_TRAILER / 10)}`), 'malformed');
  t.equal(feed('zz\r\n'), 'malformed');
  t.equal(feed('--frame\r\n'), 'raw');
});

t.test('bytes beyond the length are kept within a limit', async (t) => {
  const body = createBodyReader({ is: 'length', bytes: 1 }, () => {});
  for (let count = 0; count < 5; count++) body.push(Buffer.alloc(512 * 1024, 1));
  let bytes = 0;
  body.handTo((chunk) => {
    bytes += chunk.length;
  });

  body.readOn();

  t.ok(bytes > 0 && bytes <= 1024 * 1024, `${bytes} bytes were kept`);
});

t.test('cookies are limited, stay with their origin and path, and can be deleted', async (t) => {
  const jar = createCookieJar(() => 1_000_000);
  const url = new URL('http://cam:81/a/b');

  jar.keep(url, ['sid=1; path=/', 'deep=2', `big=${'x'.repeat(MAX_COOKIE_BYTES)}`, 'nothing']);

  t.equal(jar.header(url), 'sid=1; deep=2');
  t.equal(jar.header(new URL('http://cam:81/x')), 'sid=1');
  t.equal(jar.header(new URL('http://cam:82/a/b')), undefined);
  t.equal(jar.header(new URL('https://cam:81/a/b')), undefined);
  jar.keep(url, ['sid=; path=/; Max-Age=0']);
  t.equal(jar.header(new URL('http://cam:81/x')), undefined);
  jar.keep(
    url,
    Array.from({ length: 2 * MAX_COOKIES }, (_, n) => `c${n}=1; path=/`),
  );
  t.equal(jar.header(url)?.split('; ').length, MAX_COOKIES);
});

t.test('a picture that is too large to be followed is not repaired', async (t) => {
  t.equal(scanLength(Buffer.alloc(MAX_SCAN_BYTES + 1)), undefined);
});

t.test('heads and chunks designed to be slow stay under 100 ms of processor time', async (t) => {
  for (const text of [
    `${OK}${':\n'.repeat(MAX_HEAD_BYTES / 2)}`,
    `${OK}${' \n'.repeat(MAX_HEAD_BYTES / 2)}`,
    '\n'.repeat(1e6),
  ]) {
    const turn = await longestTurn(() => void read(text, 1024));
    t.ok(turn < CEILING_MS, `${turn.toFixed(1)} ms`);
  }
});
