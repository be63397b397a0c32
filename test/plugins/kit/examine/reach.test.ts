// Reachability checks against real servers: statuses, credentials, certificates, and remedies for failures.

import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import t, { type Test } from 'tap';
import type { ExamineView, Observation } from '../../../../core/contract/plugin.ts';
import { failedConnection, openSocket, quoted } from '../../../../plugins/kit/examine/connection.ts';
import { reach, type Target } from '../../../../plugins/kit/examine/reach.ts';
import { type FakeAnswer, fakeServer } from '../../../../testing/index.ts';
import { authority } from '../../../support/authority.ts';

const never = new AbortController().signal;
const view = { signal: never, resolve: (path: string) => path } as ExamineView;

async function observe(target: Omit<Target, 'option'>): Promise<Observation> {
  const all: Observation[] = [];
  for await (const finding of reach(view, { option: 'url', ...target })) all.push(finding);
  const [only, more] = all;
  if (!only || more) throw new Error(`${all.length} observations`);
  return only;
}
const ask = async (t: Test, answer: FakeAnswer, more: Partial<Target> = {}) => {
  const server = await fakeServer(t, () => answer);
  const found = await observe({ url: `${server.origin}/a?b=c`, ...more });
  return { found, server };
};

t.test('a server may answer any status below 500, and only its head is requested', async (t) => {
  const { found, server } = await ask(t, { status: 404 });
  t.match(found, {
    is: 'fine',
    code: 'reachable',
    option: 'url',
    message: /^The server http:\/\/\S+\/ answers \(\d+ ms\)\.$/,
  });
  t.match(server.requests, [
    { method: 'HEAD', url: '/', headers: { 'user-agent': 'camd', accept: '*/*', connection: 'close' } },
  ]);
  t.match((await ask(t, { status: 499 })).found, { is: 'fine' });
  t.match((await ask(t, { status: 500 }, { what: 'The thing' })).found, {
    is: 'warning',
    code: 'bad-status',
    message: 'The thing answers with status 500.',
    fix: /^curl -sv -o \/dev\/null http:/,
  });
});

t.test('a camera must answer with a picture', async (t) => {
  const picture = (answer: FakeAnswer, more: Partial<Target> = {}) =>
    ask(t, answer, { expects: 'picture', what: 'The camera', headers: { 'x-key': 'k' }, ...more });
  const fine = await picture({ headers: { 'content-type': 'Image/JPEG; q=1' } });
  t.match(fine.found, { is: 'fine', message: /^The camera answers with image\/jpeg \(\d+ ms\)\.$/ });
  t.match(fine.server.requests, [{ method: 'GET', url: '/a?b=c', headers: { 'x-key': 'k' } }]);
  t.match((await picture({})).found, { is: 'fine', message: /^The camera answers \(\d+ ms\)\.$/ });

  const cases: readonly (readonly [FakeAnswer, object])[] = [
    [
      { status: 401 },
      { is: 'wrong', code: 'needs-credentials', message: /asks for a password \(401\): set "username"/ },
    ],
    [{ status: 403 }, { is: 'wrong', code: 'needs-credentials', message: /\(403\)/ }],
    [{ status: 400 }, { is: 'wrong', code: 'bad-status', message: 'The camera answers with status 400.' }],
    [{ status: 404 }, { is: 'wrong', code: 'bad-status' }],
    [{ headers: { 'content-type': 'text/html; charset=utf-8' } }, { is: 'wrong', code: 'no-picture' }],
    [
      { status: 300 },
      { is: 'warning', code: 'redirected', message: /^The camera redirects \(300\); it was not followed/ },
    ],
    [{ status: 399 }, { is: 'warning', code: 'redirected' }],
    [
      { status: 302, headers: { location: '/new' } },
      { is: 'warning', code: 'redirected', message: /redirects to http:\/\/127\.0\.0\.1:\d+\/new \(302\)/ },
    ],
    [{ status: 302, headers: { location: 'http://' } }, { message: /redirects \(302\)/ }],
  ];
  for (const [answer, observation] of cases) {
    const { found } = await picture(answer);
    t.match(found, observation, JSON.stringify(answer));
    t.match(found.fix, /^curl -sv -o \/dev\/null /);
  }
});

t.test('credentials are sent after a challenge, a limited number of times', async (t) => {
  const credentials = { username: 'ann', password: 'p' };
  const right = `Basic ${Buffer.from('ann:p').toString('base64')}`;
  const server = await fakeServer(t, ({ headers }) =>
    headers.authorization === right ? {} : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
  );
  const target = { url: server.origin, expects: 'picture', what: 'The camera', credentials } as const;
  t.match(await observe(target), { is: 'fine' });
  t.same(
    server.requests.map(({ headers }) => headers.authorization),
    [undefined, right],
  );
  t.match(await observe({ ...target, credentials: { username: 'ann', password: 'q' } }), {
    is: 'wrong',
    code: 'credentials-refused',
    message: 'The camera refused the username or the password (401).',
  });

  const stale = await fakeServer(t, (_request, number) => ({
    status: 401,
    headers: { 'www-authenticate': `Digest realm="x", qop="auth", nonce="n${number}", stale=true` },
  }));
  t.match(await observe({ ...target, url: stale.origin }), { code: 'credentials-refused' });
  t.equal(stale.requests.length, 3);
});

t.test('for other schemes only a connection is opened', async (t) => {
  const server = createTcpServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.match(await observe({ url: `mqtt://127.0.0.1:${port}`, what: 'The broker' }), {
    is: 'fine',
    code: 'reachable',
    message: /^The broker accepts connections \(\d+ ms\)\.$/,
  });
  server.close();
  await once(server, 'close');
  t.match(await observe({ url: `mqtt://127.0.0.1:${port}`, what: 'The broker' }), {
    is: 'wrong',
    code: 'unreachable',
    option: 'url',
    message: /^The broker is unreachable: .*\.$/,
    fix: `sudo ss -ltnp 'sport = :${port}'`,
  });
});

t.test('a certificate is verified against the given authority', async (t) => {
  const { ca, cert, key } = authority(t);
  const server = createTlsServer({ cert, key }, (_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  t.match(await observe({ url, tls: { ca } }), { is: 'fine' });
  t.match(await observe({ url, tls: { verify: false } }), { is: 'fine' });
  t.match(await observe({ url }), {
    is: 'wrong',
    code: 'unreachable',
    fix: /^openssl s_client -showcerts -connect 127/,
  });
  t.match(await observe({ url, tls: { ca: '/nonexistent.pem' } }), {
    is: 'wrong',
    code: 'unreadable-file',
    option: 'tls.ca',
    message: /\/nonexistent\.pem cannot be read/,
  });
});

t.test('a failure names a command that shows more', (t) => {
  const fix = (host: string, code: string, tls?: object): unknown =>
    failedConnection('X', 'o', { host, port: 81, ...(tls ? { tls } : {}) }, Object.assign(new Error('x'), { code }))
      .fix;
  const cases: readonly (readonly [unknown, string])[] = [
    [fix('nas', 'ENOTFOUND'), 'getent hosts nas'],
    [fix('nas', 'EAI_AGAIN'), 'getent hosts nas'],
    [fix('nas', 'CERT_HAS_EXPIRED', {}), 'openssl s_client -showcerts -connect nas:81 </dev/null'],
    [fix('::2', 'SELF_SIGNED_CERT', {}), "openssl s_client -showcerts -connect '[::2]:81' </dev/null"],
    [fix('nas', 'CERT_HAS_EXPIRED'), 'ping -c 3 nas'],
    [fix('nas', 'ECONNREFUSED'), 'nc -vz nas 81'],
    [fix('localhost', 'ECONNREFUSED'), "sudo ss -ltnp 'sport = :81'"],
    [fix('::1', 'ECONNREFUSED'), "sudo ss -ltnp 'sport = :81'"],
    [fix('nas', 'ETIMEDOUT', {}), 'ping -c 3 nas'],
    [fix('a b', 'ETIMEDOUT'), "ping -c 3 'a b'"],
  ];
  for (const [found, command] of cases) t.equal(found, command);
  t.equal(quoted(''), "''");
  t.end();
});

t.test('a connection is cancelled after its time limit or by its signal', async (t) => {
  const server = createTcpServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const endpoint = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };

  await t.rejects(openSocket({ ...endpoint, tls: {} }, never, 30), { code: 'ETIMEDOUT' }, 'no answer to TLS');
  await t.rejects(openSocket(endpoint, AbortSignal.abort()), { message: 'it was interrupted' });
  const control = new AbortController();
  const waiting = openSocket({ ...endpoint, tls: {} }, control.signal);
  control.abort();
  await t.rejects(waiting, { message: 'it was interrupted' });
  const open = await openSocket(endpoint, never, 1000);
  t.equal(open.destroyed, false);
  open.destroy();
});
