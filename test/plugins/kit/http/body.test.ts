// Tests of bodies that declare their length: read into one buffer with headroom, within their limits.

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

/** One request on a connection of its own, as a server has it before any byte of the body is read. */
async function request(
  t: Test,
  length: number | 'chunked',
): Promise<{ readonly asked: HttpRequest; readonly client: Socket }> {
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
    asked: { raw, headers: raw.headers, method: 'POST', url: '/', query: {}, ip: '', protocol: 'http' },
    client,
  };
}

const holding = (bytes = LIMIT) => createHolding(createMemoryBudget(bytes).for('test'));

t.test(
  'a body lies in a buffer of its own with headroom, also one that is larger than the buffer was at first',
  async (t) => {
    for (const size of [1, 62_000, 3 * 2 ** 20]) {
      const body = Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) % 251));
      const { asked, client } = await request(t, size);
      client.write(body);
      const read = await readDeclared(asked, LIMIT, LONG_MS, holding());

      t.ok(read.equals(body), `${size} bytes`);
      t.equal(read.byteOffset, HEADROOM);
      t.ok(read.buffer.byteLength >= HEADROOM + size + TAILROOM);
    }
    const { asked } = await request(t, 0);
    t.equal((await readDeclared(asked, LIMIT, LONG_MS, holding())).length, 0);
  },
);

t.test('what breaks a limit is refused, and the connection stays for the answer', async (t) => {
  const large = await request(t, LIMIT + 1);
  await t.rejects(readDeclared(large.asked, LIMIT, LONG_MS, holding()), { code: 'body-too-large' });

  const slow = await request(t, 10);
  slow.client.write('12345');
  await t.rejects(readDeclared(slow.asked, LIMIT, 20, holding()), { code: 'body-too-slow' });
  t.equal(slow.asked.raw.destroyed, false);

  const costly = await request(t, 1000);
  costly.client.write(Buffer.alloc(1000));
  await t.rejects(readDeclared(costly.asked, LIMIT, LONG_MS, holding(999)), { code: 'no-memory' });
  t.equal(costly.asked.raw.destroyed, false);
});

t.test('a body that is cut short is a fault, whether its client leaves while it is read or before', async (t) => {
  const during = await request(t, 10);
  const reading = readDeclared(during.asked, LIMIT, LONG_MS, holding());
  during.client.end('12345');
  await t.rejects(reading, { code: 'body-cut-short' });

  const before = await request(t, 10);
  before.asked.raw.on('error', () => {});
  const closed = new Promise<void>((resolve) => before.asked.raw.once('close', () => resolve()));
  before.client.destroy();
  await closed;
  await t.rejects(readDeclared(before.asked, LIMIT, LONG_MS, holding()), { code: 'body-cut-short' });
});

/** Listeners that a reader has left on the request. */
const listeners = ({ raw }: HttpRequest): readonly number[] =>
  ['data', 'end', 'close', 'error'].map((name) => raw.listenerCount(name));

t.test('reading leaves nothing of itself on the request, in whatever way it ends', async (t) => {
  const whole = await request(t, 3);
  const before = listeners(whole.asked);
  whole.client.write('abc');
  await readDeclared(whole.asked, LIMIT, LONG_MS, holding());
  t.same(listeners(whole.asked)[0], before[0]);

  const costly = await request(t, 1000);
  const fresh = listeners(costly.asked);
  costly.client.write(Buffer.alloc(1000));
  await t.rejects(readDeclared(costly.asked, LIMIT, LONG_MS, holding(999)), { code: 'no-memory' });
  t.same(listeners(costly.asked), fresh);
  t.equal(costly.asked.raw.isPaused(), true);
});

t.test('a body of exactly the limit is read, declared or not, and the cap of the server counts as well', async (t) => {
  for (const read of [
    (asked: HttpRequest, limit: number) => readBody(asked, limit),
    (asked: HttpRequest, limit: number) => readDeclared(asked, limit, LONG_MS, holding()),
  ]) {
    const fits = await request(t, 5);
    fits.client.write('12345');
    t.equal((await read(fits.asked, 5)).toString(), '12345');

    const over = await request(t, 6);
    await t.rejects(read(over.asked, 5), { code: 'body-too-large', message: /the allowed 5 bytes$/ });
    t.equal(over.asked.raw.destroyed, false);

    const capped = await request(t, 6);
    await t.rejects(read({ ...capped.asked, maxBody: 4 }, 5), { message: /the allowed 4 bytes$/ });
    const wide = await request(t, 6);
    await t.rejects(read({ ...wide.asked, maxBody: 9 }, 5), { message: /the allowed 5 bytes$/ });

    const empty = await request(t, 0);
    t.equal((await read(empty.asked, 5)).length, 0);
  }
});

t.test('the length is what the request claims: none without a body, unknown in chunks', (t) => {
  const claimed = (headers: HttpRequest['headers']): number | undefined => declaredLength({ headers } as HttpRequest);

  t.equal(claimed({ 'content-length': '17' }), 17);
  t.equal(claimed({}), 0);
  t.equal(claimed({ 'transfer-encoding': 'chunked' }), undefined);
  t.end();
});

t.test('a body in chunks is read until the limit, and is refused as soon as it has sent more', async (t) => {
  const fits = await request(t, 'chunked');
  fits.client.write('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  t.equal((await readBody(fits.asked, 5)).toString(), 'abcde');

  const over = await request(t, 'chunked');
  over.client.write('3\r\nabc\r\n3\r\ndef\r\n');
  await t.rejects(readBody(over.asked, 5), { code: 'body-too-large' });
  t.equal(over.asked.raw.destroyed, false, 'the answer goes through the same connection');

  const slow = await request(t, 'chunked');
  slow.client.write('3\r\nabc\r\n');
  await t.rejects(readBody(slow.asked, 5, 20), { code: 'body-too-slow', message: /within 20 ms$/ });
  t.equal(slow.asked.raw.destroyed, false);

  const cut = await request(t, 'chunked');
  cut.client.end('3\r\nabc\r\n');
  await t.rejects(readBody(cut.asked, 50), { code: 'body-cut-short' });

  const left = await request(t, 'chunked');
  left.client.write('3\r\nabc\r\n');
  for await (const piece of bodyChunks(left.asked, 50)) {
    t.equal(piece.toString(), 'abc');
    break;
  }
  t.equal(left.asked.raw.destroyed, false);
});

t.test('memory is reserved before a piece is passed on, and all of it is given back at once', async (t) => {
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

t.test('pieces become one, and a single piece is not copied', async (t) => {
  const one = Buffer.from('one');
  async function* give(...all: Buffer[]) {
    yield* all;
  }

  t.equal(await gathered(give(one)), one);
  t.equal((await gathered(give(one, Buffer.from(' two')))).toString(), 'one two');
  t.equal((await gathered(give())).length, 0);
});
