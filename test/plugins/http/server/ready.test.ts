// http/server: ready answers of a route equal those of its handler, and are sent after the same checks.

import { connect } from 'node:net';
import t from 'tap';
import type { ReadyAnswer, ReadyRequest } from '../../../../core/contract/http.ts';
import type { Part } from '../../../support/graph.ts';
import { get, rawClient } from '../../../support/raw-client.ts';
import { routePart, serverPart, site, snapshotPart } from '../../../support/site.ts';
import { until } from '../../../support/until.ts';

const USERS = { basic: { users: { guest: 'guest-password' } }, public: ['/open'] };
const header = (password: string) => ({
  authorization: `Basic ${Buffer.from(`guest:${password}`).toString('base64')}`,
});

const answer = (body: Buffer): ReadyAnswer => {
  const unchanged = ['ETag', '"tag"'];
  return { etag: '"tag"', unchanged, full: ['Content-Length', String(body.length), ...unchanged], body };
};

/** A route at `path` whose answer is ready when `ready` returns one. */
const readyPart = (path: string, ready: (request: ReadyRequest) => ReadyAnswer | undefined): Part =>
  routePart((server) => server.route({ methods: ['GET'], path, ready, handler: () => 'by the handler' }));

t.test('the server sends an answer that is ready, and calls the handler otherwise', async (t) => {
  const requests: string[] = [];
  const camd = await site(t, {
    route: readyPart('/{name}/x', ({ url, params }) => {
      requests.push(`${params.name} ${url}`);
      if (url.endsWith('?broken')) throw new Error('the secret inside');
      if (url.endsWith('?malformed')) return { ...answer(Buffer.from('ready')), full: ['ETag', 'a\nb'] };
      return url.endsWith('?later') ? undefined : answer(Buffer.from('ready'));
    }),
  });
  const ask = (query: string, more: RequestInit = {}) => fetch(`${camd.origin()}/a/x${query}`, more);

  const response = await ask('?now');
  t.equal(await response.text(), 'ready');
  t.equal(response.headers.get('x-content-type-options'), 'nosniff');
  t.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
  t.equal((await ask('', { headers: { 'if-none-match': 'W/"tag"' } })).status, 304);
  const head = await ask('', { method: 'HEAD' });
  t.same([head.headers.get('content-length'), await head.text()], ['5', '']);
  t.equal(await (await ask('?later')).text(), 'by the handler');
  t.equal(await (await ask('?broken')).text(), 'by the handler');
  t.match(
    camd.lines.find(({ msg }) => msg === 'a callback of the plugin failed'),
    { node: 'route', callback: 'route' },
    'the log names the node of the route',
  );
  t.equal(await (await ask('?malformed')).text(), 'by the handler');
  t.match(
    camd.lines.find(({ msg }) => msg === 'an answer that was ready failed'),
    { node: 'web' },
  );
  t.same(requests.slice(0, 2), ['a /a/x?now', 'a /a/x']);

  await until(() => camd.metrics('web').request_ms_count_total === 6, 'the counts');
  t.match(camd.metrics('web'), { requests_total: 6, responses_2xx_total: 5, responses_3xx_total: 1 });
});

t.test('refused clients receive no ready answer, and guesses are counted and delayed', async (t) => {
  let requests = 0;
  const ready = () => {
    requests++;
    return answer(Buffer.from('ready'));
  };
  const web = serverPart({ auth: USERS, hosts: ['camd.test', '127.0.0.1'] });
  const camd = await site(t, { web, route: readyPart('/x', ready), open: readyPart('/open', ready) });
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(camd.origin() + path, { headers });

  t.equal((await ask('/x')).status, 401);
  for (const wrong of ['1', '2', '3']) t.equal((await ask('/x', header(wrong))).status, 401);
  const strange = rawClient(
    t,
    camd.port(),
    get('/open', 'Connection: close').replace(/Host: .*/, 'Host: evil.example'),
  );
  t.match(await strange.ended(), /^HTTP\/1.1 421 /);
  const two = rawClient(t, camd.port(), get('/open', 'Host: camd.test', 'Connection: close'));
  t.match(await two.ended(), /^HTTP\/1.1 400 /);
  t.equal(requests, 0);
  await until(() => camd.metrics('web').refused_total === 5, 'four without the password and one unknown host');

  t.equal(await (await ask('/open')).text(), 'ready');
  const client = rawClient(t, camd.port());
  const right = Object.values(header('guest-password'))[0] ?? '';
  client.send(get('/x', `Authorization: ${right}`));
  await client.sees('by the handler');
  for (const times of [1, 2]) {
    client.send(get('/x', `Authorization: ${right}`));
    await client.sees('ready', times);
  }
  client.send(get('/x', `Authorization: ${right.replace(/.$/, '_')}`));
  t.match(await client.sees(' 401 '), /ready.* 401 /s, 'the connection alone gives no access');
});

t.test('users receive ready answers for their own cameras only', async (t) => {
  const auth = { ...USERS, rights: { guest: { role: 'look' as const, cameras: ['camera'] } } };
  const camd = await site(t, {
    web: serverPart({ auth }),
    snapshot: snapshotPart({ path: '/{camera}.jpg' }),
    all: readyPart('/all', () => answer(Buffer.from('ready'))),
  });
  camd.shoot('own', 'camera');
  camd.shoot('foreign', 'other');
  const ask = (path: string) => fetch(camd.origin() + path, { headers: header('guest-password') });

  for (const time of ['first', 'second']) {
    t.equal(await (await ask('/camera.jpg')).text(), 'own', time);
    t.equal((await ask('/other.jpg')).status, 404, time);
    t.equal((await ask('/all')).status, 403, time);
  }
});

t.test('a client that reads its answer slowly is disconnected when the rules change', async (t) => {
  const body = Buffer.alloc(32 * 2 ** 20);
  const camd = await site(t, { route: readyPart('/x', () => answer(body)) });
  const slow = connect(camd.port(), '127.0.0.1');
  t.teardown(() => void slow.destroy());
  let closed = false;
  slow.on('error', () => {});
  slow.on('close', () => {
    closed = true;
  });
  slow.pause();
  slow.write(get('/x'));
  await until(() => camd.metrics('web').requests_total === 1, 'the request to be counted');

  await camd.move({ ...camd.parts, web: serverPart({ auth: USERS }) });
  slow.resume();

  await until(() => closed, 'the connection to end');
  t.ok(slow.bytesRead < body.length);
});
