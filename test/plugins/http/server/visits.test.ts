// http/server: open responses after a change of the settings.

import t from 'tap';
import { get, rawClient } from '../../../support/raw-client.ts';
import { routePart, serverPart, site } from '../../../support/site.ts';

t.test('after auth is added, only viewers with credentials stay connected', async (t) => {
  const held = routePart((server) => {
    const releases = ['/held', '/public'].map((path) =>
      server.route({
        methods: ['GET'],
        path,
        handler(_request, reply) {
          reply.hijack();
          reply.raw.writeHead(200);
          reply.raw.write('begun');
        },
      }),
    );
    const upgrade = (path: string, auth: 'server' | 'route') =>
      server.upgrade({
        path,
        auth,
        handler: (_request, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\nbegun'),
      });
    releases.push(upgrade('/raw', 'server'), upgrade('/own', 'route'));
    return () => {
      for (const release of releases) release();
    };
  });
  const camd = await site(t, { held });
  const open = async (path: string, ...lines: string[]) => {
    const client = rawClient(t, camd.port(), get(path, ...lines));
    await client.sees('begun');
    return client;
  };
  const websocket = ['Connection: Upgrade', 'Upgrade: websocket'];
  const stranger = await open('/held');
  const raw = await open('/raw', ...websocket);
  const stay = [
    await open('/held', 'Authorization: Bearer 0123456789abcdef'),
    await open('/public'),
    await open('/own', ...websocket),
  ];
  const auth = { bearer: { tokens: ['0123456789abcdef'] }, public: ['/public'] };

  await camd.move({ ...camd.parts, web: serverPart({ auth }) });

  await stranger.ended();
  await raw.ended();
  t.same(
    stay.map((client) => client.isClosed()),
    [false, false, false],
  );
});
