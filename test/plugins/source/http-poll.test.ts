// source/http-poll with healthy, unchanged, locked, slow and broken cameras.

import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { digestPasses, fakeCamera, response } from '../../support/fake-camera.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const [FIRST, SECOND] = [sampleJpeg({ seed: 1 }), sampleJpeg({ seed: 2 })];

t.test('digest and basic challenges are answered, with credentials from options or the URL', async (t) => {
  const { port, requests } = await fakeCamera(t, (socket, head) => {
    const basic = head.includes(`Basic ${Buffer.from('viewer:pa:ss').toString('base64')}`);
    const challenge = head.includes('/digest') ? 'Digest realm="cam", nonce="nonce1", qop="auth"' : 'Basic realm="cam"';
    const right = head.includes('/digest') ? digestPasses(head, 's3cret') : basic;
    if (right) socket.write(response('200 OK', ['Content-Type: image/jpeg'], FIRST));
    else socket.write(response('401 No', [`WWW-Authenticate: ${challenge}`], 'no'));
  });
  const digest = `http://127.0.0.1:${port}/digest`;
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      options: { use: source/http-poll, url: "${digest}?x=1", every: 50ms, username: viewer, password: s3cret }
      url: { use: source/http-poll, url: "http://viewer:pa%3Ass@127.0.0.1:${port}/basic", every: 50ms }
      wrong: { use: source/http-poll, url: "${digest}/wrong", every: 50ms, username: viewer, password: guess }
  `,
  );
  const [options, url] = [collect(camd, 'options'), collect(camd, 'url')];

  await until(() => options.length >= 3 && url.length >= 3, 'pictures of both');
  const wrong = await camd.state('wrong', 'degraded');

  t.equal(wrong.lastError, `${digest}/wrong refused the username or the password (401).`);
  const tries = requests.filter((head) => head.includes('/wrong'));
  t.equal(tries.length, 2, 'one try, so that the account is not locked');
  t.notMatch(JSON.stringify([camd.lines, camd.daemon.view.nodes()]), /s3cret|pa%3Ass|pa:ss|guess/);
});

t.test('it fetches at its interval, and a camera that answers "not modified" is healthy', async (t) => {
  const { port, requests } = await fakeCamera(t, (socket, head, count) => {
    const [tag, picture] = count < 4 ? ['"1"', FIRST] : ['"2"', SECOND];
    const headers = [`ETag: ${tag}`, 'Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT'];
    if (head.toLowerCase().includes(`if-none-match: ${tag}`)) socket.write('HTTP/1.1 304 Not Modified\r\n\r\n');
    else socket.write(response('200 OK', headers, picture));
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-poll, url: "http://127.0.0.1:${port}/", every: 50ms }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 2 && requests.length >= 6, 'two pictures');

  t.equal(frames.length, 2);
  t.ok(frames[0]?.data.equals(FIRST));
  t.ok(frames[1]?.data.equals(SECOND));
  t.ok((camd.status('cam').metrics.unchanged_total ?? 0) >= 3);
  t.match(requests[1], /if-modified-since: Fri, 20 Nov 2026/i);
  t.equal(camd.status('cam').state.is, 'running');
});

t.test('answers that are too large, too small, too slow or no picture are refused with a reason', async (t) => {
  const { port } = await fakeCamera(t, (socket, head) => {
    if (head.includes('/large')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\nx');
    else if (head.includes('/small')) socket.write(response('200 OK', [], FIRST));
    else if (head.includes('/html')) socket.write(response('200 OK', ['Content-Type: text/html'], '<h1>Login</h1>'));
    else if (head.includes('/gone')) socket.write(response('404 Not Found', []));
  });
  const url = `http://127.0.0.1:${port}`;
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      large: { use: source/http-poll, url: "${url}/large", max_frame: 64KiB }
      small: { use: source/http-poll, url: "${url}/small", min_size: 1MiB }
      slow: { use: source/http-poll, url: "${url}/slow", timeout: 100ms }
      html: { use: source/http-poll, url: "${url}/html" }
      gone: { use: source/http-poll, url: "${url}/gone" }
  `,
  );

  const errorOf = async (id: string) => (await camd.state(id, 'degraded')).lastError;

  t.equal(await errorOf('large'), `${url}/large answered with more than 64 KiB, the allowed maximum.`);
  t.match(await errorOf('small'), /sent a picture of .* less than min_size\.$/);
  t.match(await errorOf('slow'), /did not complete its answer within 100 ms\.$/);
  t.match(await errorOf('html'), /answered with 14 B of text\/html that contain no whole picture/);
  t.equal(await errorOf('gone'), `${url}/gone answered with status 404, so the path is wrong.`);
});

t.test('on demand the camera is requested only for a capture, once for concurrent captures', async (t) => {
  const { port, requests } = await fakeCamera(t, (socket) => {
    setTimeout(() => socket.write(response('200 OK', ['ETag: "1"'], FIRST)), 50);
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/http-poll, url: "http://127.0.0.1:${port}/", every: 50ms, mode: on_demand, linger: 0ms }
  `,
  );
  const output = camd.output('cam');
  const patience = new AbortController().signal;
  const idle = requests.length;

  const frames = await Promise.all(Array.from({ length: 6 }, () => output.ask('capture', 'cam', undefined, patience)));
  const together = requests.length;
  await output.ask('capture', 'cam', undefined, patience);

  t.equal(idle, 0);
  t.equal(together, 1);
  t.equal(new Set(frames.map((frame) => frame.seq)).size, 1);
  t.equal(requests.length, 2);
  t.notMatch(requests[1], /if-none-match/i);
});
