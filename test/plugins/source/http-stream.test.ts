// source/http-stream with cameras that use every form seen in the field.

import type { Socket } from 'node:net';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { chunk, digestPasses, fakeCamera, join, response } from '../../support/fake-camera.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const [FIRST, SECOND, THIRD] = [sampleJpeg({ seed: 1 }), sampleJpeg({ seed: 2 }), sampleJpeg({ seed: 3 })];
const PICTURES = [FIRST, SECOND, THIRD];
const ESP = '123456789000000000000987654321';

/** The response of each kind of camera to a request for its stream. */
const CAMERAS: Readonly<Record<string, (socket: Socket) => void>> = {
  'ESP32 CameraWebServer: chunked, CR LF before each boundary, no space after the semicolon': (socket) => {
    const type = `Content-Type: multipart/x-mixed-replace;boundary=${ESP}`;
    socket.write(`HTTP/1.1 200 OK\r\n${type}\r\nTransfer-Encoding: chunked\r\nX-Framerate: 60\r\n\r\n`);
    for (const picture of PICTURES) {
      const length = `Content-Length: ${picture.length}`;
      socket.write(chunk(`\r\n--${ESP}\r\n`));
      socket.write(chunk(`Content-Type: image/jpeg\r\n${length}\r\nX-Timestamp: 12.000345\r\n\r\n`));
      socket.write(chunk(picture));
    }
    socket.write(chunk(`\r\n--${ESP}\r\n`));
  },
  'ESPHome: HTTP/1.0, boundary first, a text part while there are no frames': (socket) => {
    socket.write(`HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=${ESP}\r\n\r\n--${ESP}\r\n`);
    socket.write(`Content-Type: text/plain\r\n\r\nNo frames send.\r\n--${ESP}\r\n`);
    for (const picture of PICTURES) {
      const head = `Content-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
      socket.write(join(head, picture, `\r\n--${ESP}\r\n`));
    }
  },
  'Tasmota: boundary with dashes, each part ends with CR LF': (socket) => {
    const boundary = 'e8b8c539-047d-4777-a985-fbba6edff11e';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=${boundary}\r\n\r\n`);
    for (const picture of [...PICTURES, FIRST]) {
      socket.write(`--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
      socket.write(join(picture, '\r\n'));
    }
  },
  'mjpg-streamer: HTTP/1.0 with X-Timestamp, boundary after each picture': (socket) => {
    const type = 'Content-Type: multipart/x-mixed-replace;boundary=boundarydonotcross';
    socket.write(`HTTP/1.0 200 OK\r\nConnection: close\r\n${type}\r\n\r\n--boundarydonotcross\r\n`);
    for (const picture of PICTURES) {
      socket.write(
        `Content-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\nX-Timestamp: 1700000000.123456\r\n\r\n`,
      );
      socket.write(join(picture, '\r\n--boundarydonotcross\r\n'));
    }
  },
  'µStreamer with advance headers: parts without a length': (socket) => {
    const type = 'Content-Type: multipart/x-mixed-replace;boundary=boundarydonotcross';
    socket.write(`HTTP/1.0 200 OK\r\n${type}\r\n\r\n--boundarydonotcross\r\n`);
    for (const picture of PICTURES) {
      socket.write('Content-Type: image/jpeg\r\nX-Timestamp: 1700000000.1\r\n\r\n');
      socket.write(join(picture, '\r\n--boundarydonotcross\r\n'));
    }
  },
  'a camera that quotes its boundary and writes the dashes into it': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary="--my boundary"\r\n\r\n');
    for (const picture of PICTURES) {
      const head = `--my boundary\r\nContent-type: image/jpeg\r\nContent-length: ${picture.length}\r\n\r\n`;
      socket.write(join(head, picture, '\r\n'));
    }
    socket.write('--my boundary\r\n');
  },
};

for (const [name, send] of Object.entries(CAMERAS)) {
  t.test(`the stream is read of ${name}`, async (t) => {
    const { port } = await fakeCamera(t, send);
    const camd = await run(
      t,
      dedent`
      camd: 1
      pipeline:
        cam: { use: source/http-stream, url: "http://127.0.0.1:${port}/stream" }
    `,
    );
    const frames = collect(camd, 'cam');

    await until(() => frames.length >= 3, 'three pictures');

    const seen = frames.slice(0, 3).map((frame) => PICTURES.findIndex((picture) => picture.equals(frame.data)));
    t.same(seen, [0, 1, 2]);
    t.equal(camd.status('cam').state.is, 'running');
  });
}

const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n--b\r\n';
const part = (picture: Buffer): Buffer =>
  join(`Content-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`, picture, '\r\n--b\r\n');

t.test('it reconnects after the stream ended, was reset or fell silent', async (t) => {
  const { port, requests } = await fakeCamera(t, (socket, _head, count) => {
    socket.write(join(STREAM, part(FIRST)));
    if (count % 3 === 1) socket.end();
    if (count % 3 === 2) setImmediate(() => socket.resetAndDestroy());
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-stream, url: "http://127.0.0.1:${port}/", timeout: 400ms }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => requests.length >= 4 && frames.length >= 3, 'four requests');

  // On a busy machine the end of a stream may be read after the silence was noticed.
  const isReported = () => camd.lines.some((line) => line.why === `http://127.0.0.1:${port}/ has closed the stream.`);
  await until(isReported, 'the end of a stream to be reported');
  t.ok(frames.every((frame) => frame.data.equals(FIRST)));
});

t.test('it reports the content found instead of a stream, without secrets of the URL', async (t) => {
  const { port } = await fakeCamera(t, (socket, head) => {
    if (head.includes('/page')) socket.write(response('200 OK', ['Content-Type: text/html; charset=utf-8'], '<h1>'));
    else if (head.includes('/snap')) socket.write(response('200 OK', ['Content-Type: image/jpeg'], FIRST));
    else if (head.includes('/busy')) socket.write(response('503 Busy', []));
    else if (head.includes('/auth')) socket.write(response('401 No', ['WWW-Authenticate: Basic realm="x"']));
    else socket.write('nonsense\r\n\r\n');
  });
  const url = `http://127.0.0.1:${port}`;
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      page: { use: source/http-stream, url: "${url}/page" }
      snap: { use: source/http-stream, url: "${url}/snap?password=s3cret" }
      busy: { use: source/http-stream, url: "${url}/busy" }
      auth: { use: source/http-stream, url: "${url}/auth" }
      junk: { use: source/http-stream, url: "${url}/junk" }
  `,
  );

  const errorOf = async (id: string) => (await camd.state(id, 'degraded')).lastError;

  t.equal(await errorOf('page'), `${url}/page answered with text/html where multipart/x-mixed-replace was expected.`);
  t.equal(
    await errorOf('snap'),
    `${url}/snap?password=*** answered with one picture (image/jpeg), not a stream: use source/http-poll.`,
  );
  t.equal(
    await errorOf('busy'),
    `${url}/busy answered with status 503, so it is busy; many cameras serve one client only.`,
  );
  t.equal(await errorOf('auth'), `${url}/auth asks for authentication (401, Basic): set "username" and "password".`);
  t.equal(
    await errorOf('junk'),
    `${url}/junk cannot be read: its answer is not valid HTTP: it begins with "nonsense".`,
  );
  t.notMatch(JSON.stringify(camd.lines), 's3cret');
});

t.test('a time of the camera that is years off is replaced by that of arrival, a right one is kept', async (t) => {
  const stamped = (seconds: number, picture: Buffer): Buffer =>
    join(
      `Content-Type: image/jpeg\r\nX-Timestamp: ${seconds.toFixed(3)}\r\nContent-Length: ${picture.length}\r\n\r\n`,
      picture,
      '\r\n--b\r\n',
    );
  const began = Date.now();
  const { port } = await fakeCamera(t, (socket) => {
    socket.write(join(STREAM, stamped(began / 1000 - 14 * 365 * 86_400, FIRST), stamped(began / 1000 - 2, SECOND)));
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      near: { use: source/http-stream, url: "http://127.0.0.1:${port}/", clock_window: 1h }
      never: { use: source/http-stream, url: "http://127.0.0.1:${port}/", clock_window: 0s }
      always: { use: source/http-stream, url: "http://127.0.0.1:${port}/", clock_window: 36500d }
  `,
  );
  const [near, never, always] = [collect(camd, 'near'), collect(camd, 'never'), collect(camd, 'always')];

  await until(() => [near, never, always].every((frames) => frames.length >= 2), 'two pictures of each');

  const isArrival = (frame: { time: number } | undefined): boolean => (frame?.time ?? 0) >= began - 1;
  t.ok(isArrival(near[0]));
  t.ok(Math.abs((near[1]?.time ?? 0) - (began - 2000)) < 2);
  t.ok(isArrival(never[0]) && isArrival(never[1]));
  t.ok((always[0]?.time ?? 0) < began - 13 * 365 * 86_400_000);
  t.equal(camd.status('near').metrics.odd_clock_total, 1);
  t.equal(
    camd.lines.filter(({ node, oddity }) => node === 'never' && /clock/.test(String(oddity))).length,
    1,
    'logged once',
  );
});

t.test('with digest authentication the stream flows, also when it is opened again', async (t) => {
  const { port, requests } = await fakeCamera(t, (socket, head) => {
    const challenge = 'WWW-Authenticate: Digest realm="cam", nonce="nonce1", qop="auth"';
    if (!digestPasses(head, 's3cret')) return void socket.write(response('401 No', [challenge]));
    return void socket.end(join(STREAM, part(FIRST)));
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-stream, url: "http://127.0.0.1:${port}/", username: viewer, password: s3cret, auth: digest }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 3, 'three openings');

  t.equal(requests.filter((head) => !digestPasses(head, 's3cret')).length, 1, 'the challenge is remembered');
});

t.test('on demand it is connected only for viewers and captures', async (t) => {
  const camera = await fakeCamera(t, (socket) => {
    const timer = setInterval(() => socket.write(part(SECOND)), 20);
    socket.on('close', () => clearInterval(timer)).write(STREAM);
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-stream, url: "http://127.0.0.1:${camera.port}/", mode: on_demand, linger: 50ms, skip: 1 }
  `,
  );
  const frames = collect(camd, 'cam');
  await camd.state('cam', 'running');
  const idle = camera.requests.length;

  const captured = await camd.output('cam').ask('capture', 'cam', undefined, new AbortController().signal);
  await until(() => camera.open() === 0, 'the connection to be closed');
  const release = camd.output('cam').want(undefined);
  await until(() => frames.length >= 2, 'pictures for a viewer');
  release();
  await until(() => camera.open() === 0, 'the connection to be closed again');

  t.equal(idle, 0);
  t.ok(captured.data.equals(SECOND));
  t.equal(camera.requests.length, 2);
});
