// TLS of cameras, against real servers: a pinned certificate, a private authority, and old versions for one node alone.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { authority } from '../../support/authority.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const PICTURE = sampleJpeg({ seed: 24 });
const OLD: ServerOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };

/** A camera that counts the requests that reach it, by path. */
async function secureCamera(t: Ending, options: ServerOptions) {
  const requests: string[] = [];
  const server = createServer(options, (request, answer) => {
    requests.push(request.url ?? '');
    answer.writeHead(200, { 'content-type': 'image/jpeg', connection: 'close' }).end(PICTURE);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const node = (id: string, url: string, tls: string): string =>
  `  ${id}: { use: source/http-poll, url: "${url}/${id}", every: 100ms, username: cam, password: s3cret, auth: basic${tls === '' ? '' : `, tls: { ${tls} }`} }`;
const start = (t: Ending, ...nodes: readonly string[]) => run(t, ['camd: 1', 'pipeline:', ...nodes].join('\n'));

t.test('only the pinned certificate is accepted, with any name and authority', async (t) => {
  const own = authority(t, ['ipcam.invalid']);
  const another = authority(t);
  const camera = await secureCamera(t, { cert: own.cert, key: own.key });
  const pin = new X509Certificate(own.cert).fingerprint256;
  const wrong = new X509Certificate(another.cert).fingerprint256;
  const camd = await start(
    t,
    node('pinned', camera.url, `fingerprint: "${pin}"`),
    node('bare', camera.url, `fingerprint: "${pin.replaceAll(':', '').toLowerCase()}"`),
    node('wrong', camera.url, `fingerprint: "${wrong}"`),
    node('none', camera.url, ''),
    node('any', camera.url, 'verify: false'),
  );

  for (const id of ['pinned', 'bare', 'any']) await until(() => camd.status(id).framesOut > 0, id);
  const refused = await camd.state('wrong', 'degraded');
  const unknown = await camd.state('none', 'degraded');

  t.match(refused.lastError, `fingerprint ${pin}, not that of "tls.fingerprint"`);
  t.match(unknown.lastError, /TLS certificate is .*set "tls\.fingerprint" to "[0-9A-F:]{95}"/);
  t.notOk(camera.requests.includes('/wrong'), 'no credentials were sent');
  t.notOk(camera.requests.includes('/none'));
});

t.test("a camera's certificate is accepted by the authority that signed it, for its own name", async (t) => {
  const own = authority(t);
  const named = authority(t, ['ipcam.invalid']);
  const another = authority(t);
  const camera = await secureCamera(t, { cert: own.cert, key: own.key });
  const url = camera.url.replace('127.0.0.1', 'localhost');
  const elsewhere = await secureCamera(t, { cert: named.cert, key: named.key });
  const camd = await start(
    t,
    node('own', camera.url, `ca: ${own.ca}`),
    node('byname', url, `ca: ${own.ca}`),
    node('other', camera.url, `ca: ${another.ca}`),
    node('name', elsewhere.url.replace('127.0.0.1', 'localhost'), `ca: ${named.ca}`),
  );

  for (const id of ['own', 'byname']) await until(() => camd.status(id).framesOut > 0, id);
  const other = await camd.state('other', 'degraded');
  const name = await camd.state('name', 'degraded');

  t.match(other.lastError, /TLS certificate is signed by an unknown authority/);
  t.match(name.lastError, /TLS certificate is for another host name/);
  t.notOk(camera.requests.includes('/other'));
  t.same(elsewhere.requests, []);
});

t.test('only the node that allows an old version of TLS uses it', async (t) => {
  const own = authority(t);
  const camera = await secureCamera(t, { cert: own.cert, key: own.key, ...OLD });
  const camd = await start(
    t,
    node('old', camera.url, `ca: ${own.ca}, min_version: "1.0"`),
    node('usual', camera.url, `ca: ${own.ca}`),
    node('newer', camera.url, `ca: ${own.ca}, min_version: "1.1"`),
  );

  await until(() => camd.status('old').framesOut > 0, 'a picture over TLS 1.0');
  const usual = await camd.state('usual', 'degraded');
  await camd.state('newer', 'degraded');

  t.match(usual.lastError, /"tls: \{ min_version: "1\.0" \}" allows it for this node/);
  t.same(new Set(camera.requests), new Set(['/old']));
});
