// The examination of a camera over HTTP: its credentials, and the check of its certificate.

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { ExamineView, Observation } from '../../../../core/contract/plugin.ts';
import { examineHttpCamera } from '../../../../plugins/kit/capture/examine-http-camera.ts';
import type { HttpCameraOptions } from '../../../../plugins/kit/capture/http-camera.ts';
import { fakeServer } from '../../../../testing/index.ts';
import { authority } from '../../../support/authority.ts';

const view = { signal: new AbortController().signal, resolve: (path: string) => path } as ExamineView;
type Given = Partial<HttpCameraOptions> & Pick<HttpCameraOptions, 'url'>;

async function observe(options: Given): Promise<Observation | undefined> {
  const all: Observation[] = [];
  const given = { auth: 'auto', timeout: 1000, connect_timeout: 1000, ...options } as const;
  for await (const observation of examineHttpCamera(view, given)) all.push(observation);
  t.equal(all.length, 1);
  return all[0];
}

t.test('the check requests a picture, with the credentials of the profile if the camera requires them', async (t) => {
  const sent: (string | undefined)[] = [];
  const camera = await fakeServer(t, ({ headers }) => {
    const { authorization } = headers;
    sent.push(authorization && Buffer.from(authorization.slice('Basic '.length), 'base64').toString());
    return authorization === undefined ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } : {};
  });
  const plain = `${camera.origin}/shot?size=1`;
  const named = plain.replace('://', '://u:p@');

  t.match(await observe({ url: plain, headers: { 'x-key': 'k' } }), {
    is: 'wrong',
    code: 'needs-credentials',
    option: 'url',
    message: /^The camera http:\/\/127\S+\/shot\S* asks for a password/,
  });
  t.match(camera.requests, [{ method: 'GET', url: '/shot?size=1', headers: { 'x-key': 'k' } }]);
  const cases: readonly (readonly [Given, string])[] = [
    [{ url: named }, 'u:p'],
    [{ url: plain, username: 'v', password: 'q' }, 'v:q'],
    [{ url: named, username: 'v', password: 'q' }, 'v:q'],
    [{ url: named, username: 'v' }, 'v:p'],
    [{ url: plain, username: 'v' }, 'v:'],
  ];
  for (const [given, credentials] of cases) {
    const found = await observe(given);
    t.equal(found?.is, 'fine');
    t.notMatch(found?.message, /u:p/, 'a password is not shown');
    t.equal(sent.at(-1), credentials);
  }
});

t.test('a certificate must be valid, unless verification is off or its fingerprint is compared later', async (t) => {
  const { ca, cert, key } = authority(t);
  const camera = createServer({ cert, key }, (_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(camera, 'listening');
  t.teardown(() => {
    camera.closeAllConnections();
    camera.close();
  });
  const url = `https://127.0.0.1:${(camera.address() as AddressInfo).port}/`;
  const found = async (tls?: HttpCameraOptions['tls']) => (await observe({ url, ...(tls ? { tls } : {}) }))?.is;

  t.equal(await found(), 'wrong');
  t.equal(await found({ verify: true }), 'wrong');
  t.equal(await found({ verify: true, ca }), 'fine');
  t.equal(await found({ verify: false }), 'fine');
  t.equal(await found({ verify: true, fingerprint: '00' }), 'fine');
});
