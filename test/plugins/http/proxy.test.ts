// http/proxy: listed paths pass, streamed and with clean headers; all others are refused.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { HIGH_WATER, relay } from '../../../plugins/http/moonraker-readonly/relay.ts';
import { downstreamHeaders, upstreamHeaders } from '../../../plugins/kit/proxy/headers.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

async function start(t: Ending, handler: (request: IncomingMessage, response: ServerResponse) => void, options = '') {
  const far = createServer(handler);
  far.listen(0, '127.0.0.1');
  await once(far, 'listening');
  const end = () => {
    far.closeAllConnections();
    far.close();
  };
  t.teardown(end);
  const address = far.address();
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      web: { use: http/server, listen: "127.0.0.1:${port}" }
      proxy: { use: http/proxy, on: web, to: "http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/base/", paths: [/status, "/files/{rest*}"] ${options} }
  `,
  );
  return { camd, end, port, origin: `http://127.0.0.1:${port}` };
}

t.test('listed paths pass below the base, with the permitted headers', async (t) => {
  const seen: IncomingMessage[] = [];
  const { port } = await start(
    t,
    (request, response) => {
      seen.push(request);
      response.writeHead(200, {
        'x-mine': 'yes',
        server: 'secret/1.0',
        connection: 'x-hop',
        'x-hop': '1',
        'content-length': '2',
      });
      response.end(request.method === 'HEAD' ? undefined : 'ok');
    },
    ', headers: { X-Key: k }, drop_headers: [X-Private]',
  );
  const claims = [
    'X-Forwarded-For: 6.6.6.6',
    'X-Forwarded-Host: evil',
    'Via: 1.1 x',
    'X-Private: p',
    'X-Key: theirs',
    'TE: trailers',
    'Connection: close, X-Mine',
    'X-Mine: 1',
    'Accept: a/b',
  ];

  const answer = await rawRequest(port, '/files/a%20b/c?x=1&y=%26', claims);
  const head = await rawRequest(port, '/status', [], 'HEAD');

  t.match(answer, { status: 200, head: /x-mine: yes/i });
  t.equal(String(answer.body), 'ok');
  t.notMatch(answer.head, /secret|x-hop/i);
  t.equal(seen[0]?.url, '/base/files/a%20b/c?x=1&y=%26');
  t.match(seen[0]?.headers, {
    'x-key': 'k',
    accept: 'a/b',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'printer',
  });
  for (const name of ['via', 'x-private', 'te', 'x-mine']) t.notOk(name in (seen[0]?.headers ?? {}), name);
  t.match(head, { status: 200, head: /content-length: 2/i });
  t.equal(head.body.length, 0);
});

t.test('paths that are not listed or are ambiguous never reach the server', async (t) => {
  let requests = 0;
  const { port } = await start(t, (_request, response) => {
    requests++;
    response.end();
  });

  for (const target of [
    '/',
    '/other',
    '/status/',
    '/status/x',
    '/files',
    '/files/../status',
    '/files/..%2f',
    '/files/%2e%2e/x',
    '/files/a%00',
    '/files/a;b',
    '/files/a%255c',
    '/files/a//b',
  ]) {
    const { status } = await rawRequest(port, target);
    t.ok(status >= 400 && status < 500, `${target}: ${status}`);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status } = await rawRequest(port, '/status', ['Content-Length: 0'], method);
    t.ok([204, 405].includes(status), `${method}: ${status}`);
  }
  t.equal(requests, 0);
});

t.test('bodies pass up to a limit for methods that allow them', async (t) => {
  const bodies: string[] = [];
  const { origin } = await start(
    t,
    async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      bodies.push(text);
      response.writeHead(201).end();
    },
    ', methods: [POST], max_body: 1KiB',
  );

  t.equal((await fetch(`${origin}/status`, { method: 'POST', body: 'hello' })).status, 201);
  t.equal((await fetch(`${origin}/status`, { method: 'POST', body: 'x'.repeat(1025) })).status, 413);
  t.equal((await fetch(`${origin}/status`)).status, 405);
  t.strictSame(bodies, ['hello']);
});

t.test('an absent server gives 502, a slow one 504, and one that breaks off an incomplete response', async (t) => {
  const { camd, end, origin } = await start(
    t,
    (request, response) => {
      if (request.url === '/base/status') return;
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    },
    ', timeout: 2s',
  );

  const slow = await fetch(`${origin}/status`);
  const cut = fetch(`${origin}/files/x`).then((answer) => answer.text());
  await t.rejects(cut, 'a truncated response is not passed on as complete');
  end();
  const away = await fetch(`${origin}/status`);

  t.equal(slow.status, 504);
  t.equal(away.status, 502);
  t.match(camd.status('proxy').state, { is: 'degraded', why: /did not answer/ });
});

t.test('an endless response is streamed, and ends upstream when the visitor leaves', async (t) => {
  let gone = false;
  const { origin } = await start(t, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    request.socket.on('close', () => {
      gone = true;
    });
  });
  const leave = new AbortController();

  const answer = await fetch(`${origin}/status`, { signal: leave.signal });
  const first = await answer.body?.getReader().read();
  leave.abort();

  t.match(Buffer.from(first?.value ?? []).toString(), /data: 1/);
  await until(() => gone, 'the server behind to notice');
});

t.test('hop-by-hop headers and identity claims do not pass', async (t) => {
  const visitor = { address: '10.0.0.9', scheme: 'https', host: 'cam' } as const;
  const up = upstreamHeaders(
    {
      connection: 'keep-alive, X-Odd',
      'x-odd': '1',
      x_forwarded_for: '1',
      'x-http-method-override': 'DELETE',
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      'transfer-encoding': 'chunked',
      'sec-websocket-key': 'k',
      accept: '*/*',
    },
    visitor,
  );
  t.strictSame(up, {
    accept: '*/*',
    'x-real-ip': '10.0.0.9',
    'x-forwarded-for': '10.0.0.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'cam',
  });
  t.strictSame(downstreamHeaders({ 'keep-alive': 't', etag: '"a"', 'access-control-allow-origin': '*' }), {
    etag: '"a"',
  });
});

/** The two ends of a connection. */
interface Pair {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

t.test('a relay forwards closes, and disconnects peers that do not answer pings', async (t) => {
  const pair = async (): Promise<Pair> => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    t.teardown(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    const accepted = once(server, 'connection');
    const client = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
    await once(client, 'open');
    return { client, server: (await accepted)[0] as WebSocket };
  };
  const join = async (pingMs: number, stallMs = 60_000, prepare = async (_near: Pair): Promise<void> => {}) => {
    const near = await pair();
    const far = await pair();
    await prepare(near);
    let closed = 0;
    const stop = new AbortController();
    relay(near.server, far.client, {
      filter: (forward) => ({ forward }),
      stop: stop.signal,
      pingMs,
      stallMs,
      onClosed: () => closed++,
    });
    return { visitor: near.client, upstream: far.server, stop, closed: () => closed };
  };

  const coded = await join(60_000);
  coded.upstream.close(4001, 'out of filament');
  const [code, why] = await once(coded.visitor, 'close');
  t.strictSame([code, String(why)], [4001, 'out of filament']);
  await until(() => coded.closed() > 0, 'the relay to end');

  const bare = await join(60_000);
  bare.visitor.close();
  t.equal((await once(bare.upstream, 'close'))[0], 1005);

  const stopped = await join(60_000);
  stopped.stop.abort();
  t.equal((await once(stopped.visitor, 'close'))[0], 1001);

  // Long enough for the visitor to answer on a busy machine.
  const dead = await join(2000);
  // A peer that has vanished: it reads nothing and so answers no ping.
  dead.upstream.pause();
  t.equal((await once(dead.visitor, 'close'))[0], 1011);

  const chunk = Buffer.alloc(256 * 1024);
  // Full from the start, because a busy machine might not fill the buffers of the kernel before the first ping.
  const stuck = await join(1000, 200, async ({ client, server }) => {
    client.pause();
    for (let full = 0; full < 10; full++) {
      if (server.bufferedAmount <= 2 * HIGH_WATER) {
        full = 0;
        server.send(chunk);
      }
      await setImmediate();
    }
  });
  let pings = 0;
  stuck.upstream.on('ping', () => pings++);
  const cut = once(stuck.upstream, 'close');
  const flood = setInterval(() => stuck.upstream.bufferedAmount < 2 ** 20 && stuck.upstream.send(chunk), 1);
  t.teardown(() => clearInterval(flood));
  t.ok(await cut, 'a visitor that reads nothing for too long is disconnected');
  t.equal(pings, 0, 'and not for a missing answer to a ping');
  clearInterval(flood);
});
