// printer/prusalink: states of PrusaLink's API v1, with an API key and with Digest, and other servers.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import t from 'tap';
import { type Ending, run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(t: Ending, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/api/v1/status') answer(request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

const profile = (url: string, options: string): string => `
camd: 1
pipeline:
  printer: { use: printer/prusalink, url: "${url}", every: 1s, ${options} }
`;

const json = (response: ServerResponse, state: string): void =>
  void response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ printer: { state, temp_bed: 60, axis_z: 2.4 }, job: { progress: 12 } }));

t.test('states of the API, with an API key', async (t) => {
  let state = 'IDLE';
  const keys = new Set<unknown>();
  const url = await serve(t, (request, response) => {
    keys.add(request.headers['x-api-key']);
    json(response, state);
  });
  const camd = await run(t, profile(url, 'api_key: k3y-of-the-printer'));
  const table = {
    PRINTING: 'printing',
    PAUSED: 'paused',
    FINISHED: 'ready',
    ATTENTION: 'error',
  } as const;
  for (const [reported, is] of Object.entries(table)) {
    state = reported;
    await until(() => camd.port('printer', 'printer').state()?.is === is, `${reported} to mean ${is}`);
  }
  t.same([...keys], ['k3y-of-the-printer']);
  t.notMatch(JSON.stringify(camd.lines), /k3y-of-the-printer/);
});

t.test('Digest authentication, as required by printers with a user and password', async (t) => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const ha1 = md5('maker:Printer API:s3cret');
  const url = await serve(t, (request, response) => {
    const given = request.headers.authorization ?? '';
    const field = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? '';
    const ha2 = md5('GET:/api/v1/status');
    const middle = field('qop') === '' ? '' : `${field('nc')}:${field('cnonce')}:${field('qop')}:`;
    if (field('response') === md5(`${ha1}:n0nce:${middle}${ha2}`)) return json(response, 'PRINTING');
    response.writeHead(401, { 'www-authenticate': 'Digest realm="Printer API", nonce="n0nce", qop="auth"' }).end();
  });
  const camd = await run(t, profile(url, 'password: s3cret'));
  await until(() => camd.port('printer', 'printer').state()?.is === 'printing', 'the state printing');
  await camd.state('printer', 'running');
  await camd.reload(profile(url, 'password: wr0ng'));
  await camd.state('printer', 'degraded');
  await until(() => /\(401\)/.test(JSON.stringify(camd.status('printer').state)), 'the refusal');
  t.match(camd.status('printer').state, { why: /refuses camd \(401\): set "password"/ });
  t.equal(camd.port('printer', 'printer').state()?.is, 'off');
});

t.test('the state is off, with a reason, for a server that is not PrusaLink, fails, or is unreachable', async (t) => {
  let answer: Answer = (_request, response) => void response.end('<html>');
  const url = await serve(t, (request, response) => answer(request, response));
  const camd = await run(t, profile(url, 'api_key: k3y'));
  const says = (what: RegExp) => until(() => what.test(JSON.stringify(camd.status('printer').state)), String(what));
  await says(/not a PrusaLink/);
  answer = (_request, response) => void response.end('{"printer":{}}');
  await says(/not a PrusaLink/);
  answer = (_request, response) => void response.writeHead(500).end();
  await says(/answered 500/);
  answer = (request) => void request.socket.destroy();
  await says(/connection/);
  t.equal(camd.port('printer', 'printer').state()?.is, 'off');
});

t.test('a password and an API key exclude each other', async (t) => {
  await t.rejects(
    run(t, profile('http://127.0.0.1:9', 'password: a, api_key: b')),
    /either a user and a password, or an API key/,
  );
});
