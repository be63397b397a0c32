// Headers that a server adds to every response, however its head is written.

import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { addDefaultHeaders, defaultHeaders, headersOf } from '../../../../plugins/kit/http/default-headers.ts';

const HEADERS = defaultHeaders([
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
]);

/** Status, status text and headers of a response written by `write`. */
async function headOf(t: Test, write: (response: ServerResponse) => void, headers = HEADERS) {
  const server = createServer((_asked, response) => {
    response.sendDate = false;
    addDefaultHeaders(response, headers);
    write(response);
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = await once(
    request({ host: '127.0.0.1', port, headers: { connection: 'close' } }).end(),
    'response',
  );
  response.resume();
  const raw: string[] = response.rawHeaders;
  const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : []));
  const own = pairs.filter((pair) => !/^(connection|transfer-encoding|content-length)/i.test(pair));
  return [response.statusCode, response.statusMessage, own.sort()];
}

t.test('default headers are on the response, however its head is written', async (t) => {
  const both = ['Referrer-Policy: no-referrer', 'X-Frame-Options: DENY'];
  const cases: readonly (readonly [string, (response: ServerResponse) => void, readonly unknown[]])[] = [
    ['without writeHead', (response) => response.end(), [200, 'OK', both]],
    ['with a status', (response) => response.writeHead(404).end(), [404, 'Not Found', both]],
    ['with a text', (response) => response.writeHead(404, 'Gone away').end(), [404, 'Gone away', both]],
    ['with an object', (response) => response.writeHead(201, { A: 'b' }).end(), [201, 'Created', ['A: b', ...both]]],
    ['with a list', (response) => response.writeHead(201, ['A', 'b']).end(), [201, 'Created', ['A: b', ...both]]],
    [
      'with a text and an object',
      (response) => response.writeHead(200, 'Fine', { A: 'b' }).end(),
      [200, 'Fine', ['A: b', ...both]],
    ],
    [
      'with a text and a list',
      (response) => response.writeHead(200, 'Fine', ['A', 'b']).end(),
      [200, 'Fine', ['A: b', ...both]],
    ],
    [
      'with a list, after a header was set',
      (response) => response.setHeader('B', 'c').writeHead(200, ['A', 'b']).end(),
      [200, 'OK', ['A: b', 'B: c', ...both]],
    ],
  ];
  for (const [title, write, head] of cases) t.strictSame(await headOf(t, write), head, title);
});

t.test('headers set by the response override the defaults', async (t) => {
  const own = (response: ServerResponse) => response.setHeader('x-frame-options', 'SAMEORIGIN');

  t.strictSame(await headOf(t, (response) => own(response).writeHead(200).end()), [
    200,
    'OK',
    ['Referrer-Policy: no-referrer', 'x-frame-options: SAMEORIGIN'],
  ]);
  t.strictSame(await headOf(t, (response) => own(response).writeHead(200, { A: 'b' }).end()), [
    200,
    'OK',
    ['A: b', 'Referrer-Policy: no-referrer', 'x-frame-options: SAMEORIGIN'],
  ]);
});

t.test(
  'code that writes to the socket directly receives all headers set so far, until the head is written',
  async (t) => {
    let before: unknown;
    let after: unknown;
    await headOf(t, (response) => {
      response.setHeader('X-Frame-Options', 'SAMEORIGIN').setHeader('X-Count', 3);
      before = headersOf(response);
      response.writeHead(200);
      after = headersOf(response);
      response.end();
    });

    t.strictSame(before, [
      ['referrer-policy', 'no-referrer'],
      ['x-frame-options', 'SAMEORIGIN'],
      ['x-count', '3'],
    ]);
    t.strictSame(new Set((after as string[][]).map(([name]) => name)).size, 3, 'each once');
  },
);

t.test('a response without them has its own headers', async (t) => {
  const server = createServer((_asked, response) => {
    response.setHeader('A', 'b');
    t.strictSame(headersOf(response), [['a', 'b']]);
    response.end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = await once(
    request({ host: '127.0.0.1', port, headers: { connection: 'close' } }).end(),
    'response',
  );
  response.resume();

  t.equal(response.headers.a, 'b');
});
