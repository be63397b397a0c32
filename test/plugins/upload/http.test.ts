// upload/http with servers that accept, refuse, redirect, answer at length or are unreachable.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { authority } from '../../support/authority.ts';
import { dedent } from '../../support/dedent.ts';
import { feed } from '../../support/feed.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { startPushing } from '../../support/pushed-uploads.ts';
import { until } from '../../support/until.ts';

interface Seen {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

type Answer = (seen: Seen, response: ServerResponse, number: number) => void;

async function listen(t: Ending, server: Server, answer: Answer): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const upload = { request, body: Buffer.concat(chunks) };
      seen.push(upload);
      answer(upload, response, seen.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, seen };
}

const ok: Answer = (_seen, response) => void response.writeHead(200).end('{}');
const JPEG = sampleJpeg({ width: 128, height: 96 });

/** camd with a feed of one camera that keeps sending until the test ends. */
async function start(t: Ending, upload: string, more = '') {
  const camera = await feed(t);
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: source/tcp, connect: "127.0.0.1:${camera.port}", timeout: 1h }
        up: { use: upload/http, from: camera, ${upload} }
        ${more}
    `,
    { env: { KEY: 'geheimes-wort' } },
  );
  await until(() => camera.clients() > 0, 'camd to connect to the feed');
  const timer = setInterval(() => camera.send(JPEG), 20);
  t.teardown(() => clearInterval(timer));
  const degraded = (about: RegExp) =>
    until(() => {
      const { state } = camd.status('up');
      return state.is === 'degraded' && about.test(state.why) && state.why;
    }, `the uploader to say ${about}`);
  return { camera, camd, degraded };
}

t.test('pictures go to the URL of their camera with headers, over one kept connection', async (t) => {
  const api = await listen(t, createServer(), ok);
  let connections = 0;
  const { camd } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/c/{camera}?t={time}", every: 100ms, method: PUT, headers: { X-Key: "\${env:KEY}" }`,
  );

  await until(() => api.seen.length >= 10, 'ten uploads');
  connections = new Set(api.seen.map(({ request }) => request.socket)).size;

  const [first] = api.seen;
  t.match(first?.request.url, /^\/c\/camera\?t=20\d{6}T\d{6}\.\d{3}Z$/);
  t.match(first?.request, { method: 'PUT', headers: { 'x-key': 'geheimes-wort', 'content-type': 'image/jpeg' } });
  t.equal(first?.request.headers['content-length'], String(JPEG.length));
  t.ok(first?.body.equals(JPEG));
  // A pause of the machine may close an idle connection; one per upload would be a fault.
  t.ok(connections <= 3, `${connections} connections for ${api.seen.length} uploads`);
  t.match(camd.status('up').state, { is: 'running' });
});

t.test('a user in the URL becomes Basic authentication, and headers of the profile replace camd’s', async (t) => {
  const api = await listen(t, createServer(), ok);
  await start(
    t,
    `url: "http://joe:w%C3%B6rt@127.0.0.1:${api.port}/", every: 100ms, headers: { Content-Type: image/x-mine, User-Agent: me }`,
  );

  const { headers } = (await until(() => api.seen[0], 'an upload')).request;

  t.equal(headers.authorization, `Basic ${Buffer.from('joe:wört').toString('base64')}`);
  t.match(headers, { 'content-type': 'image/x-mine', 'user-agent': 'me' });
});

t.test('each failure of a server is reported in one sentence, without secrets', async (t) => {
  const echo: Answer = ({ request }, response) =>
    void response
      .writeHead(418)
      .end(JSON.stringify({ message: `no ${String(request.headers['x-key'])}\r\nEvil: line` }));
  const api = await listen(t, createServer(), echo);
  const { camd, degraded } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/", every: 100ms, headers: { X-Key: "\${env:KEY}" }`,
  );

  const why = await degraded(/answered 418/);

  t.match(why, /answered 418, "no \*\*\* Evil: line": it does not accept the request/);
  t.notOk(JSON.stringify(camd.lines).includes('geheimes-wort'));
});

t.test('a secret is also hidden when a server returns it in a host name, or when it was in the URL', async (t) => {
  const paths = ['secret-in-the-path-0001', 'SECRET-in-the-query-2'];
  const api = await listen(t, createServer(), ({ request }, response, number) => {
    const location = `http://${String(request.headers['x-key'])}.invalid/`;
    if (number === 0) response.writeHead(302, { location }).end();
    else if (number === 1)
      response.writeHead(500).end(`${' '.repeat(64 * 1024 - 8)}${String(request.headers['x-key'])}`);
    else response.writeHead(400).end(`what is ${decodeURI(String(request.url))}?`);
  });
  const { camd, degraded } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/${paths[0]}?key=${paths[1]}", every: 100ms, headers: { X-Key: "\${env:KEY}" }`,
  );

  t.match(await degraded(/answered 302/), /redirect to http:\/\/\*\*\*\.invalid/);
  t.match(await degraded(/answered 500/), /answered 500: it failed/, 'nor split by truncating the answer');
  t.match(await degraded(/answered 400/), /what is \/\*\*\*\?key=\*\*\*\?/);
  for (const secret of ['geheimes-wort', ...paths]) t.notOk(JSON.stringify(camd.lines).includes(secret), secret);
});

t.test('redirects are followed on the same host and not to another', async (t) => {
  const other = await listen(t, createServer(), ok);
  const api = await listen(t, createServer(), ({ request }, response, number) => {
    if (request.url === '/new') return void response.writeHead(201).end();
    const location = number < 2 ? '/new' : `http://127.0.0.1:${other.port}/stolen`;
    response.writeHead(307, { location }).end();
  });
  const { camd, degraded } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/old", every: 100ms, headers: { X-Key: "\${env:KEY}" }`,
  );

  await until(() => Number(camd.status('up').metrics.uploaded_total) >= 1, 'an upload');
  await degraded(/redirect to http:\/\/127.0.0.1:\d+, another host or scheme/);

  t.ok(api.seen[1]?.body.equals(JPEG), 'the picture goes along');
  t.equal(other.seen.length, 0);
});

t.test('unresolvable names, closed ports, untrusted TLS and silence are reported', async (t) => {
  const tls = authority(t);
  const secure = await listen(t, createTlsServer({ cert: tls.cert, key: tls.key }), ok);
  const silent = await listen(t, createServer(), () => {});
  const closed = await freePort();
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'url: "http://no-such-host.invalid/"',
      /^The name of no-such-host\.invalid cannot be resolved \(.+\)\. Check the DNS .*\.$/,
    ],
    [
      `url: "http://127.0.0.1:${closed}/"`,
      /cannot be reached \(nothing is listening there\)\. Check that it runs; camd tries again\.$/,
    ],
    [
      `url: "https://localhost:${secure.port}/"`,
      /^No secure connection to localhost:\d+ is possible \(.+\)\. .* set "ca" to a PEM file .*\.$/,
    ],
    [
      `url: "http://127.0.0.1:${silent.port}/", timeout: 200ms`,
      /did not answer in time \(no answer within 200 ms\)\. camd tries again\.$/,
    ],
  ];
  for (const [upload, sentence] of cases) {
    const { camd, degraded } = await start(t, `${upload}, every: 100ms`);
    t.match(await degraded(sentence), sentence);
    await camd.stop();
  }

  const trusted = await start(t, `url: "https://localhost:${secure.port}/", ca: "${tls.ca}", every: 100ms`);
  await until(() => Number(trusted.camd.status('up').metrics.uploaded_total) >= 2, 'uploads over TLS');
});

for (const sending of ['send: newest, every: 1h', 'send: every, give_up: 1h']) {
  t.test(`a stop right after a failed upload is not another error (${sending})`, async (t) => {
    const { camd, degraded } = await start(t, `url: "http://127.0.0.1:${await freePort()}/", ${sending}`);
    await degraded(/cannot be reached/);

    await camd.stop();

    t.same(
      camd.lines.filter(({ level }) => level === 'error'),
      [],
    );
  });
}

t.test('of an endless answer no more than 64 KiB are read', async (t) => {
  let written = 0;
  const api = await listen(t, createServer(), (_seen, response) => {
    response.writeHead(500);
    const chunk = Buffer.alloc(16 * 1024, 'x');
    const more = (): void => {
      while (!response.destroyed && written < 2 ** 30) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
    };
    more();
  });
  const { degraded } = await start(t, `url: "http://127.0.0.1:${api.port}/", every: 1h`);

  const why = await degraded(/answered 500/);

  t.ok(why.length < 600, 'the sentence is short');
  t.ok(written < 64 * 2 ** 20, `the server could send ${written} bytes`);
});

t.test('after 413 smaller pictures are sent; without any, the node is degraded with the reason', async (t) => {
  const small = sampleJpeg({ width: 16, height: 16 });
  const strict: Answer = ({ body }, response) => void response.writeHead(body.length > small.length ? 413 : 200).end();
  const api = await listen(t, createServer(), strict);
  const second = await feed(t);
  const { camd } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/", every: 100ms, smaller: small`,
    `small: { use: source/tcp, connect: "127.0.0.1:${second.port}", timeout: 1h, camera: camera }`,
  );
  const timer = setInterval(() => second.send(small), 20);
  t.teardown(() => clearInterval(timer));

  await until(() => Number(camd.status('up').metrics.uploaded_total) >= 2, 'smaller uploads');
  t.ok(api.seen.slice(1).every(({ body }) => body.equals(small)));
  t.ok(
    camd.lines.some(({ msg }) => msg === 'picture too large for the server, only smaller ones are sent from now on'),
  );
  t.match(camd.status('up').state, { is: 'running' });
  await camd.stop();

  const alone = await start(t, `url: "http://127.0.0.1:${api.port}/", every: 100ms`);
  t.match(await alone.degraded(/answered 413/), /the picture is too large for it\. Send a smaller one\.$/);
});

t.test('with send: every, each picture is acknowledged after the 2xx and not before', async (t) => {
  const held: ServerResponse[] = [];
  const api = await listen(t, createServer(), ({ request }, response, number) => {
    if (String(request.url).includes('unknown'))
      response.writeHead(404).end('{"error":"no such client","refuses":"camera"}');
    else if (number === 0) response.writeHead(503, { 'retry-after': '0' }).end();
    else held.push(response);
  });
  const { camd, push } = await startPushing(
    t,
    `body: json, url: "http://127.0.0.1:${api.port}/api/clients/{camera}/screenshot"`,
  );

  let settled = false;
  const first = push('lobby').finally(() => {
    settled = true;
  });
  await until(() => held.length === 1, 'the second attempt');
  const early = settled;
  held[0]?.writeHead(200).end();
  const accepted = await first;
  const refused = await push('unknown');

  t.notOk(early, 'not acknowledged before the API has answered');
  t.ok(accepted.ok);
  t.notOk(refused.ok, `an unknown client is refused: ${refused.status}`);
  t.equal(api.seen[0]?.request.url, '/api/clients/lobby/screenshot');
  t.strictSame(JSON.parse(String(api.seen[0]?.body)), { image: JPEG.toString('base64') });
  t.match(camd.status('up').state, { is: 'running' }, 'an unknown client is no fault of the API');
});

t.test('with send: every, cameras do not wait for each other, and those of one go one by one', async (t) => {
  const held: { url: string; response: ServerResponse }[] = [];
  const api = await listen(t, createServer(), ({ request }, response) => {
    held.push({ url: String(request.url), response });
  });
  const { camd, push } = await startPushing(t, `connections: 3, url: "http://127.0.0.1:${api.port}/{camera}"`);

  const pushes = ['a', 'a', 'b', 'c', 'd'].map(async (camera) => `${camera} ${(await push(camera)).status}`);
  await until(() => held.length === 3, 'three uploads at once');
  await until(() => camd.status('in').metrics.in_flight === 5, 'all pictures');
  const together = held.map(({ url }) => url).sort();
  held.shift()?.response.writeHead(500).end();
  for (let answered = 0; answered < 5; ) {
    await until(() => held.length > 0, 'the next upload');
    t.equal(new Set(held.map(({ url }) => url)).size, held.length, 'one of a camera at a time');
    held.shift()?.response.writeHead(204).end();
    answered++;
  }

  t.same((await Promise.all(pushes)).sort(), ['a 200', 'a 200', 'b 200', 'c 200', 'd 200']);
  t.equal(together.length, 3);
  t.equal(new Set(together).size, 3);
});

t.test('a reload keeps the back-off', async (t) => {
  const api = await listen(t, createServer(), (_seen, response) => void response.writeHead(401).end());
  const { camd, camera, degraded } = await start(t, `url: "http://127.0.0.1:${api.port}/", every: 1s`);
  await degraded(/answered 401/);

  const result = await camd.reload(dedent`
    camd: 1
    pipeline:
      camera: { use: source/tcp, connect: "127.0.0.1:${camera.port}", timeout: 1h }
      up: { use: upload/http, from: camera, url: "http://127.0.0.1:${api.port}/", every: 2s }
  `);
  camera.send(JPEG);
  await new Promise((resolve) => setTimeout(resolve, 300));

  t.ok(result.ok);
  t.equal(api.seen.length, 1, 'refused credentials are not tried again because of a reload');
});

t.test('a corrected token is used at once after a reload', async (t) => {
  const api = await listen(
    t,
    createServer(),
    ({ request }, response) =>
      void response.writeHead(request.headers.authorization === 'Bearer right-token' ? 204 : 401).end(),
  );
  const { camd, camera, degraded } = await start(
    t,
    `url: "http://127.0.0.1:${api.port}/", every: 1s, headers: { Authorization: Bearer wrong-token }`,
  );
  await degraded(/answered 401/);

  const result = await camd.reload(dedent`
    camd: 1
    pipeline:
      camera: { use: source/tcp, connect: "127.0.0.1:${camera.port}", timeout: 1h }
      up: { use: upload/http, from: camera, url: "http://127.0.0.1:${api.port}/", every: 1s, headers: { Authorization: Bearer right-token } }
  `);
  camera.send(JPEG);
  await until(() => Number(camd.status('up').metrics.uploaded_total) >= 1, 'an upload, not after five minutes');

  t.ok(result.ok);
  t.match(camd.status('up').state, { is: 'running' });
});

t.test('a camera on demand gets one request at each interval and is idle in between', async (t) => {
  const api = await listen(t, createServer(), ok);
  const folder = mkdtempSync(join(tmpdir(), 'camd-demand-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'x.jpg'), JPEG);
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: source/exec, command: [cat, "${folder}/x.jpg"], mode: on_demand, linger: 100ms }
        latest: { use: cache/latest, from: camera }
        up: { use: upload/http, from: latest, url: "http://127.0.0.1:${api.port}/", every: 500ms }
    `,
  );

  await until(() => Number(camd.status('up').metrics.uploaded_total) >= 3, 'three uploads');

  t.ok(api.seen.every(({ body }) => body.equals(JPEG)));
  t.ok(camd.status('camera').framesOut <= 2 * api.seen.length + 2, 'no picture is taken needlessly');
});
