// http/snapshot over real sockets.

import t from 'tap';
import { environment } from '../../../core/contract/problems.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { get, rawClient } from '../../support/raw-client.ts';
import { cachePart, type Site, serverPart, site, snapshotPart, sourcePart } from '../../support/site.ts';
import { until } from '../../support/until.ts';

const ask = (camd: Site, path = '/snapshot.jpg', headers: Record<string, string> = {}, method = 'GET') =>
  fetch(camd.origin() + path, { headers, method });

t.test('the newest picture is answered with its type, length, tag and capture time', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  camd.shoot('old');
  const frame = camd.shoot('new');

  const response = await ask(camd, '/snapshot.jpg?bypassCache=17');

  t.equal(response.status, 200);
  t.equal(await response.text(), 'new');
  t.equal(response.headers.get('content-type'), 'image/jpeg');
  t.equal(response.headers.get('content-length'), '3');
  t.equal(response.headers.get('cache-control'), 'no-store');
  t.match(response.headers.get('etag'), /^"[\w-]+-camera-\d+"$/);
  t.equal(response.headers.get('x-timestamp'), (frame.time / 1000).toFixed(6));
  t.equal(response.headers.get('x-sequence'), String(frame.seq));
  t.equal(response.headers.get('server'), null);
});

t.test('the picture is sent unchanged', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  const picture = sampleJpeg({ thumbnail: true });
  camd.shoot(picture);

  const response = await ask(camd);

  t.strictSame(Buffer.from(await response.arrayBuffer()), picture);
});

t.test('a poller that has the newest picture gets a short 304', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  camd.shoot('one');
  const etag = (await ask(camd)).headers.get('etag') ?? '';

  const same = await ask(camd, '/snapshot.jpg', { 'if-none-match': `"else", W/${etag}` });
  t.equal(same.status, 304);
  t.equal(same.headers.get('etag'), etag);
  t.equal((await ask(camd, '/snapshot.jpg', { 'if-none-match': '"else"' })).status, 200);
  camd.shoot('two');
  t.equal((await ask(camd, '/snapshot.jpg', { 'if-none-match': etag })).status, 200);

  const other = await site(t, { snapshot: snapshotPart() });
  other.shoot('one');
  t.not((await ask(other)).headers.get('etag'), etag, 'another process uses other tags for the same numbers');
});

t.test('HEAD is answered with the same head and without a picture', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  camd.shoot('picture');

  const client = rawClient(t, camd.port(), get('/snapshot.jpg', 'Connection: close').replace('GET', 'HEAD'));
  const text = await client.ended();

  t.match(text, /^HTTP\/1.1 200 OK\r\n.*Content-Length: 7\r\n.*\r\n\r\n$/s);
});

t.test('?after= waits for a newer picture, up to a limit', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart({ wait: 300, max_waiting: 1 }) });
  const first = camd.shoot('first');
  const after = `/snapshot.jpg?after=${first.seq}`;

  t.equal(await (await ask(camd, `/snapshot.jpg?after=${first.seq - 1}`)).text(), 'first');
  const late = ask(camd, after);
  t.equal((await late).status, 504);
  t.equal(camd.metrics('snapshot').timeouts_total, 1);
  t.equal((await ask(camd, '/snapshot.jpg?after=soon')).status, 400);
  const patient = await site(t, { snapshot: snapshotPart({ max_waiting: 1 }) });
  const seen = patient.shoot('seen');
  const waiting = rawClient(t, patient.port(), get(`/snapshot.jpg?after=${seen.seq}`));
  await until(() => patient.metrics('web').requests_total === 1, 'the request to wait');
  t.equal((await ask(patient, `/snapshot.jpg?after=${seen.seq}`)).status, 503, 'one more than the limit');
  await patient.move({ ...patient.parts, latest: cachePart(['camera'], 9000) });
  patient.shoot('next');
  t.match(await waiting.sees('next'), /^HTTP\/1.1 200 /, 'a cache replaced meanwhile does not fail the request');
});

t.test('before the first picture, and when the camera is silent, clients get a time to retry', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart(), latest: cachePart(['camera'], 50) });

  const early = await ask(camd);
  t.equal(early.status, 503);
  t.equal(early.headers.get('retry-after'), '2');
  camd.shoot('old');
  await until(() => camd.stills().latest('camera')?.stale, 'the picture to be stale');
  t.equal((await ask(camd)).status, 503);
  // With the shorter age the next picture might be too old again before the request arrives.
  await camd.move({ ...camd.parts, latest: cachePart(['camera'], 60_000) });
  camd.shoot('new');
  t.equal((await ask(camd)).status, 200);
});

t.test('the last picture of a silent camera is shown if the profile permits it', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart({ offline: 'last' }), latest: cachePart(['camera'], 50) });
  camd.shoot('last');
  await until(() => camd.stills().latest('camera')?.stale, 'the picture to be stale');

  const response = await ask(camd);

  t.equal(response.status, 200);
  t.equal(response.headers.get('x-camera-state'), 'offline');
  t.equal(await response.text(), 'last');
});

t.test('cameras are selected by the path or by the profile, and unknown ones are not found', async (t) => {
  const camd = await site(t, {
    named: snapshotPart({ path: '/{camera}.jpg' }),
    fixed: snapshotPart({ path: '/fixed', camera: 'two' }),
    only: snapshotPart({ path: '/only' }),
  });
  t.equal((await ask(camd, '/fixed')).status, 503, 'a camera named by the profile may come later');
  camd.shoot('one', 'camera');
  camd.shoot('two', 'two');

  t.equal(await (await ask(camd, '/camera.jpg')).text(), 'one');
  t.equal(await (await ask(camd, '/two.jpg')).text(), 'two');
  t.equal(await (await ask(camd, '/fixed')).text(), 'two');
  t.equal((await ask(camd, '/three.jpg')).status, 404);
  t.equal((await ask(camd, '/only')).status, 404);
});

t.test('a camera on demand takes one picture for all concurrent requests, or times out', async (t) => {
  let captures = 0;
  let take: (() => void) | undefined;
  const camd = await site(t, {
    snapshot: snapshotPart({ timeout: 200 }),
    quick: snapshotPart({ path: '/patient.jpg' }),
    camera: sourcePart((node) => {
      node.output.announce('camera');
      node.output.answer('capture', async (camera, _scope, signal) => {
        captures++;
        await new Promise<void>((resolve, reject) => {
          take = resolve;
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        const picture = {
          data: Buffer.from('taken'),
          type: 'image/jpeg',
          width: 1,
          height: 1,
          hasHeadroom: false,
        } as const;
        return node.output.stamp({ ...picture, camera });
      });
    }),
  });

  t.equal((await ask(camd)).status, 504);
  t.equal(captures, 1);
  const both = [ask(camd, '/patient.jpg'), ask(camd, '/patient.jpg')];
  await until(() => camd.metrics('quick').captures_total === 2, 'both requests');
  take?.();
  const texts = await Promise.all(both.map(async (pending) => (await pending).text()));

  t.strictSame(texts, ['taken', 'taken']);
  t.equal(captures, 2);
  t.equal(camd.stills().latest('camera')?.frame.data.toString(), 'taken', 'the cache keeps the picture');
});

t.test('a camera on demand that times out gives 504, and one that fails gives 503 without the cause', async (t) => {
  let cause = environment('capture-timeout', 'The camera camera sent no picture within 2s.');
  const camd = await site(t, {
    snapshot: snapshotPart(),
    camera: sourcePart((node) => {
      node.output.announce('camera');
      node.output.answer('capture', () => Promise.reject(cause));
    }),
  });

  t.equal((await ask(camd)).status, 504);
  cause = environment('no-command', 'The command /opt/secret was not found.');
  const refused = await ask(camd);

  t.equal(refused.status, 503);
  t.notMatch(await refused.text(), /secret/);
});

t.test('tags survive a reload, and pictures have CORS headers too', async (t) => {
  const camd = await site(t, { snapshot: snapshotPart() });
  camd.shoot('one');
  const etag = (await ask(camd)).headers.get('etag');

  await camd.move({
    ...camd.parts,
    snapshot: snapshotPart({ wait: 1000 }),
    web: serverPart({ cors: { origins: ['*'] } }),
  });

  const response = await ask(camd, '/snapshot.jpg', { origin: 'http://mainsail.local' });
  t.equal(response.headers.get('etag'), etag);
  t.equal(response.headers.get('access-control-allow-origin'), '*');
  t.equal(await response.text(), 'one');
});
