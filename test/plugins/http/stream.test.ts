// http/stream over real sockets: its wire format, common viewers, and misbehaving viewers.

import t from 'tap';
import { BOUNDARY } from '../../../plugins/kit/live/part.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { deafClient, get, rawClient } from '../../support/raw-client.ts';
import { routePart, serverPart, site, sourcePart, streamPart } from '../../support/site.ts';
import { until } from '../../support/until.ts';

const STREAM = get('/stream.mjpg');
const part = (text: string, time: number): string =>
  `Content-Type: image/jpeg\r\nContent-Length: ${text.length}\r\nX-Timestamp: ${(time / 1000).toFixed(6)}\r\n\r\n` +
  `${text}\r\n--${BOUNDARY}\r\n`;
const HEAD = [
  'HTTP/1.1 200 OK',
  `Content-Type: multipart/x-mixed-replace; boundary=${BOUNDARY}`,
  'Cache-Control: no-store, no-cache, must-revalidate, private, max-age=0',
  'Pragma: no-cache',
  'Expires: 0',
  'X-Accel-Buffering: no',
  'Connection: close',
  'x-content-type-options: nosniff',
  'cross-origin-resource-policy: cross-origin',
  '',
  '',
].join('\r\n');

t.test('the bytes on the wire', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const first = camd.shoot(Buffer.from('first'));

  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees('first');
  const second = camd.shoot('second');
  await viewer.sees('second');

  t.equal(
    viewer.text(),
    `${HEAD}--${BOUNDARY}\r\n${part('first', first.time)}${part('second', second.time)}`,
    'head and boundary at once, then each picture followed by the next boundary',
  );
  t.equal(first.data.toString(), 'first', 'the frame itself is unchanged');
});

t.test('a viewer gets the response head at once, also before the first picture', async (t) => {
  const camd = await site(t, { stream: streamPart() });

  const viewer = rawClient(t, camd.port(), 'GET /stream.mjpg?timestamp=1&foo HTTP/1.0\r\n\r\n');
  const text = await viewer.sees(`--${BOUNDARY}\r\n`);

  t.equal(text, `${HEAD}--${BOUNDARY}\r\n`);
});

t.test('viewers that read by length, by boundary and by markers all get every frame', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const pictures = Array.from({ length: 8 }, (_, seed) => sampleJpeg({ seed, thumbnail: seed % 2 === 0 }));
  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees(BOUNDARY);

  for (const [index, picture] of pictures.entries()) {
    camd.shoot(picture);
    await viewer.sees('Content-Length', index + 1);
    await until(() => bySize(viewer.bytes()).length === index + 1, 'the frame by its length');
    t.equal(byBoundary(viewer.bytes()).length, index + 1, 'a reader that waits for the next boundary has it now');
  }

  const sized = bySize(viewer.bytes());
  t.strictSame(byBoundary(viewer.bytes()), sized);
  t.strictSame(byMarkers(viewer.bytes()), sized, 'thumbnails do not mislead a reader that cuts at FF D8 and FF D9');
  t.strictSame(sized[1], pictures[1], 'a picture without a thumbnail is sent unchanged');
});

t.test('a slow viewer gets only the newest frame, and the others lose none', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const deaf = deafClient(t, camd.port(), STREAM);
  const viewer = rawClient(t, camd.port(), STREAM);
  await until(() => camd.metrics('stream').viewers === 2, 'two viewers');
  const large = Buffer.alloc(2 ** 21, 'x');

  const shown = (count: number): number => count * large.length;
  let frames = 0;
  await until(async () => {
    camd.shoot(large);
    frames++;
    await until(() => viewer.size() > shown(frames), 'the whole frame');
    return (camd.metrics('stream').viewer_frames_skipped_total ?? 0) >= 3;
  }, 'frames to be skipped for the viewer that does not read');

  t.ok(viewer.size() < shown(frames + 1), 'the other has each frame once');
  await until(() => camd.metrics('stream').viewers_lagging === 1, 'the other to catch up');
  await until(() => (camd.metrics('stream').lag_ms ?? 0) > 0, 'the lag to be measured');
  await camd.move({ ...camd.parts, stream: streamPart({ stall: 100 }) });
  await until(() => camd.metrics('stream').viewers === 1, 'the viewer that does not read to be disconnected');
  await until(
    () => (camd.metrics('stream').viewers_stalled_total ?? 0) >= 1,
    () => `the disconnection to be counted: ${JSON.stringify(camd.metrics('stream'))}`,
  );
  t.notOk(viewer.isClosed());
  deaf.destroy();
});

t.test('a viewer that catches up gets the newest picture without waiting for the next', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const slow = deafClient(t, camd.port(), STREAM);
  await until(() => camd.metrics('stream').viewers === 1, 'the viewer');
  const large = Buffer.alloc(2 ** 22, 'x');
  await until(() => {
    camd.shoot(large);
    return (camd.metrics('stream').viewer_frames_skipped_total ?? 0) > 3;
  }, 'frames to be skipped');
  camd.shoot(Buffer.from('the newest'));

  const reading = rawClient(t, slow);
  slow.resume();

  await reading.sees('the newest');
});

t.test('the last picture is sent again while the camera is silent', async (t) => {
  const camd = await site(t, { stream: streamPart({ repeat: 100 }) });
  const frame = camd.shoot('same');

  const viewer = rawClient(t, camd.port(), STREAM);
  const text = await viewer.sees('same', 3);

  t.ok(text.includes(part('same', frame.time) + part('same', frame.time)));
});

t.test('a frame older than the newest one is never sent, also to a late viewer', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const old = camd.shoot('old');
  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees('old');
  const newest = camd.shoot('newest');
  await viewer.sees('newest');

  for (const frame of [old, newest]) await camd.source().output.emit(frame);
  camd.shoot('the next');
  await viewer.sees('the next');

  t.same(bySize(viewer.bytes()).map(String), ['old', 'newest', 'the next'], 'each once, and in order');
});

t.test('?fps= limits one viewer and no other', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const calm = rawClient(t, camd.port(), get('/stream.mjpg?fps=0.01'));
  const eager = rawClient(t, camd.port(), get('/stream.mjpg?fps=none'));
  await until(() => camd.metrics('stream').viewers === 2, 'two viewers');

  for (let index = 0; index < 5; index++) {
    camd.shoot(`frame ${index};`);
    await eager.sees(`frame ${index};`);
  }

  t.match(calm.text(), 'frame 0;');
  t.notMatch(calm.text(), 'frame 1;');
});

t.test('HEAD is answered with the head alone', async (t) => {
  const camd = await site(t, { stream: streamPart() });

  const client = rawClient(t, camd.port(), get('/stream.mjpg').replace('GET', 'HEAD'));

  t.equal(await client.ended(), HEAD);
  t.equal(camd.metrics('stream').viewers, 0);
});

t.test('cameras are named by the path, by the profile, or need no name', async (t) => {
  const camd = await site(t, {
    named: streamPart({ path: '/{camera}.mjpg' }),
    fixed: streamPart({ path: '/fixed', camera: 'two' }),
    only: streamPart({ path: '/only' }),
  });
  camd.shoot('one', 'camera');
  const before = rawClient(t, camd.port(), get('/only'));
  await before.sees('one');
  camd.shoot('two', 'two');

  const named = rawClient(t, camd.port(), get('/two.mjpg'));
  const fixed = rawClient(t, camd.port(), get('/fixed'));
  const unknown = rawClient(t, camd.port(), get('/three.mjpg', 'Connection: close'));
  const unclear = rawClient(t, camd.port(), get('/only', 'Connection: close'));

  await named.sees('two');
  await fixed.sees('two');
  t.match(await unknown.ended(), /^HTTP\/1.1 404 .*there is no camera with this name/s);
  t.match(await unclear.ended(), /^HTTP\/1.1 404 .*there are several/s);
});

t.test('viewers beyond the limit get a time to retry', async (t) => {
  const camd = await site(t, { stream: streamPart({ max_viewers: 1 }) });
  const first = rawClient(t, camd.port(), STREAM);
  await first.sees(BOUNDARY);

  const response = await fetch(`${camd.origin()}/stream.mjpg`);

  t.equal(response.status, 503);
  t.ok(response.headers.get('retry-after'));
  first.socket.destroy();
  await until(() => camd.metrics('stream').viewers === 0, 'the first to leave');
  await rawClient(t, camd.port(), STREAM).sees(BOUNDARY);
});

t.test('a camera on demand runs as long as it has viewers', async (t) => {
  let wanted: (string | undefined)[] = [];
  const camd = await site(t, {
    stream: streamPart(),
    camera: sourcePart((node) => {
      node.output.announce('camera');
      node.output.onWant((camera) => {
        wanted.push(camera);
        return () => {
          wanted = wanted.filter((item) => item !== camera);
        };
      });
    }),
  });

  t.strictSame(wanted, [], 'no viewers');
  const one = rawClient(t, camd.port(), STREAM);
  const two = rawClient(t, camd.port(), STREAM);
  await until(() => camd.metrics('stream').viewers === 2, 'two viewers');
  t.strictSame(wanted, ['camera']);
  one.socket.destroy();
  await until(() => camd.metrics('stream').viewers === 1, 'one viewer');
  t.strictSame(wanted, ['camera']);
  two.socket.destroy();
  await until(() => wanted.length === 0, 'the camera to be released');
});

t.test('a reload of any node cuts no stream', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  camd.shoot('before');
  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees('before');
  const port = camd.port();

  const changed = { ...camd.parts, stream: streamPart({ stall: 10_000 }), web: serverPart({ max_body: 4096 }) };
  await camd.move(changed);
  camd.shoot('between');
  await viewer.sees('between');
  await camd.move({
    ...changed,
    other: routePart((server) => server.route({ methods: ['GET'], path: '/o', handler: () => 'o' })),
  });
  camd.shoot('after');
  await viewer.sees('after');

  t.notOk(viewer.isClosed());
  t.equal(viewer.text().split('between').length, 2, 'no frame twice');
  t.equal(camd.port(), port, 'the listener is the same');
  t.equal(await (await fetch(`${camd.origin()}/o`)).text(), 'o');
});

t.test('a stream ends when its route is removed', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees(BOUNDARY);

  const { stream, ...rest } = camd.parts;
  await camd.move(rest);

  await viewer.ended();
  t.ok(stream);
});

t.test('a stream ends when its node changes its path', async (t) => {
  const camd = await site(t, { stream: streamPart() });
  const viewer = rawClient(t, camd.port(), STREAM);
  await viewer.sees(BOUNDARY);

  await camd.move({ ...camd.parts, stream: streamPart({ path: '/elsewhere.mjpg' }) });

  await viewer.ended();
  t.ok(viewer.isClosed());
});

/** Reads like Mainsail: the size of each picture from its Content-Length. */
function bySize(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    const name = bytes.indexOf('Content-Length: ', at);
    const start = bytes.indexOf('\r\n\r\n', name);
    if (name < 0 || start < 0) return found;
    const length = Number(bytes.toString('latin1', name + 16, bytes.indexOf('\r\n', name)));
    if (start + 4 + length > bytes.length) return found;
    found.push(bytes.subarray(start + 4, start + 4 + length));
    at = start + 4 + length;
  }
}

/** Reads like Fluidd and browsers: a picture ends at the next boundary. */
function byBoundary(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  const boundary = Buffer.from(`\r\n--${BOUNDARY}\r\n`);
  let at = bytes.indexOf(boundary.subarray(2)) + boundary.length - 2;
  for (;;) {
    const end = bytes.indexOf(boundary, at);
    if (end < 0) return found;
    found.push(bytes.subarray(bytes.indexOf('\r\n\r\n', at) + 4, end));
    at = end + boundary.length;
  }
}

/** Reads like Mobileraker: from FF D8 to FF D9. */
function byMarkers(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    const start = bytes.indexOf(Buffer.from([0xff, 0xd8]), at);
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), start + 2);
    if (start < 0 || end < 0) return found;
    found.push(bytes.subarray(start, end + 2));
    at = end + 2;
  }
}
