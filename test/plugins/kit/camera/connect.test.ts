// Connections to cameras: successful ones, refused ones and their reasons, and no sockets left after an abort.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';
import t, { type Test } from 'tap';
import { type ConnectOptions, openConnection } from '../../../../plugins/kit/camera/connect.ts';
import { authority } from '../../../support/authority.ts';
import { freePort } from '../../../support/free-port.ts';
import { until } from '../../../support/until.ts';

const own = authority(t);
const named = authority(t, ['ipcam.invalid']);
const fingerprint = new X509Certificate(own.cert).fingerprint256;

async function listening(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}
/** A server that sends "hello", over TLS. */
const secure = (t: Test, cert = own, maxVersion: SecureVersion = 'TLSv1.3'): Promise<number> =>
  listening(
    t,
    createTlsServer(
      {
        cert: cert.cert,
        key: cert.key,
        maxVersion,
        minVersion: 'TLSv1',
        ciphers: 'DEFAULT:@SECLEVEL=0',
        ALPNProtocols: ['h2', 'http/1.1'],
      },
      (socket) => socket.on('error', () => {}).end(`hello over ${socket.alpnProtocol}`),
    ).on('tlsClientError', () => {}),
  );

/** Returns the bytes received over the connection. */
async function received(url: string, more: Partial<ConnectOptions> = {}): Promise<string> {
  let text = '';
  const socket = await openConnection(new URL(url), {
    ...{ tls: {}, zone: undefined, timeout: 20_000, signal: new AbortController().signal },
    onBytes: (chunk) => (text += chunk.toString()),
    ...more,
  });
  await until(() => socket.destroyed || socket.readableEnded, 'the end');
  socket.destroy();
  return text;
}

t.test('a connection returns the bytes of the camera', async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.end('hello')),
  );
  t.equal(await received(`http://127.0.0.1:${port}/x`), 'hello');
});

t.test('a failed connection rejects with the reason', async (t) => {
  let sockets = 0;
  const mute = await listening(
    t,
    createServer((socket) => {
      sockets++;
      socket
        .on('error', () => {})
        .on('close', () => sockets--)
        .resume();
    }),
  );
  const closing = await listening(
    t,
    createServer((socket) => socket.end()),
  );
  await t.rejects(received(`http://127.0.0.1:${await freePort()}`), { code: 'ECONNREFUSED' });
  await t.rejects(received(`https://127.0.0.1:${mute}`, { timeout: 50 }), { code: 'ETIMEDOUT' });
  await t.rejects(received(`https://127.0.0.1:${closing}`), { code: 'ECONNRESET' });
  const why = new Error('enough');
  const ending = new AbortController();
  const stopped = received(`https://127.0.0.1:${mute}`, { signal: ending.signal });
  await until(() => sockets > 0, 'the connection');
  ending.abort(why);
  await t.rejects(stopped, why);
  await t.rejects(received(`http://127.0.0.1:${mute}`, { signal: AbortSignal.abort(why) }), why);
  await until(() => sockets === 0, 'the connections to end');
});

t.test('a certificate is accepted by its authority or its fingerprint, or without verification', async (t) => {
  const port = await secure(t);
  const hello = 'hello over http/1.1';
  const ca = readFileSync(own.ca);
  const plainly = fingerprint.replaceAll(':', '').toLowerCase();
  t.equal(await received(`https://127.0.0.1:${port}`, { tls: { ca } }), hello);
  t.equal(await received(`https://localhost:${port}`, { tls: { ca } }), hello);
  t.equal(await received(`https://127.0.0.1:${port}`, { tls: { fingerprint } }), hello);
  t.equal(await received(`https://127.0.0.1:${port}`, { tls: { fingerprint: plainly } }), hello);
  t.equal(await received(`https://127.0.0.1:${port}`, { tls: { verify: false } }), hello);
});

t.test('any other certificate is refused with an instruction', async (t) => {
  const port = await secure(t);
  const other = await secure(t, named);
  const refused = (tls: ConnectOptions['tls'], at = port): Promise<string> =>
    received(`https://localhost:${at}`, { tls }).then(
      () => 'accepted',
      (cause) => `${cause.code}: ${cause.message}`,
    );
  t.equal(
    await refused({}),
    `ERR_CAMERA_CERTIFICATE: its TLS certificate is signed by an unknown authority; if it is the camera's own, set "tls.fingerprint" to "${fingerprint}", or "tls.ca" to a file with its certificate`,
  );
  t.match(await refused({ verify: true }), /unknown authority/);
  t.match(
    await refused({ ca: readFileSync(named.ca) }, other),
    /is for another host name; if it is the camera's own, set "tls\.fingerprint" to "[0-9A-F:]+"$/,
  );
  const wrong = fingerprint.replace(/^../, (first) => (first === '00' ? '01' : '00'));
  t.equal(
    await refused({ fingerprint: wrong, verify: false }),
    `ERR_CAMERA_CERTIFICATE: its TLS certificate has the fingerprint ${fingerprint}, not that of "tls.fingerprint"`,
    'a wrong fingerprint is refused, also without verification',
  );
});

t.test('old versions are used when they are permitted', async (t) => {
  for (const [version, minVersion] of [
    ['TLSv1', '1.0'],
    ['TLSv1.1', '1.1'],
  ] as const) {
    const port = await secure(t, own, version);
    await t.rejects(received(`https://127.0.0.1:${port}`, { tls: { verify: false } }));
    await t.rejects(received(`https://127.0.0.1:${port}`, { tls: { verify: false, minVersion: '1.2' } }));
    t.match(await received(`https://127.0.0.1:${port}`, { tls: { verify: false, minVersion } }), 'hello');
  }
  const port = await secure(t, own, 'TLSv1.2');
  t.match(await received(`https://127.0.0.1:${port}`, { tls: { verify: false } }), 'hello');
  await t.rejects(received(`https://127.0.0.1:${port}`, { tls: { verify: false, minVersion: '1.3' } }));
});
