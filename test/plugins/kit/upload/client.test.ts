// The client of an uploader: trusted certificates.

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { systemClock } from '../../../../core/base/clock.ts';
import { createUploadClient, type UploadClientOptions } from '../../../../plugins/kit/upload/client.ts';
import { authority } from '../../../support/authority.ts';

const OPTIONS: UploadClientOptions = {
  ...{ everyMs: 1000, timeoutMs: 20_000, connections: 1 },
  ...{ ca: undefined, clock: systemClock },
};

t.test('an authority of the profile is trusted in addition to the system ones', async (t) => {
  const { ca, cert, key } = authority(t);
  let connections = 0;
  const server = createServer({ cert, key }, (_request, response) => response.end('thanks'));
  server.on('secureConnection', () => connections++);
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const request = { url, deadline: 20_000, maxBytes: 100 };

  const plain = await createUploadClient(OPTIONS);
  await t.rejects(plain.fetch(request));
  await plain.close();
  const trusting = await createUploadClient({ ...OPTIONS, ca });
  t.equal((await trusting.fetch(request)).body.toString(), 'thanks');
  connections = 0;
  t.equal((await trusting.fetch(request)).status, 200);
  t.equal(connections, 0, 'the connection is reused');
  await trusting.close();
  await t.rejects(createUploadClient({ ...OPTIONS, ca: '/nonexistent.pem' }), {
    ...{ code: 'unreadable-ca', blame: 'environment' },
    message: /^The certificates of "ca" cannot be read \(.+\)\. Set it to a PEM file that camd may read\.$/,
  });
});
