// The client of a camera over TLS, as configured by the options of a source.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { type HttpCameraOptions, openHttpCamera } from '../../../../plugins/kit/capture/http-camera.ts';
import { authority } from '../../../support/authority.ts';
import { fake } from '../../../support/fake-source.ts';
import { until } from '../../../support/until.ts';

t.test('a certificate is checked against the options, and the client ends with its node', async (t) => {
  const { ca, cert, key } = authority(t);
  const server = createServer({ cert, key, maxVersion: 'TLSv1.2' }, (_request, response) => response.end('picture'));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const world = fake();
  const open = (tls?: HttpCameraOptions['tls']) =>
    openHttpCamera(world.node, {
      ...{ url, auth: 'auto', timeout: 20_000, connect_timeout: 20_000 },
      ...(tls ? { tls } : {}),
    });
  const answers = async (tls?: HttpCameraOptions['tls']): Promise<boolean> => {
    const { client, request } = await open(tls);
    return client
      .run(request, async ({ status }) => status === 200)
      .then(
        (isGood) => isGood,
        () => false,
      );
  };
  const fingerprint = new X509Certificate(cert).fingerprint256;

  t.equal(await answers(), false);
  t.equal(await answers({ verify: true }), false);
  t.equal(await answers({ verify: false }), true);
  t.equal(await answers({ verify: true, ca }), true);
  t.equal(await answers({ verify: true, fingerprint }), true);
  t.equal(await answers({ verify: true, fingerprint: fingerprint.replaceAll(/[0-9]/g, 'A') }), false);
  t.equal(await answers({ verify: true, ca, min_version: '1.3' }), false);

  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  const { client, request } = await open({ verify: false });
  await client.open(request);
  t.not(await connections(), 0);
  await world.stop();
  await until(async () => (await connections()) === 0, 'the end of the connections');
});
