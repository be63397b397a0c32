// http/server and unknown clients: other host names, guessed passwords, proxies, headers on every answer, malformed requests.

import { Agent, get } from 'node:http';
import t from 'tap';
import { forwardedOf, isForeign } from '../../../../plugins/kit/http/origin.ts';
import { createGuessing } from '../../../../plugins/kit/ingest/guessing.ts';
import { dedent } from '../../../support/dedent.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { rawClient } from '../../../support/raw-client.ts';

async function server(t: Ending, ...options: string[]) {
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        cam: { use: source/test-pattern, size: 160x120 }
        latest: { use: cache/latest, from: cam }
        web:
          use: http/server
          listen: 127.0.0.1:0
          ${options.join('\n          ')}
        viewer: { use: http/viewer, on: web, from: latest }
    `,
  );
  const port = Number(new URL(camd.port('web', 'server').origin).port);
  const ask = async (...lines: string[]): Promise<string> =>
    rawClient(t, port, [...lines, 'Connection: close', '', ''].join('\r\n')).ended();
  return { camd, port, ask };
}
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];
const statusOf = (answer: string): number => Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);

t.test('without a password, unknown host names are refused, and the log names them', async (t) => {
  const { camd, ask } = await server(t);
  const own = [
    '127.0.0.1',
    'localhost:8080',
    '[::1]:8080',
    'camhost',
    'pi.local',
    'pi.lan:80',
    'a.home.arpa',
    '192.168.1.7',
  ];
  const strange = ['evil.example.com', 'rebind.attacker.net:8080', '127.0.0.1.nip.io'];

  for (const host of own) t.equal(statusOf(await ask('GET / HTTP/1.1', `Host: ${host}`)), 200, host);
  for (const host of strange) t.equal(statusOf(await ask('GET / HTTP/1.1', `Host: ${host}`)), 421, host);
  t.match(
    camd.lines.find(({ msg }) => msg === 'a request for an unknown host name was refused'),
    {
      host: 'evil.example.com',
      address: '127.0.0.1',
    },
  );
});

t.test('with a password, with "hosts", or behind a trusted proxy, other names are served', async (t) => {
  const secured = await server(t, 'auth: { basic: { users: { anna: correct-horse }, }, public: ["/"] }');
  const listed = await server(t, 'hosts: [cams.example.org]');
  const proxied = await server(t, 'trusted_proxies: [127.0.0.1]');

  t.equal(statusOf(await secured.ask('GET / HTTP/1.1', 'Host: cams.example.org')), 200);
  t.equal(statusOf(await listed.ask('GET / HTTP/1.1', 'Host: cams.example.org')), 200);
  t.equal(statusOf(await listed.ask('GET / HTTP/1.1', 'Host: localhost')), 421);
  t.equal(statusOf(await proxied.ask('GET / HTTP/1.1', 'Host: cams.example.org')), 200);
});

t.test('every answer has headers for its type and for embedding', async (t) => {
  const open = await server(t);
  const secured = await server(t, 'auth: { basic: { users: { anna: correct-horse } } }');
  const answers = [
    await open.ask('GET / HTTP/1.1', 'Host: localhost'),
    await open.ask('GET /nowhere HTTP/1.1', 'Host: localhost'),
    await open.ask('DELETE / HTTP/1.1', 'Host: localhost'),
    await open.ask('GET / HTTP/1.1', 'Host: evil.example.com'),
    await open.ask('this is no HTTP'),
    await secured.ask('GET / HTTP/1.1', 'Host: localhost'),
  ];

  for (const answer of answers) {
    t.match(answer, /^x-content-type-options: nosniff\r$/im);
    t.match(answer, /^cross-origin-resource-policy: (cross-origin|same-site)\r$/im);
  }
  t.match(answers[0], /resource-policy: cross-origin/i);
  t.match(answers[5], /resource-policy: same-site/i);
});

t.test('a malformed Host, none, two, and HTTP/2.0 are refused with a sentence', async (t) => {
  const { ask } = await server(t);

  t.match(await ask('GET / HTTP/1.1', 'Host: a b'), /^HTTP\/1.1 400 .*one name or address/s);
  t.match(await ask('GET / HTTP/1.1', 'Host: a/b'), /^HTTP\/1.1 400 /);
  t.match(await ask('GET / HTTP/1.1', 'Host: localhost', 'Host: evil.example'), /^HTTP\/1.1 400 /);
  t.match(await ask('POST / HTTP/1.1'), /^HTTP\/1.1 400 .*no Host header/s);
  t.match(await ask('GET / HTTP/2.0', 'Host: localhost'), /^HTTP\/1.1 (505|400) /);
  t.equal(statusOf(await ask('GET / HTTP/1.0')), 200);
});

t.test(
  'a guessing client is logged with its address and delayed more and more; a client with the password is not',
  async (t) => {
    const { camd, port } = await server(t, 'auth: { basic: { users: { anna: correct-horse } } }');
    const login = async (password: string): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`anna:${password}`).toString('base64')}`;
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization } });
      await response.arrayBuffer();
      return response.status;
    };
    t.equal(await login('correct-horse'), 200);

    const statuses: number[] = [];
    const all = Array.from({ length: 30 }, (_, at) =>
      login(`guess-${at}`).then((status) => void statuses.push(status)),
    );
    while (!statuses.includes(429)) await Promise.race([Promise.all(all), new Promise((go) => setImmediate(go))]);

    t.equal(await login('correct-horse'), 200);
    t.ok(statuses.length < 30, 'some refusals are delayed');
    t.match(
      camd.lines.find(({ msg }) => msg === 'a request was refused: wrong password or token'),
      {
        address: '127.0.0.1',
        user: 'anna',
        failures: 1,
      },
    );
    await Promise.all(all);
    t.ok(statuses.every((status) => status === 401 || status === 429));
  },
);

t.test('behind a proxy, accepted credentials do not count for the next client on the connection', async (t) => {
  const auth = 'auth: { basic: { users: { anna: correct-horse } } }';
  const { port } = await server(t, auth, 'trusted_proxies: [127.0.0.1]');
  const proxy = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => proxy.destroy());
  const statusFor = (client: string, password: string, agent?: Agent): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const auth = `anna:${password}`;
      const headers = { 'x-forwarded-for': client };
      get({ port, host: '127.0.0.1', auth, headers, ...(agent && { agent }) }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      }).once('error', reject);
    });
  t.equal(await statusFor('192.0.2.1', 'correct-horse', proxy), 200);

  const guesses: Promise<number | undefined>[] = [];
  const rightFrom = async (client: string): Promise<number | undefined> => {
    const statuses: (number | undefined)[] = [];
    // So many refusals are delayed that no further attempt of this client is checked.
    while (!statuses.includes(429)) {
      const guess = statusFor(client, `guess-${guesses.length}`);
      guesses.push(guess.then((status) => statuses[statuses.push(status) - 1]));
      await new Promise((go) => setImmediate(go));
    }
    return statusFor(client, 'correct-horse', proxy);
  };
  let status = await rightFrom('192.0.2.2');
  // On a busy machine a refusal may have been sent by then, so that the attempt is checked.
  for (let client = 3; client < 23 && status === 200; client++) status = await rightFrom(`192.0.2.${client}`);

  t.equal(status, 429, 'a correct guess is not visible');
  t.equal(await statusFor('192.0.2.1', 'correct-horse', proxy), 200);
  await Promise.all(guesses);
});

t.test('a page that needs a password on a public path delays guesses as well', async (t) => {
  const { camd, port } = await server(t, 'auth: { basic: { users: { anna: correct-horse } }, public: ["/*"] }');
  const page = await fetch(`http://127.0.0.1:${port}/no/where/at/all`, {
    headers: { accept: 'text/html', authorization: `Basic ${btoa('anna:guess')}` },
  });

  t.equal(page.status, 404);
  t.match(
    camd.lines.find(({ msg }) => msg === 'a request was refused: wrong password or token'),
    { user: 'anna', failures: 1 },
    'the links of the page depend on the password',
  );
});

t.test('delays grow by address and by user, expire, and end with the right password', async (t) => {
  let now = 0;
  const guessing = createGuessing(() => now);
  const wrong = (address: string, user: string): number => {
    const { delay, sent } = guessing.wrong({ address, user, credentials: 'x' });
    sent();
    return delay;
  };

  t.same(
    ['a', 'a', 'a', 'a', 'a'].map((address) => wrong(address, 'anna')),
    [0, 0, 100, 200, 400],
  );
  t.equal(wrong('b', 'anna'), 800, 'another address, the same user');
  t.equal(wrong('a', 'ben'), 800, 'another user, the same address');
  t.equal(wrong('c', 'carl'), 0);
  guessing.right({ address: 'a', user: 'anna', credentials: 'right' });
  t.equal(wrong('a', 'dora'), 0);
  now += 15 * 60_000 + 1;
  t.equal(wrong('b', 'anna'), 0);
});

t.test('the server recognizes its own origin behind proxies and with default ports', async (t) => {
  const none = new Set<string>();
  const foreign = (headers: Record<string, string>, proxied = false): boolean =>
    isForeign(headers, none, proxied ? forwardedOf(headers) : undefined);

  t.notOk(foreign({ origin: 'https://cams.example', host: 'cams.example:443' }));
  t.notOk(foreign({ origin: 'http://cams.example', host: 'cams.example:80' }));
  t.notOk(
    foreign({ origin: 'http://10.0.0.1:8080', host: '127.0.0.1:8080', 'x-forwarded-host': '10.0.0.1:8080' }, true),
    'Apache',
  );
  t.notOk(foreign({ origin: 'http://10.0.0.1:8080', host: '10.0.0.1' }, true), 'nginx, Host $host on another port');
  t.notOk(
    foreign({ origin: 'https://a.b:8443', host: 'x', 'x-forwarded-host': 'a.b', 'x-forwarded-port': '8443' }, true),
  );
  t.notOk(foreign({ origin: 'http://10.0.0.1:8080', host: 'inside', 'sec-fetch-site': 'same-origin' }));
  t.ok(
    foreign({ origin: 'http://10.0.0.1:8080', host: '127.0.0.1:8080', 'x-forwarded-host': '10.0.0.1:8080' }),
    'not trusted',
  );
  t.ok(foreign({ origin: 'http://10.0.0.1:8080', host: '10.0.0.1' }));
  t.ok(foreign({ origin: 'http://evil.example', host: 'cams.example' }, true));
  t.ok(
    foreign({ origin: 'http://cams.example', host: 'cams.example', 'x-forwarded-proto': 'https' }, true),
    'another scheme',
  );
  t.ok(foreign({ origin: 'null', host: 'cams.example' }, true));
});

t.test('a refused origin is logged with the compared values', async (t) => {
  const { camd, ask } = await server(t);

  const answer = await ask('GET /viewer.ws HTTP/1.1', 'Host: 127.0.0.1:8080', 'Origin: http://cams.lan', ...UPGRADE);

  t.match(answer, /^HTTP\/1.1 403 .*trusted_proxies/s);
  t.match(
    camd.lines.find(({ msg }) => msg === 'a request from a page of another origin was refused'),
    {
      origin: 'http://cams.lan',
      host: '127.0.0.1:8080',
    },
  );
});

t.test('a handshake whose Host has the default port of its scheme has the origin of the page', async (t) => {
  const { port } = await server(t, 'hosts: [cams.example]');
  const handshake = (origin: string, host: string): Promise<string> => {
    const head = ['GET /viewer.ws HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`, ...UPGRADE, '', ''];
    return rawClient(t, port, head.join('\r\n')).sees('\r\n\r\n');
  };

  t.match(await handshake('https://cams.example', 'cams.example:443'), /^HTTP\/1.1 101 /);
  t.match(await handshake('http://cams.example', 'cams.example:80'), /^HTTP\/1.1 101 /);
  t.match(await handshake('https://cams.example', 'cams.example:80'), /^HTTP\/1.1 403 /);
});

t.test('a plain POST to the path of a WebSocket returns the outcome of its handshake', async (t) => {
  const open = await server(t);
  const secured = await server(t, 'auth: { basic: { users: { anna: correct-horse } } }');
  const probe = ({ port, ask }: typeof open, origin: string, path = '/viewer.ws'): Promise<string> =>
    ask(`POST ${path} HTTP/1.1`, `Host: localhost:${port}`, `Origin: ${origin}`, 'Sec-Fetch-Site: same-origin');
  const own = `http://localhost:${open.port}`;

  t.match(await probe(open, own), /^HTTP\/1.1 426 .*\nupgrade: websocket\r\n.*must forward Upgrade/is);
  t.match(await probe(open, 'https://cams.lan'), /^HTTP\/1.1 403 .*trusted_proxies/s);
  t.match(await probe(open, own, '/other.ws'), /^HTTP\/1.1 405 /);
  t.match(await probe(open, own, '/deeper/other.ws'), /^HTTP\/1.1 404 /);
  t.match(await probe(secured, own), /^HTTP\/1.1 401 /);
});

t.test('requests that offer HTTP/2 leave no listener on their connection', async (t) => {
  const { camd, port } = await server(t);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => void process.off('warning', onWarning));
  const client = rawClient(t, port);

  for (let at = 1; at <= 30; at++) {
    client.send(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    await client.sees('HTTP/1.1 200', at);
  }

  t.same(warnings.map(String), []);
  t.equal(camd.status('web').metrics.connections, 1);
});
