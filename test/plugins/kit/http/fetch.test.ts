// The HTTP client against real servers: limits, redirects, digest, TLS, and connection reuse.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createAuthenticator } from '../../../../plugins/kit/http/auth.ts';
import { createHttpClient, type HttpClientOptions, splitCredentials } from '../../../../plugins/kit/http/fetch.ts';
import type { Ending } from '../../../support/harness.ts';
import { until } from '../../../support/until.ts';

async function serve(
  t: Ending,
  handler: RequestListener,
  server: Server | TlsServer = createServer(),
): Promise<{ url: URL; connections: () => number }> {
  let connections = 0;
  server.on('request', handler).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    connections: () => connections,
  };
}

function client(t: Ending, options?: HttpClientOptions) {
  const made = createHttpClient(options);
  t.teardown(() => made.close());
  return made;
}

const limits = { deadline: 20_000, maxBytes: 1000 };

/** Checks a digest as a server does, independently of the client's code. */
function digestIsRight(request: IncomingMessage, password: string, hash: string): boolean {
  const fields = new Map(
    [...(request.headers.authorization ?? '').matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g)].map((match) => [
      match[1],
      match[2] ?? match[3],
    ]),
  );
  const digest = (text: string): string => createHash(hash).update(text).digest('hex');
  const secret = digest(`${fields.get('username')}:${fields.get('realm')}:${password}`);
  const second = digest(`${request.method}:${request.url}`);
  const text = [secret, fields.get('nonce'), fields.get('nc'), fields.get('cnonce'), fields.get('qop'), second].join(
    ':',
  );
  return fields.get('uri') === request.url && fields.get('response') === digest(text);
}

t.test('answers of any status are read completely, over one connection', async (t) => {
  const { url, connections } = await serve(t, (request, response) => {
    response.writeHead(request.url === '/404' ? 404 : 200, { 'X-Two': ['a', 'b'] }).end(`you asked ${request.method}`);
  });
  const http = client(t, { connections: 1 });

  const first = await http.fetch({ url, ...limits });
  const two = await http.fetch({ url: new URL('/404', url), method: 'PUT', body: Buffer.from('body'), ...limits });

  t.same([first.status, first.body.toString(), first.headers['x-two']], [200, 'you asked GET', 'a, b']);
  t.same([two.status, two.body.toString()], [404, 'you asked PUT']);
  t.equal(connections(), 1);
});

t.test('digest works with MD5 and SHA-256, and its nonce is reused', async (t) => {
  for (const [algorithm, hash] of [
    ['MD5', 'md5'],
    ['SHA-256', 'sha256'],
  ] as const) {
    let requests = 0;
    const { url } = await serve(t, (request, response) => {
      requests++;
      if (digestIsRight(request, 'Circle of Life', hash)) return response.end('picture');
      const header = `Digest realm="cam", qop="auth", algorithm=${algorithm}, nonce="abc", opaque="o"`;
      return response.writeHead(401, { 'WWW-Authenticate': header }).end('no');
    });
    const http = client(t);
    const auth = createAuthenticator({ username: 'Mufasa', password: 'Circle of Life' });
    const wrong = createAuthenticator({ username: 'Mufasa', password: 'guess' });

    const target = new URL('/snap.cgi?channel=1&x=%20y', url);
    const replies = [];
    for (let count = 0; count < 3; count++)
      replies.push((await http.fetch({ url: target, auth, ...limits })).body.toString());
    const before = requests;
    const refused = await http.fetch({ url: target, auth: wrong, ...limits });

    t.same(replies, ['picture', 'picture', 'picture'], algorithm);
    t.equal(before, 4, 'four requests for three pictures');
    t.equal(refused.status, 401);
    t.equal(requests - before, 2, 'a wrong password is tried once');
  }
});

t.test(
  'redirects are followed on the same host only, a limited number of times, and never from TLS to plain HTTP',
  async (t) => {
    const seen: (string | undefined)[] = [];
    const { url } = await serve(t, (request, response) => {
      const to: Record<string, string> = {
        '/': '/next',
        '/next': '/end',
        '/away': 'http://other.example/?password=s3cret',
        '/loop': '/loop',
        '/junk': 'http://[',
      };
      seen.push(request.headers.authorization);
      const location = to[request.url ?? ''];
      if (location) response.writeHead(302, { Location: location }).end('moved');
      else response.end('here');
    });
    const http = client(t);

    const reply = await http.fetch({ url, ...limits, headers: { authorization: 'Bearer x' } });

    t.equal(reply.body.toString(), 'here');
    t.equal(reply.url.pathname, '/end');
    const count = seen.length;
    await t.rejects(http.fetch({ url: new URL('/away', url), ...limits }), {
      code: 'bad-redirect',
      message: /other\.example\/\?password=\*\*\*/,
    });
    t.equal(seen.length, count + 1);
    await t.rejects(http.fetch({ url: new URL('/loop', url), ...limits }), {
      code: 'bad-redirect',
      message: /more than 5 times/,
    });
    await t.rejects(http.fetch({ url: new URL('/junk', url), ...limits }), { code: 'bad-redirect' });
  },
);

t.test('an answer over the limit is dropped, with or without a declared length', async (t) => {
  const { url } = await serve(t, (request, response) => {
    if (request.url === '/announced') response.writeHead(200, { 'Content-Length': '5000000000' });
    const timer = setInterval(() => response.write(Buffer.alloc(700)), 1);
    response.on('close', () => clearInterval(timer));
  });
  const http = client(t);

  for (const path of ['/', '/announced']) {
    await t.rejects(http.fetch({ url: new URL(path, url), ...limits }), {
      blame: 'environment',
      code: 'too-large',
      message: /more than 1000 B/,
    });
  }
});

t.test('the deadline applies to servers that never answer and to those that never end', async (t) => {
  const { url } = await serve(t, (request, response) => {
    if (request.url === '/drip') response.write('x');
  });
  const http = client(t);

  for (const path of ['/', '/drip']) {
    await t.rejects(http.fetch({ url: new URL(path, url), deadline: 50, maxBytes: 1000 }), {
      blame: 'environment',
      code: 'deadline',
    });
  }
});

t.test('a caller can cancel a request, before and during it', async (t) => {
  const { url } = await serve(t, () => {});
  const http = client(t);
  const early = new AbortController();
  const during = new AbortController();
  early.abort(new Error('early'));

  const waiting = http.fetch({ url, ...limits, signal: during.signal });
  during.abort(new Error('during'));

  await t.rejects(http.fetch({ url, ...limits, signal: early.signal }), { message: 'early' });
  await t.rejects(waiting, { message: 'during' });
});

t.test('an opened stream is not limited by the deadline and ends with its signal', async (t) => {
  let closed = 0;
  const { url } = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write('tick'), 10);
    response.on('close', () => {
      closed++;
      clearInterval(timer);
    });
  });
  const http = client(t);
  const control = new AbortController();

  const stream = await http.open({ url, deadline: 2000, signal: control.signal });
  let bytes = 0;
  stream.body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await until(() => bytes > 40, 'bytes of the stream');
  control.abort(new Error('enough'));

  await until(() => closed === 1, 'the connection to be closed at the server');
  t.ok(stream.body.destroyed);
});

t.test('an unreachable server is reported in plain words and without credentials', async (t) => {
  const garbage = createTcpServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('SSH-2.0-OpenSSH\r\n'),
  );
  await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
  const { port } = garbage.address() as AddressInfo;
  const http = client(t);

  await t.rejects(http.fetch({ url: new URL(`http://127.0.0.1:${port}/?token=s3cret`), ...limits }), {
    code: 'unreachable',
    message: `http://127.0.0.1:${port}/?token=*** cannot be read: its answer is not valid HTTP.`,
  });
  await new Promise((resolve) => garbage.close(resolve));
  await t.rejects(http.fetch({ url: new URL(`http://127.0.0.1:${port}/`), ...limits }), {
    message: /cannot be read: nothing is listening there\.$/,
  });
  await t.rejects(http.fetch({ url: new URL('http://camd.invalid/'), ...limits }), { code: 'unreachable' });
});

t.test('a certificate is verified against the given authorities unless verification is off', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const ca = readFileSync(cert);
  const server = createTlsServer({ key: readFileSync(key), cert: ca });
  const { url } = await serve(t, (_request, response) => response.end('safe'), server);
  url.protocol = 'https:';

  const trusting = await client(t, { ca }).fetch({ url, ...limits });
  const careless = await client(t, { verify: false }).fetch({ url, ...limits });

  t.same([trusting.body.toString(), careless.body.toString()], ['safe', 'safe']);
  await t.rejects(client(t).fetch({ url, ...limits }), {
    code: 'unreachable',
    message: /its TLS certificate is self-signed/,
  });
});

t.test('user information is removed from a URL and decoded', async (t) => {
  const { url, username, password } = splitCredentials('http://us%40er:p%3Aw@cam/x');

  t.same([url.href, username, password], ['http://cam/x', 'us@er', 'p:w']);
  t.same(splitCredentials('http://cam/').username, undefined);
});
