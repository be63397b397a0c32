// The HTTP client: requests after a redirect or a challenge, limits of answers, and cleanup.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { createAuthenticator } from '../../../../plugins/kit/http/auth.ts';
import { createHttpClient } from '../../../../plugins/kit/http/fetch.ts';

async function serve(t: Test, handler: RequestListener) {
  let connections = 0;
  const server = createServer(handler).listen(0, '127.0.0.1');
  server.on('connection', () => connections++);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

function client(t: Test) {
  const made = createHttpClient();
  t.teardown(() => made.close());
  return made;
}

const LIMITS = { deadline: 60_000, maxBytes: 100_000 };

t.test('a redirect keeps method and body or becomes a GET, depending on its status', async (t) => {
  const { origin } = await serve(t, async (request, response) => {
    const body = await text(request);
    const [, status] = request.url?.split('/') ?? [];
    if (status) response.writeHead(Number(status), { location: '/' }).end();
    else response.end(`${request.method} ${body} ${request.headers['x-own']}`);
  });
  const http = client(t);
  const cases: readonly (readonly [number, 'POST' | 'PUT' | 'DELETE', string])[] = [
    [301, 'POST', 'GET  yes'],
    [302, 'POST', 'GET  yes'],
    [303, 'POST', 'GET  yes'],
    [307, 'POST', 'POST body yes'],
    [308, 'POST', 'POST body yes'],
    [301, 'PUT', 'PUT body yes'],
    [303, 'PUT', 'GET  yes'],
    [307, 'DELETE', 'DELETE body yes'],
  ];
  for (const [status, method, seen] of cases) {
    const url = new URL(`${origin}/${status}`);
    const reply = await http.fetch({ ...LIMITS, url, method, body: 'body', headers: { 'x-own': 'yes' } });
    t.equal(reply.body.toString(), seen, `${status} ${method}`);
    t.equal(reply.url.href, `${origin}/`);
  }
  const head = await http.fetch({ ...LIMITS, url: new URL(`${origin}/303`), method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal(head.body.length, 0);
});

t.test('the number of redirects is limited, and a redirect without a location is an answer', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) response.writeHead(302, { location: `/${left - 1}` }).end('x'.repeat(5000));
    else response.writeHead(left === 0 ? 200 : 302).end('here');
  });
  const http = client(t);
  const fetch = (path: string, more = {}) => http.fetch({ ...LIMITS, url: new URL(path, origin), ...more });

  t.match(await fetch('/5'), { status: 200 });
  await t.rejects(fetch('/6'), { code: 'bad-redirect', message: `${origin}/6 redirects more than 5 times.` });
  t.match(await fetch('/none'), { status: 302 });
  t.match(await fetch('/1', { redirects: 'manual' }), { status: 302, headers: { location: '/0' } });
  t.equal((await fetch('/1', { redirects: 'manual' })).body.length, 5000);
});

t.test('headers and credentials are sent to one origin only, not to another port', async (t) => {
  const seen: unknown[] = [];
  const other = await serve(t, (request, response) => {
    seen.push([request.headers['x-key'], request.headers.authorization, request.headers['user-agent']]);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  const own = await serve(t, (request, response) => {
    seen.push([request.headers['x-key'], request.headers.authorization, request.headers['user-agent']]);
    response.writeHead(302, { location: `${other.origin}/` }).end();
  });
  const auth = createAuthenticator({ username: 'a', password: 'b', scheme: 'basic' });
  const basic = `Basic ${Buffer.from('a:b').toString('base64')}`;
  const reply = await client(t).fetch({ ...LIMITS, url: new URL(own.origin), headers: { 'x-key': 'k' }, auth });

  t.equal(reply.status, 401);
  t.same(seen, [
    ['k', basic, 'camd'],
    [undefined, undefined, 'camd'],
  ]);
});

t.test('answered challenges do not occupy connections of the client', async (t) => {
  const { origin, connections } = await serve(t, (request, response) => {
    if (request.headers.authorization) response.end('in');
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('x'.repeat(5000));
  });
  const http = client(t);
  for (let round = 0; round < 5; round++) {
    const auth = createAuthenticator({ username: 'a', password: 'b' });
    const reply = await http.fetch({ ...LIMITS, url: new URL(origin), auth });
    t.equal(reply.body.toString(), 'in');
  }

  t.ok(connections() <= 2, `${connections()} connections`);
});

t.test('an answer of exactly the limit is complete; a longer one is truncated if requested', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/announced') response.setHeader('content-length', 10);
    response.write('01234');
    response.end('56789');
  });
  const http = client(t);
  const fetch = (path: string, maxBytes: number, longer?: 'cut') =>
    http.fetch({ deadline: 60_000, maxBytes, url: new URL(path, origin), ...(longer ? { longer } : {}) });

  for (const path of ['/', '/announced']) {
    t.equal((await fetch(path, 10)).body.toString(), '0123456789');
    await t.rejects(fetch(path, 9), { code: 'too-large', message: /answered with more than 9\D/ });
    t.equal((await fetch(path, 10, 'cut')).body.toString(), '0123456789');
    t.equal((await fetch(path, 9, 'cut')).body.toString(), '012345678');
    t.equal((await fetch(path, 5, 'cut')).body.toString(), '01234');
    t.equal((await fetch(path, 1, 'cut')).body.toString(), '0');
  }
});

t.test('header names are in lower case, and repeated headers are joined', async (t) => {
  const { origin } = await serve(t, (_request, response) => {
    response.setHeader('X-Two', ['a', 'b']).setHeader('X-One', 'c').end();
  });
  const { headers } = await client(t).fetch({ ...LIMITS, url: new URL(origin) });

  t.match(headers, { 'x-two': 'a, b', 'x-one': 'c' });
});

t.test(
  'an opened answer ends with its signal, and removes its listener from the signal when it has ended',
  async (t) => {
    const { origin } = await serve(t, (request, response) => {
      response.write('begin');
      if (request.url === '/short') response.end();
    });
    const http = client(t);
    const control = new AbortController();
    let listening = 0;
    const { signal } = control;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listening++;
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listening--;
      remove(...args);
    }) as typeof remove;

    const short = await http.open({ deadline: 60_000, url: new URL(`${origin}/short`), signal });
    const before = listening;
    t.equal(await text(short.body), 'begin');
    if (!short.body.closed) await once(short.body, 'close');
    t.equal(listening, before - 1);

    const endless = await http.open({ deadline: 60_000, url: new URL(origin), signal });
    endless.body.resume();
    const closed = new Promise<void>((resolve) => endless.body.once('close', resolve));
    control.abort();
    await closed;
    t.equal(endless.body.destroyed, true);
    await t.rejects(
      http.open({ deadline: 60_000, url: new URL(origin), signal: AbortSignal.abort(new Error('gone')) }),
      {
        message: 'gone',
      },
    );
  },
);
