// http/server with TLS: certificates are renewed at run time.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type SecureContextOptions, type TLSSocket } from 'node:tls';
import t from 'tap';
import { get, rawClient } from '../../../support/raw-client.ts';
import { routePart, type Site, serverPart, site, streamPart } from '../../../support/site.ts';
import { until } from '../../../support/until.ts';

const HELLO = routePart((server) =>
  server.route({ methods: ['GET'], path: '/hello', handler: () => ({ hello: 'world' }) }),
);

t.test('TLS: a renewed certificate is used at once, an invalid one is not, and connections stay open', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const issue = (name: string): void => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
        ...['-subj', `/CN=${name}`, '-keyout', `${files.key}.new`, '-out', `${files.cert}.new`],
      ],
      { stdio: 'ignore' },
    );
    renameSync(`${files.key}.new`, files.key);
    renameSync(`${files.cert}.new`, files.cert);
  };
  issue('first');
  const camd = await site(t, { hello: HELLO, stream: streamPart(), web: serverPart({ tls: files }) });
  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port: camd.port(), host: '127.0.0.1', rejectUnauthorized: false }, () =>
        resolve(socket),
      );
      socket.on('error', reject);
      t.teardown(() => void socket.destroy());
    });
  const name = async (): Promise<string> => String((await open()).getPeerCertificate().subject.CN);

  t.match(camd.origin(), /^https:\/\/127/);
  t.equal(await name(), 'first');
  const viewer = rawClient(t, await open(), get('/stream.mjpg'));
  camd.shoot('before');
  await viewer.sees('before');
  writeFileSync(files.cert, 'nonsense');
  await until(() => JSON.stringify(camd.lines).includes('the old one stays'), 'the warning');
  t.equal(await name(), 'first');
  issue('second');
  await until(async () => (await name()) === 'second', 'the new certificate');
  camd.shoot('after');
  await viewer.sees('after');
  const plain = rawClient(t, camd.port(), get('/hello'));
  t.notMatch(await plain.ended(), /world/);
});

t.test('a certificate that cannot be read is a mistake of the profile', async (t) => {
  const camd: Site = await site(t, { web: serverPart({ tls: { cert: '/nowhere/c.pem', key: '/nowhere/k.pem' } }) });

  t.match(
    camd.runner.status().find((node) => node.id === 'web')?.lastError,
    /tls\..* \/nowhere\/[ck].pem cannot be read/,
  );
});

t.test('TLS 1.2 needs forward secrecy and authenticated encryption, and older versions are refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  // With an RSA key a server could also agree on a cipher without forward secrecy.
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=rsa'],
      ...['-keyout', files.key, '-out', files.cert],
    ],
    { stdio: 'ignore' },
  );
  const camd = await site(t, { hello: HELLO, web: serverPart({ tls: files }) });
  const agreed = (options: SecureContextOptions): Promise<string> =>
    new Promise((resolve) => {
      const to = { port: camd.port(), host: '127.0.0.1', rejectUnauthorized: false };
      const socket = connectTls({ ...to, ...options }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.destroy();
      });
      socket.on('error', () => resolve('refused'));
    });
  const old = 'DEFAULT:@SECLEVEL=0';

  t.equal(await agreed({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: old }), 'refused');
  t.equal(await agreed({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }), 'refused', 'RSA key exchange');
  t.equal(await agreed({ maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256' }), 'refused');
  t.equal(await agreed({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' }), 'refused', 'CBC');
  t.equal(
    await agreed({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
    'TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256',
  );
  t.match(await agreed({}), /^TLSv1\.3 /);
});
