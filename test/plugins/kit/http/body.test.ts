// Bodies with a declared length: read into one buffer with headroom, within their limits.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import { HEADROOM, TAILROOM } from '../../../../core/contract/frame.ts';
import type { HttpRequest } from '../../../../core/contract/http.ts';
import {
  bodyChunks,
  createHolding,
  declaredLength,
  gathered,
  heldChunks,
  readBody,
  readDeclared,
} from '../../../../plugins/kit/http/body.ts';

const LIMIT = 8 * 2 ** 20;
const LONG_MS = 60_000;

/** One request on its own connection, as a server receives it before any byte of the body is read. */
async function request(
  t: Test,
  length: number | 'chunked',
): Promise<{ readonly message: HttpRequest; readonly client: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  t.teardown(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  client.write(`POST / HTTP/1.1\r\nHost: camd\r\n${framing}\r\n\r\n`);
  const [raw] = (await once(server, 'request')) as [IncomingMessage];
  return {
    message: { raw, headers: raw.headers, method: 'POST', url: '/', query: {}, ip: '', protocol: 'http' },
    client,
  };
}

const holding = (bytes = LIMIT) => createHolding(createMemoryBudget(bytes).for('test'));

t.test('each body has its own buffer with headroom, even if the body is larger than the initial buffer', async (t) => {
  for (const size of [1, 62_000, 3 * 2 ** 20]) {
    const body = Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) % 251));
    const { message, client } = await request(t, size);
    client.write(body);
    const read = await readDeclared(message, LIMIT, LONG_MS, holding());

    t.ok(read.equals(body), `${size} bytes`);
    t.equal(read.byteOffset, HEADROOM);
    t.ok(read.buffer.byteLength >= HEADROOM + size + TAILROOM);
  }
  const { message } = await request(t, 0);
  t.equal((await readDeclared(message, LIMIT, LONG_MS, holding())).length, 0);
});

t.test('a body that exceeds a limit is refused, and the connection stays open for the answer', async (t) => {
  const large = await request(t, LIMIT + 1);
  await t.rejects(readDeclared(large.message, LIMIT, LONG_MS, holding()), { code: 'body-too-large' });

  const slow = await request(t, 10);
  slow.client.write('12345');
  await t.rejects(readDeclared(slow.message, LIMIT, 20, holding()), { code: 'body-too-slow' });
  t.equal(slow.message.raw.destroyed, false);

  const costly = await request(t, 1000);
  costly.client.write(Buffer.alloc(1000));
  await t.rejects(readDeclared(costly.message, LIMIT, LONG_MS, holding(999)), { code: 'no-memory' });
  t.equal(costly.message.raw.destroyed, false);
});

t.test('reading fails when the client disconnects before or during it', async (t) => {
  const during = await request(t, 10);
  const reading = readDeclared(during.message, LIMIT, LONG_MS, holding());
  during.client.end('12345');
  await t.rejects(reading, { code: 'body-cut-short' });

  const before = await request(t, 10);
  before.message.raw.on('error', () => {});
  const closed = new Promise<void>((resolve) => before.message.raw.once('close', () => resolve()));
  before.client.destroy();
  await closed;
  await t.rejects(readDeclared(before.message, LIMIT, LONG_MS, holding()), { code: 'body-cut-short' });
});

/** Numbers of listeners on the request. */
const listeners = ({ raw }: HttpRequest): readonly number[] =>
  ['data', 'end', 'close', 'error'].map((name) => raw.listenerCount(name));

t.test('reading removes its listeners from the request, however it ends', async (t) => {
  const whole = await request(t, 3);
  const before = listeners(whole.message);
  whole.client.write('abc');
  await readDeclared(whole.message, LIMIT, LONG_MS, holding());
  t.same(listeners(whole.message)[0], before[0]);

  const costly = await request(t, 1000);
  const fresh = listeners(costly.message);
  costly.client.write(Buffer.alloc(1000));
  await t.rejects(readDeclared(costly.message, LIMIT, LONG_MS, holding(999)), { code: 'no-memory' });
  t.same(listeners(costly.message), fresh);
  t.equal(costly.message.raw.isPaused(), true);
});

t.test('a body of exactly the limit is read, declared or not, and the cap of the server applies as well', async (t) => {
  for (const read of [
    (message: HttpRequest, limit: number) => readBody(message, limit),
    (message: HttpRequest, limit: number) => readDeclared(message, limit, LONG_MS, holding()),
  ]) {
    const fits = await request(t, 5);
    fits.client.write('12345');
    t.equal((await read(fits.message, 5)).toString(), '12345');

    const over = await request(t, 6);
    await t.rejects(read(over.message, 5), { code: 'body-too-large', message: /the allowed 5 bytes$/ });
    t.equal(over.message.raw.destroyed, false);

    const capped = await request(t, 6);
    await t.rejects(read({ ...capped.message, maxBody: 4 }, 5), { message: /the allowed 4 bytes$/ });
    const wide = await request(t, 6);
    await t.rejects(read({ ...wide.message, maxBody: 9 }, 5), { message: /the allowed 5 bytes$/ });

    const empty = await request(t, 0);
    t.equal((await read(empty.message, 5)).length, 0);
  }
});

t.test('the declared length is 0 without a body and unknown for a chunked body', (t) => {
  const claimed = (headers: HttpRequest['headers']): number | undefined => declaredLength({ headers } as HttpRequest);

  t.equal(claimed({ 'content-length': '17' }), 17);
  t.equal(claimed({}), 0);
  t.equal(claimed({ 'transfer-encoding': 'chunked' }), undefined);
  t.end();
});

t.test('a chunked body is read up to the limit and refused beyond it', async (t) => {
  const fits = await request(t, 'chunked');
  fits.client.write('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  t.equal((await readBody(fits.message, 5)).toString(), 'abcde');

  const over = await request(t, 'chunked');
  over.client.write('3\r\nabc\r\n3\r\ndef\r\n');
  await t.rejects(readBody(over.message, 5), { code: 'body-too-large' });
  t.equal(over.message.raw.destroyed, false, 'the answer uses the same connection');

  const slow = await request(t, 'chunked');
  slow.client.write('3\r\nabc\r\n');
  await t.rejects(readBody(slow.message, 5, 20), { code: 'body-too-slow', message: /within 20 ms$/ });
  t.equal(slow.message.raw.destroyed, false);

  const cut = await request(t, 'chunked');
  cut.client.end('3\r\nabc\r\n');
  await t.rejects(readBody(cut.message, 50), { code: 'body-cut-short' });

  const left = await request(t, 'chunked');
  left.client.write('3\r\nabc\r\n');
  for await (const piece of bodyChunks(left.message, 50)) {
    t.equal(piece.toString(), 'abc');
    break;
  }
  t.equal(left.message.raw.destroyed, false);
});

t.test('memory is reserved before a piece is passed on, and all of it is released at once', async (t) => {
  const budget = createMemoryBudget(10);
  const held = createHolding(budget.for('test'));
  async function* pieces() {
    for (const piece of ['abcd', 'efgh', 'ijkl']) yield Buffer.from(piece);
  }
  const seen: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const piece of heldChunks(pieces(), held)) seen.push(`${piece} ${budget.used}`);
  };

  await t.rejects(reading(), { code: 'no-memory', message: /send it again later$/ });
  t.same(seen, ['abcd 4', 'efgh 8']);
  held.release();
  held.release();
  t.equal(budget.used, 0);
});

t.test('pieces are joined, and a single piece is not copied', async (t) => {
  const piece = Buffer.from('one');
  async function* give(...all: Buffer[]) {
    yield* all;
  }

  t.equal(await gathered(give(piece)), piece);
  t.equal((await gathered(give(piece, Buffer.from(' two')))).toString(), 'one two');
  t.equal((await gathered(give())).length, 0);
});
