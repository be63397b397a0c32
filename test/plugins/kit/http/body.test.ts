// Tests of bodies that declare their length: read into one buffer with headroom, within their limits.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createMemoryBudget } from '../../../../core/base/memory.ts';
import { HEADROOM, TAILROOM } from '../../../../core/contract/frame.ts';
import type { HttpRequest } from '../../../../core/contract/http.ts';
import { createHolding, readDeclared } from '../../../../plugins/kit/http/body.ts';

const LIMIT = 8 * 2 ** 20;
const LONG_MS = 60_000;

/** One request on a connection of its own, as a server has it before any byte of the body is read. */
async function request(t: Test, length: number): Promise<{ readonly asked: HttpRequest; readonly client: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  t.teardown(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write(`POST / HTTP/1.1\r\nHost: camd\r\nContent-Length: ${length}\r\n\r\n`);
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
