// source/http and streams of pictures in one request: refused at once, with a reason in the answer and in the log.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { gathered } from '../../../plugins/kit/http/body.ts';
import { MAX_PICTURES, onePicture } from '../../../plugins/source/http/one-picture.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { rawClient } from '../../support/raw-client.ts';

const picture = sampleJpeg({ width: 16, height: 16 });

async function api(t: Ending) {
  const camd = await run(
    t,
    `camd: 1
pipeline:
  web: { use: http/server, listen: 127.0.0.1:0 }
  up: { use: source/http, on: web, path: '/up/{camera}', anyone: true }
  latest: { use: cache/latest, from: up }
`,
  );
  return { camd, url: `${camd.port('web', 'server').origin}/up/bench` };
}

for (const format of ['mpjpeg', 'mjpeg']) {
  t.test(`ffmpeg -f ${format} ends at once, and not after its ten minutes`, { timeout: 120_000 }, async (t) => {
    const { camd, url } = await api(t);
    const source = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '600'];
    const ffmpeg = spawn('ffmpeg', ['-loglevel', 'error', ...source, '-f', format, '-method', 'POST', url], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    t.teardown(() => void ffmpeg.kill('SIGKILL'));

    await once(ffmpeg, 'exit');

    t.match(
      camd.lines.find(({ msg }) => msg === 'a stream was refused'),
      { level: 'warn', camera: 'bench', why: /source\/tcp/ },
    );
    t.match(camd.status('up').metrics, { answered_415_total: 1, in_flight: 0 });
  });
}

t.test('a multipart stream is refused by its type, and the connection ends', async (t) => {
  const { url } = await api(t);
  const { port, host } = new URL(url);
  const head = [
    'POST /up/bench HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: multipart/x-mixed-replace; boundary=x',
    'Transfer-Encoding: chunked',
  ];

  const answer = await rawClient(t, Number(port), [...head, '', ''].join('\r\n')).ended();

  t.match(answer, /^HTTP\/1.1 415 .*one picture per request.*source\/tcp/s);
});

t.test('one picture in pieces, also with previews behind it, is accepted', async (t) => {
  const piecesOf = async function* (body: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
  };
  const most = Buffer.concat(Array.from({ length: MAX_PICTURES }, () => picture));

  for (const size of [1, 3, 1000, most.length]) {
    t.ok((await gathered(onePicture(piecesOf(most, size)))).equals(most), `${size} bytes at a time`);
    await t.rejects(gathered(onePicture(piecesOf(Buffer.concat([most, picture]), size))), { code: 'is-stream' });
    await t.rejects(gathered(onePicture(piecesOf(Buffer.from('\r\n--x\r\n'), size))), { code: 'is-stream' });
    await t.rejects(gathered(onePicture(piecesOf(Buffer.from('--x\r\n'), size))), { code: 'is-stream' });
  }
});

t.test('one picture in chunks is accepted', async (t) => {
  const { camd, url } = await api(t);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(picture.subarray(0, 100)));
      controller.enqueue(new Uint8Array(picture.subarray(100)));
      controller.close();
    },
  });
  const init = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body, duplex: 'half' };

  const answer = await fetch(url, init as RequestInit);

  t.equal(answer.status, 200);
  t.equal(camd.status('up').framesOut, 1);
});
