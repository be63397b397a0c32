// The head of a response, as cameras write it: accepted heads, reported oddities, and refused heads.

import t from 'tap';
import { framingOf } from '../../../../plugins/kit/camera/framing.ts';
import { createHeadReader } from '../../../../plugins/kit/camera/head.ts';
import { requestBytes } from '../../../../plugins/kit/camera/request.ts';

/** Bytes of a head, and answers or empty lines before it. */
const MAX_HEAD_BYTES = 65_536;
const MAX_PRELUDE = 8;

interface Read {
  readonly is: 'open' | 'done' | 'refused';
  readonly why?: string;
  readonly status?: number;
  readonly closes?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  /** The body: bytes read beyond the head, and unread bytes. */
  readonly body?: string;
  readonly odd: readonly string[];
}

function read(text: string, step = Math.max(1, text.length)): Read {
  const odd: string[] = [];
  const reader = createHeadReader((code) => odd.push(code));
  const bytes = Buffer.from(text, 'latin1');
  let rest = '';
  for (let at = 0; at < bytes.length; at += step) {
    const chunk = bytes.subarray(at, at + step);
    const stop = reader.state.is === 'open' ? reader.take(chunk, 0) : 0;
    if (reader.state.is === 'done') rest += chunk.toString('latin1', stop);
  }
  const { state } = reader;
  if (state.is === 'refused') return { is: 'refused', why: state.why, odd };
  if (state.is === 'open') return { is: 'open', odd };
  return { is: 'done', ...state.head, body: state.early.toString('latin1') + rest, odd };
}

/** The same in one chunk and in single bytes. */
function head(text: string): Read {
  const whole = read(text);
  for (const step of [1, 3]) t.same(read(text, step), whole, `by ${step}`);
  return whole;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const plain = { is: 'done', status: 200, closes: false, headers: {}, cookies: [], body: '', odd: [] } as const;

t.test('a plain head ends with an empty line, and the body follows it', (t) => {
  t.same(head(`${OK}\r\n`), plain);
  t.same(head(`${OK}A: 1\r\nB-c:2 \r\n\r\nbody\r\n`), { ...plain, headers: { a: '1', 'b-c': '2' }, body: 'body\r\n' });
  t.same(head(`${OK}A: 1\r\n`), { is: 'open', odd: [] });
  t.same(head(''), { is: 'open', odd: [] });
  t.end();
});

t.test('the status line of cameras', (t) => {
  for (const [line, status, closes, odd] of [
    ['HTTP/1.1 404 Not Found', 404, false, []],
    ['HTTP/1.1 404', 404, false, []],
    ['http/1.1 503 x', 503, false, []],
    ['HTTP/1.0 200 OK', 200, true, []],
    ['HTTP/1 200 OK', 200, false, []],
    ['HTTP/2.0 200', 200, true, []],
    ['HTTP 200 OK', 200, true, []],
    ['ICY 200 OK', 200, true, []],
    ['  HTTP/1.1 200 OK', 200, false, []],
    ['HTTP/1.1', 200, false, ['status_line']],
    ['HTTP/1.1 OK', 200, false, ['status_line']],
    ['HTTP/1.1 2000 OK', 200, false, ['status_line']],
    ['HTTP/1.1 101 Switching', 101, false, []],
  ] as const)
    t.same(head(`${line}\r\n\r\n`), { ...plain, status, closes, odd }, line);
  t.end();
});

t.test('without a status line, headers are an answer with 200', (t) => {
  t.same(head('Content-Type: image/jpeg\r\nX: 1\r\n\r\nb'), {
    ...plain,
    ...{ closes: true, headers: { 'content-type': 'image/jpeg', x: '1' }, body: 'b', odd: ['status_line'] },
  });
  t.match(head('HTTP: x\r\n\r\n'), { status: 200, headers: { http: 'x' } }, 'a header of this name');
  t.end();
});

t.test('anything else is refused, and the reason quotes its beginning', (t) => {
  for (const [text, why] of [
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', 'it begins with "SSH-2.0-OpenSSH_9.2p1 De…"'],
    ['220 FTP server ready 12345\n', 'it begins with "220 FTP server ready 123…"'],
    ['220 FTP server ready 123\n', 'it begins with "220 FTP server ready 123"'],
    ['\x01\xe9~ \x7f\n', 'it begins with "··~ ·"'],
    ['<html>\n', 'it begins with "<html>"'],
  ] as const)
    t.same(read(text), { is: 'refused', why, odd: [] });
  t.end();
});

t.test('a connection is reused if the version or the header permits it', (t) => {
  for (const [line, connection, closes] of [
    ['HTTP/1.1 200 OK', 'close', true],
    ['HTTP/1.1 200 OK', 'Close', true],
    ['HTTP/1.1 200 OK', 'keep-alive', false],
    ['HTTP/1.0 200 OK', 'Keep-Alive', false],
    ['HTTP/1.0 200 OK', 'upgrade', true],
    ['HTTP/1.0 200 OK', 'keep-alive, close', true],
  ] as const)
    t.equal(head(`${line}\r\nConnection: ${connection}\r\n\r\n`).closes, closes, `${line} ${connection}`);
  t.end();
});

t.test('interim responses and empty lines may come first, up to a limit', (t) => {
  const interim = 'HTTP/1.1 102 Processing\r\nX: 1\r\n\r\n';
  t.same(head(`${interim}${OK}Y: 2\r\n\r\n`), { ...plain, headers: { y: '2' } });
  t.same(head(`\r\n \r\n${OK}\r\n`), plain);
  t.match(head(`${'\r\n'.repeat(MAX_PRELUDE)}${OK}\r\n`), { is: 'done' });
  t.match(head(`${'\r\n'.repeat(MAX_PRELUDE + 1)}${OK}\r\n`), { is: 'refused', why: /too many empty or interim/ });
  t.match(head(`${interim.repeat(MAX_PRELUDE)}${OK}\r\n`), { is: 'done', headers: {} });
  t.match(head(interim.repeat(MAX_PRELUDE + 1)), { is: 'refused' });
  t.match(head('HTTP/1.1 100 x\r\n\r\nHTTP/1.1 199 x\r\n\r\nHTTP/1.1 099 x\r\n\r\n'), { is: 'done', status: 99 });
  t.end();
});

t.test('odd headers are read, and reported', (t) => {
  for (const [lines, headers, odd] of [
    ['A: 1\nB: 2\n', { a: '1', b: '2' }, ['line_ends', 'line_ends', 'line_ends']],
    ['A: 1\r\r\n', { a: '1' }, []],
    [': 1\r\nA: 2\r\n', { a: '2' }, ['nameless_header']],
    ['nothing\r\n', {}, ['nameless_header']],
    ['  : 1\r\n', {}, ['nameless_header']],
    ['Content Length: 5\r\n', { 'content-length': '5' }, ['header_name']],
    ['A : 5\r\n', { a: '5' }, ['header_name']],
    ['A: 5\x01\x7f6\r\n', { a: '56' }, ['header_value']],
    ['A: 5\t6\r\n', { a: '5\t6' }, []],
    ['A: 1\r\n 2\r\n\t3 \r\n', { a: '1 2 3' }, ['folded_header', 'folded_header']],
    ['A:\r\n 2\r\n', { a: '2' }, ['folded_header']],
    [' A: 1\r\n', { a: '1' }, ['header_name']],
    ['A: 1\r\na: 2\r\nA: 3\r\n', { a: '1, 2, 3' }, []],
    ['Set-Cookie: a=1\r\nSet-Cookie: b=2; x, y\r\n', { 'set-cookie': 'a=1, b=2; x, y' }, []],
  ] as const) {
    const end = lines.includes('\r') ? '\r\n' : '\n';
    const found = head(`${OK}${lines}${end}`);
    t.same([found.headers, found.odd], [headers, odd], JSON.stringify(lines));
  }
  t.same(head(`${OK}Set-Cookie: a=1\r\nSet-Cookie: b=2; x, y\r\n\r\n`).cookies, ['a=1', 'b=2; x, y']);
  t.end();
});

t.test('an unterminated head ends where a picture or a part begins', (t) => {
  for (const body of ['\xff\xd8\xff\xe0', '--frame\r\n']) {
    t.same(head(`${OK}A: 1\r\n${body}`), { ...plain, headers: { a: '1' }, body, odd: ['unended_head'] });
    t.same(head(body), { ...plain, closes: true, body, odd: ['status_line'] });
  }
  t.match(head(`${OK}A: --frame\r\n\xff\xd9: 1\r\n\r\n`), { headers: { a: '--frame' }, body: '' });
  t.end();
});

t.test('the largest head is read, and a head with one byte more is refused', (t) => {
  const fixed = `${OK}A: \r\n\r\n`.length;
  for (const step of [1, 4096, 1 << 20]) {
    const sized = (length: number): Read => read(`${OK}A: ${'x'.repeat(length - fixed)}\r\n\r\n`, step);
    t.match(sized(MAX_HEAD_BYTES), { is: 'done' });
    t.match(sized(MAX_HEAD_BYTES + 1), { is: 'refused', why: 'its response headers are too large' });
  }
  t.end();
});

t.test('the headers determine the end of the body, and invalid ones are ignored and reported', (t) => {
  const framing = (headers: Record<string, string>, status = 200, method = 'GET'): unknown[] => {
    const odd: string[] = [];
    return [framingOf({ status, headers, closes: false, cookies: [] }, method, (code) => odd.push(code)), ...odd];
  };
  const length = (value: string): unknown[] => framing({ 'content-length': value });

  t.same(framing({}), [{ is: 'close' }]);
  t.same(framing({ 'content-length': '5' }, 200, 'HEAD'), [{ is: 'none' }]);
  t.same(framing({ 'content-length': '5' }, 204), [{ is: 'none' }]);
  t.same(framing({ 'content-length': '5' }, 304), [{ is: 'none' }]);
  t.same(framing({ 'content-length': '5' }, 205), [{ is: 'length', bytes: 5 }]);
  t.same(framing({ 'transfer-encoding': 'gzip, Chunked' }), [{ is: 'chunked' }]);
  t.same(framing({ 'transfer-encoding': 'gzip' }), [{ is: 'close' }]);
  t.same(framing({ 'transfer-encoding': 'chunked', 'content-length': '5' }), [{ is: 'chunked' }, 'length_and_chunked']);
  t.same(length('0'), [{ is: 'length', bytes: 0 }]);
  t.same(length('+12'), [{ is: 'length', bytes: 12 }]);
  t.same(length('00000000000000000012'), [{ is: 'length', bytes: 12 }], 'twenty digits');
  t.same(length('000000000000000000012'), [{ is: 'close' }, 'content_length'], 'twenty-one');
  t.same(length('9007199254740991'), [{ is: 'length', bytes: Number.MAX_SAFE_INTEGER }]);
  for (const bad of ['9007199254740992', '', '-1', '5x', '1.5', '0x10'])
    t.same(length(bad), [{ is: 'close' }, 'content_length'], bad);
  t.same(length('7, 7'), [{ is: 'length', bytes: 7 }, 'two_lengths']);
  t.same(length('7, 8'), [{ is: 'close' }, 'two_lengths']);
  t.same(length('x, x'), [{ is: 'close' }, 'two_lengths']);
  t.end();
});

t.test('a request is written byte for byte, with custom headers in place of the standard ones', (t) => {
  const url = new URL('http://cam:81/a%20b?x=1&y=%C3%BC#part');

  t.equal(
    requestBytes(url, { 'user-agent': 'mine', Accept: '*/*' }).toString(),
    'GET /a%20b?x=1&y=%C3%BC HTTP/1.1\r\nHost: cam:81\r\nuser-agent: mine\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n',
  );
  for (const [name, value] of [
    ['A', 'x\r\ny'],
    ['A', 'x\ny'],
    ['A', 'x\0'],
    ['A b', 'x'],
    ['', 'x'],
  ] as const)
    t.throws(() => requestBytes(url, { [name]: value }), { code: 'bad-header', blame: 'profile' });
  t.end();
});
