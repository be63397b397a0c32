// http/server over real sockets: accepted and refused requests, and connections that survive a reload.

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Server } from '../../../core/contract/ports.ts';
import { readBody } from '../../../plugins/kit/http/body.ts';
import type { Part } from '../../support/graph.ts';
import { get, rawClient } from '../../support/raw-client.ts';
import { routePart, serverPart, site, streamPart } from '../../support/site.ts';
import { until } from '../../support/until.ts';

/** GET /hello, PUT /echo, and a WebSocket-like /raw. */
const ROUTES = routePart((server) => {
  const releases = [
    server.route({ methods: ['GET'], path: '/hello', handler: () => ({ hello: 'world' }) }),
    server.route({ methods: ['GET'], path: '/hello/{name}.txt', handler: (_q, _r, { name }) => `hello ${name}` }),
    server.route({ methods: ['GET'], path: '/files/{path*}', handler: (_q, _r, { path }) => `file ${path}` }),
    server.route({ methods: ['PUT'], path: '/echo', handler: (request) => readBody(request, 100, 60_000) }),
    server.route({ methods: ['PUT'], path: '/late', handler: (request) => readBody(request, 100, 300) }),
    server.upgrade({
      path: '/raw',
      handler: (_request, socket) => void socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nraw'),
    }),
  ];
  return () => {
    for (const release of releases) release();
  };
});
const CLOSE = 'Connection: close';

t.test('routes are found by path and method, and everything else is refused without details', async (t) => {
  const camd = await site(t, { routes: ROUTES });
  const ask = async (path: string, init?: RequestInit): Promise<[number, string]> => {
    const response = await fetch(camd.origin() + path, init);
    return [response.status, await response.text()];
  };

  t.strictSame(await ask('/hello?x=1'), [200, '{"hello":"world"}']);
  t.strictSame(await ask('/h%65llo'), [200, '{"hello":"world"}'], 'in any spelling');
  t.strictSame(await ask('/hello', { method: 'HEAD' }), [200, '']);
  t.strictSame(await ask('/hello/a.b%20c.txt'), [200, 'hello a.b c']);
  t.strictSame(await ask('/files/a/b/c'), [200, 'file a/b/c']);
  t.strictSame(await ask('/echo', { method: 'PUT', body: 'mirror' }), [200, 'mirror']);
  t.strictSame(await ask('/nowhere'), [404, '{"status":404,"error":"nothing is served at this path"}\n']);
  t.strictSame(await ask('/hello/'), [404, '{"status":404,"error":"nothing is served at this path"}\n']);
  const wrong = await fetch(`${camd.origin()}/hello`, { method: 'DELETE' });
  t.equal(wrong.status, 405);
  t.equal(wrong.headers.get('allow'), 'GET, HEAD');
  t.equal((await fetch(`${camd.origin()}/hello`, { method: 'OPTIONS' })).headers.get('allow'), 'GET, HEAD');
  t.strictSame(camd.runner.provided('web')?.server?.paths(), ['/files/{path*}', '/hello', '/hello/{name}.txt']);
  const odd = rawClient(t, camd.port(), `PROPFIND /hello HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n\r\n`);
  t.match(await odd.ended(), /^HTTP\/1.1 405 /);
  const absolute = rawClient(t, camd.port(), `GET http://any.host/hello?a HTTP/1.1\r\nHost: x\r\n${CLOSE}\r\n\r\n`);
  t.match(await absolute.ended(), /^HTTP\/1.1 200 .*world/s);
  const broken = rawClient(t, camd.port(), get('/%zz', CLOSE));
  t.match(await broken.ended(), /^HTTP\/1.1 400 /);
  const garbage = rawClient(t, camd.port(), '\x16\x03\x01 this is no HTTP\r\n\r\n');
  t.match(await garbage.ended(), /^HTTP\/1.1 400 /);
});

t.test('the size of bodies is limited before they are stored, and late or malformed ones are rejected', async (t) => {
  const camd = await site(t, { routes: ROUTES, web: serverPart({ max_body: 1000 }) });
  const put = (headers: string, body: string): string => `PUT /echo HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;

  const far = rawClient(t, camd.port(), put('Content-Length: 1001', ''));
  t.match(await far.sees('}\n'), /^HTTP\/1.1 413 .*at most 1000 bytes/s, 'the server has a limit');
  const over = rawClient(t, camd.port(), put('Content-Length: 101', ''));
  t.match(await over.sees('}\n'), /^HTTP\/1.1 413 .*the allowed 100 bytes/s, 'the route has a lower limit');
  const chunked = rawClient(t, camd.port(), put('Transfer-Encoding: chunked', `65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`));
  t.match(await chunked.sees('}\n'), /^HTTP\/1.1 413 /, 'the limit applies to bodies of unknown length');
  const late = rawClient(t, camd.port(), put('Content-Length: 10', 'half').replace('/echo', '/late'));
  t.match(await late.sees('}\n'), /^HTTP\/1.1 408 /);
  const asking = rawClient(t, camd.port(), put('Content-Length: 5\r\nExpect: 100-continue', ''));
  await asking.sees('HTTP/1.1 100 Continue\r\n\r\n');
  asking.send('hello');
  t.match(await asking.sees('hello'), /HTTP\/1.1 200 OK/);
  const refused = rawClient(t, camd.port(), put('Content-Length: 1001\r\nExpect: 100-continue', ''));
  t.match(await refused.sees('}\n'), /^HTTP\/1.1 413 /, 'and a body is refused before it is sent');
});

t.test('a client that sends its request byte by byte is disconnected', async (t) => {
  const camd = await site(t, { routes: ROUTES, web: serverPart({ header_timeout: 200 }) });

  const loris = rawClient(t, camd.port(), 'GET /hello HTTP/1.1\r\nHost: x\r\nX-A: ');
  const dripping = setInterval(() => loris.send('a'), 50);
  t.teardown(() => clearInterval(dripping));
  const text = await loris.ended();

  t.match(text, /^HTTP\/1.1 408 /);
});

t.test('connections are limited in total and by address', async (t) => {
  const camd = await site(t, { routes: ROUTES, web: serverPart({ max_connections_per_address: 2 }) });
  const first = rawClient(t, camd.port());
  const second = rawClient(t, camd.port());
  await until(() => camd.metrics('web').connections === 2, 'two connections');

  t.match(await rawClient(t, camd.port(), get('/hello')).ended(), /^HTTP\/1.1 503 .*Retry-After/s);
  await camd.move({ ...camd.parts, web: serverPart({ max_connections: 2 }) });
  t.match(await rawClient(t, camd.port(), get('/hello')).ended(), /^HTTP\/1.1 503 /);

  first.send(get('/hello'));
  await first.sees('world');
  second.socket.destroy();
  await until(() => camd.metrics('web').connections === 1, 'one connection');
  await rawClient(t, camd.port(), get('/hello')).sees('world');
  t.equal(camd.metrics('web').connections_refused_total, 2);
});

t.test('clients behind a proxy are distinguished by its headers only if the proxy is trusted', async (t) => {
  const open: (() => void)[] = [];
  const hold = routePart((server) =>
    server.route({
      methods: ['GET'],
      path: '/hold',
      handler: async (request) => {
        await new Promise<void>((resolve) => open.push(resolve));
        return request.ip;
      },
    }),
  );
  const camd = await site(t, {
    hold,
    routes: ROUTES,
    web: serverPart({ trusted_proxies: ['127.0.0.1'], max_connections_per_address: 1 }),
  });
  const held = rawClient(t, camd.port(), get('/hold', 'X-Forwarded-For: 203.0.113.7'));
  await until(() => open.length === 1, 'the request');

  const same = rawClient(t, camd.port(), get('/hello', 'X-Forwarded-For: 203.0.113.7'));
  const other = rawClient(t, camd.port(), get('/hello', 'X-Forwarded-For: 203.0.113.8'));

  t.match(await same.sees('}\n'), /^HTTP\/1.1 503 /);
  t.match(await other.sees('world'), /^HTTP\/1.1 200 /);
  open[0]?.();
  await held.sees('203.0.113.7');
});

t.test('users and tokens are accepted, other clients are not, and public paths are readable', async (t) => {
  const camd = await site(t, {
    routes: ROUTES,
    web: serverPart({
      auth: {
        basic: { users: { anna: 'wörd:1' } },
        bearer: { tokens: ['0123456789abcdef'] },
        public: ['/files/*', '/echo'],
      },
    }),
  });
  const status = async (path: string, authorization?: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(camd.origin() + path, { ...init, headers: authorization ? { authorization } : {} })).status;
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  t.equal(await status('/hello'), 401);
  t.equal(await status('/hello', basic('anna:wörd:1')), 200);
  t.equal(await status('/hello', basic('anna:wrong')), 401);
  t.equal(await status('/hello', basic('0123456789abcdef')), 401);
  t.equal(await status('/hello', 'Bearer 0123456789abcdef'), 200);
  t.equal(await status('/hello', 'Bearer 0123456789abcdeF'), 401);
  t.equal(await status('/hello', 'Bearer'), 401);
  t.equal(await status('/nowhere'), 401, 'unknown paths are not disclosed');
  t.equal(await status('/files/a'), 200);
  t.equal(await status('/files/%2e%2e/hello'), 401);
  t.equal(await status('/echo', undefined, { method: 'PUT', body: 'x' }), 401, 'reading is public, writing is not');
  t.match((await fetch(`${camd.origin()}/hello`)).headers.get('www-authenticate'), /^Basic realm="camd".*Bearer/);
  t.equal(camd.runner.provided('web')?.server?.authenticated, true);
  const upgrade = rawClient(t, camd.port(), get('/raw', 'Connection: Upgrade', 'Upgrade: websocket'));
  t.match(await upgrade.ended(), /^HTTP\/1.1 401 .*WWW-Authenticate/s);
});

t.test('pages of listed origins may read, and pages of other origins change nothing', async (t) => {
  const camd = await site(t, {
    routes: ROUTES,
    stream: streamPart(),
    web: serverPart({ cors: { origins: ['https://mainsail.local'] } }),
  });
  const headersOf = async (origin: string, init: RequestInit = {}): Promise<Headers> =>
    (await fetch(`${camd.origin()}/hello`, { ...init, headers: { origin, ...init.headers } })).headers;

  const preflight = await fetch(`${camd.origin()}/echo`, {
    method: 'OPTIONS',
    headers: { origin: 'https://mainsail.local', 'access-control-request-method': 'PUT' },
  });
  t.equal(preflight.status, 204);
  t.equal(preflight.headers.get('access-control-allow-methods'), 'PUT');
  t.equal((await headersOf('https://mainsail.local')).get('access-control-allow-origin'), 'https://mainsail.local');
  t.equal((await headersOf('https://evil.example')).get('access-control-allow-origin'), null);
  t.equal((await headersOf('https://evil.example')).get('vary'), 'Origin');
  const stream = rawClient(t, camd.port(), get('/stream.mjpg', 'Origin: https://mainsail.local'));
  t.match(await stream.sees('\r\n\r\n'), /access-control-allow-origin: https:\/\/mainsail.local\r\n/i);
  const put = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${camd.origin()}/echo`, { method: 'PUT', body: 'x', headers })).status;
  t.equal(await put({ origin: 'https://evil.example' }), 403);
  t.equal(await put({ origin: 'null' }), 403);
  t.equal(await put({ origin: 'https://mainsail.local' }), 200);
  t.equal(await put({ origin: camd.origin() }), 200, 'its own pages may');
  t.equal(await put({}), 200, 'programs send no Origin');
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
  const foreign = rawClient(t, camd.port(), get('/raw', ...upgrade, 'Origin: https://evil.example'));
  t.match(await foreign.ended(), /^HTTP\/1.1 403 /);
  const own = rawClient(t, camd.port(), get('/raw', ...upgrade, 'Origin: http://camd.test'));
  t.match(await own.ended(), /^HTTP\/1.1 101 .*raw$/s);
  const lost = rawClient(t, camd.port(), get('/nowhere', ...upgrade));
  t.match(await lost.ended(), /^HTTP\/1.1 404 /);
});

t.test('only listed methods and host names get a response', async (t) => {
  const camd = await site(t, { routes: ROUTES, web: serverPart({ methods: ['GET'], hosts: ['camd.test', '::1'] }) });
  const ask = async (text: string): Promise<string | undefined> =>
    (await rawClient(t, camd.port(), text).ended()).split('\r\n')[0];

  t.match(await ask(get('/hello', CLOSE)), /200/);
  t.match(await ask(get('/hello', CLOSE).replace('GET', 'HEAD')), /200/);
  t.match(await ask(get('/hello', CLOSE).replace('camd.test', 'CAMD.test:8080')), /200/);
  t.match(await ask(get('/hello', CLOSE).replace('camd.test', '[::1]:80')), /200/);
  t.match(await ask(get('/hello', CLOSE).replace('camd.test', 'rebound.example')), /421/);
  t.match(await ask(get('/echo', CLOSE).replace('GET', 'PUT')), /405/);
});

t.test('a client that offers an upgrade to HTTP/2 gets HTTP/1.1', async (t) => {
  const camd = await site(t, { routes: ROUTES });

  const client = rawClient(
    t,
    camd.port(),
    get('/hello', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
  );

  t.match(await client.sees('world'), /^HTTP\/1.1 200 /);
});

t.test('an error thrown by a route is answered with 500 and logged', async (t) => {
  const camd = await site(t, {
    bad: routePart((server) =>
      server.route({
        methods: ['GET'],
        path: '/bad',
        handler() {
          throw new Error('the secret inside');
        },
      }),
    ),
  });

  const response = await fetch(`${camd.origin()}/bad`);

  t.equal(response.status, 500);
  t.notMatch(await response.text(), /secret/);
  t.match(JSON.stringify(camd.lines), /a request failed/);
});

t.test('requests are counted by outcome and by time', async (t) => {
  const camd = await site(t, { routes: ROUTES });

  await fetch(`${camd.origin()}/hello`);
  await fetch(`${camd.origin()}/nowhere`);

  await until(() => (camd.metrics('web').request_ms_count_total ?? 0) >= 2, 'the counts');
  t.match(camd.metrics('web'), { requests_total: 2, responses_2xx_total: 1, responses_4xx_total: 1 });
  t.ok((camd.metrics('web').connections_total ?? 0) >= 1);
});

t.test('routes are added and removed under load, and no request fails', async (t) => {
  const camd = await site(t, { routes: ROUTES });
  const going = new AbortController();
  let answered = 0;
  const failures: string[] = [];
  const loop = async (path: string, lines: readonly string[]): Promise<void> => {
    while (!going.signal.aborted) {
      try {
        const response = await fetch(camd.origin() + path, {
          headers: lines.length > 0 ? { connection: 'close' } : {},
        });
        const text = await response.text();
        if (response.status === 200) answered++;
        else failures.push(`${response.status} ${text}`);
      } catch (cause) {
        failures.push(String(cause));
      }
    }
  };
  const loops = ['/hello', '/hello/x.txt', '/files/x'].flatMap((path) => [loop(path, []), loop(path, [CLOSE])]);
  const extra = (name: string): Part =>
    routePart((server: Server) => server.route({ methods: ['GET'], path: `/${name}/{x}`, handler: () => name }));

  for (let turn = 0; turn < 30; turn++) {
    const { routes, ...rest } = camd.parts;
    const parts = turn % 3 === 0 ? { ...rest, routes: { ...ROUTES, options: { turn } } } : { ...rest, routes: ROUTES };
    await camd.move({
      ...parts,
      ...(turn % 2 === 0 ? { one: extra('one') } : { two: extra('two') }),
      ...(turn % 5 === 0 ? { web: serverPart({ max_body: 5000 + turn }) } : {}),
    });
    const before = answered;
    await until(() => answered > before + 10, 'more answers');
    t.ok(routes);
  }
  going.abort();
  await Promise.all(loops);

  t.strictSame(failures, []);
});

t.test('a request during the replacement of its route waits for the new one', async (t) => {
  const camd = await site(t, { routes: ROUTES });
  const server = camd.runner.provided('web')?.server;
  const attach = (text: string) => server?.route({ methods: ['GET'], path: '/moving/{x}', handler: () => text });
  attach('old')?.();

  const client = rawClient(t, camd.port(), get('/moving/1'));
  await until(() => camd.metrics('web').requests_total === 1, 'the request');
  attach('new');

  t.match(await client.sees('new'), /^HTTP\/1.1 200 /);
});

t.test('a stopping server answers open requests and then closes', async (t) => {
  let finish: (() => void) | undefined;
  const camd = await site(t, {
    slow: routePart((server) =>
      server.route({
        methods: ['GET'],
        path: '/slow',
        handler: async () => {
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          return 'done';
        },
      }),
    ),
  });
  const idle = rawClient(t, camd.port(), get('/nothing'));
  await idle.sees('}\n');
  const busy = rawClient(t, camd.port(), get('/slow'));
  await until(() => finish !== undefined, 'the request');

  const stopped = camd.runner.stop();
  await idle.ended();
  finish?.();

  t.match(await busy.ended(), /^HTTP\/1.1 200 .*done$/s);
  await stopped;
});

t.test('a unix socket serves as well', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-unix-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 's.sock');
  const camd = await site(t, { routes: ROUTES, web: serverPart({ listen: `unix:${path}` }) });

  const text = await new Promise<string>((resolve, reject) => {
    request({ socketPath: path, path: '/hello' }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });

  t.equal(text, '{"hello":"world"}');
  t.equal(camd.origin(), `unix:${path}`);
});
