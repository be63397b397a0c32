// Upgrade requests of http/server: credentials, permitted origins, and the address passed to the route.

import t from 'tap';
import type { Server } from '../../../../core/contract/ports.ts';
import { rawClient } from '../../../support/raw-client.ts';
import { routePart, serverPart, site } from '../../../support/site.ts';

const AUTH = { bearer: { tokens: ['correct-horse-battery'] }, public: [] };

const upgradePart = (upgrade: Partial<Parameters<Server['upgrade']>[0]> = {}) =>
  routePart((server) =>
    server.upgrade({
      path: '/raw',
      handler: (_request, socket, _head, _params, client) =>
        void socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\nhello ${client}`),
      ...upgrade,
    }),
  );
const upgrade = (...headers: string[]): string =>
  ['GET /raw HTTP/1.1', 'Host: cam.local', 'Connection: Upgrade', 'Upgrade: websocket', ...headers, '', ''].join(
    '\r\n',
  );

t.test('the server checks credentials unless the route does so itself', async (t) => {
  const guarded = await site(t, { routes: upgradePart(), web: serverPart({ auth: AUTH }) });
  const own = await site(t, { routes: upgradePart({ auth: 'route' }), web: serverPart({ auth: AUTH }) });

  t.match(await rawClient(t, guarded.port(), upgrade()).ended(), /^HTTP\/1.1 401 /);
  t.match(await rawClient(t, guarded.port(), upgrade('Authorization: Bearer correct-horse-battery')).ended(), /hello/);
  t.match(await rawClient(t, own.port(), upgrade()).ended(), /hello/);
  t.match(
    await rawClient(t, own.port(), upgrade().replace('/raw', '/other')).ended(),
    /^HTTP\/1.1 401 /,
    'without credentials, a path that is not served looks like any other',
  );
});

t.test('a route may permit further origins; all others are refused', async (t) => {
  const strict = await site(t, { routes: upgradePart({ auth: 'route' }) });
  const listed = await site(t, { routes: upgradePart({ origins: ['https://front.example'] }) });
  const all = await site(t, { routes: upgradePart({ origins: ['*'] }) });
  const from = (camd: typeof strict, origin: string) => rawClient(t, camd.port(), upgrade(`Origin: ${origin}`)).ended();

  t.match(await from(strict, 'https://front.example'), /^HTTP\/1.1 403 /);
  t.match(await from(strict, 'http://cam.local'), /hello/);
  t.match(await from(listed, 'https://Front.Example'), /hello/);
  t.match(await from(listed, 'https://other.example'), /^HTTP\/1.1 403 /);
  t.match(await from(all, 'https://other.example'), /hello/);
});

t.test('the route gets the address of the client, from X-Forwarded-For only behind a trusted proxy', async (t) => {
  const direct = await site(t, { routes: upgradePart() });
  const behind = await site(t, {
    routes: upgradePart(),
    web: serverPart({ trusted_proxies: ['127.0.0.1', '10.0.0.0/8'] }),
  });
  const forwarded = upgrade('X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.1.1.1');

  t.match(await rawClient(t, direct.port(), forwarded).ended(), /hello 127\.0\.0\.1$/);
  t.match(await rawClient(t, behind.port(), forwarded).ended(), /hello 192\.0\.2\.7$/);
  t.match(await rawClient(t, behind.port(), upgrade()).ended(), /hello 127\.0\.0\.1$/);
});

t.test('all routes are also served below further prefixes, with the same public paths', async (t) => {
  const routes = routePart((server) => {
    const releases = [
      server.route({ methods: ['GET'], path: '/list', handler: () => 'the list' }),
      server.route({ methods: ['GET'], path: '/secret', handler: () => 'the secret' }),
    ];
    return () => {
      for (const release of releases) release();
    };
  });
  const web = serverPart({ also_under: ['/camera', '/camera-server/camera'], auth: { ...AUTH, public: ['/list'] } });
  const camd = await site(t, { routes, web });
  const status = async (path: string): Promise<number> => (await fetch(camd.origin() + path)).status;

  for (const path of ['/list', '/camera/list', '/camera-server/camera/list?x=1'])
    t.equal(await status(path), 200, path);
  for (const path of ['/secret', '/camera/secret', '/camera/camera/list', '/cameralist']) {
    t.equal(await status(path), 401, path);
  }
});

t.test('an upgrade during a reload that replaces its route waits for the new one', async (t) => {
  const camd = await site(t, { routes: upgradePart() });
  await rawClient(t, camd.port(), upgrade()).ended();
  await camd.move({ ...camd.parts, routes: routePart(() => undefined) });

  const waiting = rawClient(t, camd.port(), upgrade());
  await new Promise((resolve) => setImmediate(resolve));
  await camd.move({ ...camd.parts, routes: upgradePart() });

  t.match(await waiting.ended(), /hello/);
});
