// registry/http against a real HTTP server: status codes, facts, tokens, and an unreachable server.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import t from 'tap';
import { registryConformance } from '../../conformance/registry.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';

async function application(t: Ending, seen: (request: IncomingMessage) => void = () => {}) {
  const known = new Map<string, unknown>([
    ['lobby', { name: 'Lobby', floor: 0, tags: ['x'] }],
    ['cafe', 'just text'],
  ]);
  const port = await freePort();
  let server: Server | undefined;
  const back = () =>
    new Promise<void>((resolve) => {
      server = createServer((request, response) => {
        seen(request);
        const id = decodeURIComponent(new URL(request.url ?? '', 'http://x').pathname.slice('/clients/'.length));
        if (id === '') response.end(JSON.stringify([...known.keys()].map((uuid) => ({ uuid }))));
        else response.writeHead(known.has(id) ? 200 : 404).end(JSON.stringify(known.get(id) ?? null));
      }).listen(port, '127.0.0.1', resolve);
    });
  const away = () =>
    new Promise<void>((resolve) => {
      server?.close(() => resolve());
      server?.closeAllConnections();
    });
  await back();
  t.teardown(away);
  return { known, away, back, origin: `http://127.0.0.1:${port}` };
}

const profile = (origin: string, ...options: string[]) => dedent`
  camd: 1
  pipeline:
    clients:
      use: registry/http
      url: '${origin}/clients/{camera}'
      list_url: '${origin}/clients/'
      cache: 50ms
      ${options.join('\n      ')}
`;

t.test('conforms', async (t) => {
  registryConformance(t, async (t) => {
    const { known, away, back, origin } = await application(t);
    const camd = await run(t, profile(origin));
    return {
      registry: camd.port('clients', 'registry'),
      elsewhere: {
        add: (camera) => void known.set(camera, {}),
        remove: (camera) => void known.delete(camera),
        away,
        back,
        state: (is) => camd.state('clients', is),
      },
    };
  });
});

t.test('plain values of a JSON object are facts, and the token is sent', async (t) => {
  const tokens: unknown[] = [];
  const { origin } = await application(t, (request) => void tokens.push(request.headers.authorization));
  const camd = await run(t, profile(origin, 'token: swordfish'));

  const lobby = await camd.port('clients', 'registry').lookup('lobby');
  const cafe = await camd.port('clients', 'registry').lookup('cafe');

  t.same(lobby, { name: 'Lobby', floor: 0 });
  t.same(cafe, {});
  t.same(tokens, ['Bearer swordfish', 'Bearer swordfish']);
});
