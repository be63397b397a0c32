// configs/prusa-connect.yaml as a whole: a real ffmpeg, a real nginx, and uploads to a stand-in over TLS.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { authority } from '../support/authority.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import { type Ending, run } from '../support/harness.ts';
import { moonraker } from '../support/moonraker.ts';
import { type App, fluidd, mainsail, mobileraker } from '../support/printer-apps.ts';
import { prusaConnect } from '../support/prusa-connect.ts';
import { until } from '../support/until.ts';

const PROFILE = resolve('configs/prusa-connect.yaml');

function folderOf(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-prusa-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Ends with the test, and is waited for. */
function child(
  t: Ending,
  command: string,
  args: readonly string[],
  signal: NodeJS.Signals = 'SIGTERM',
): { process: ChildProcess; stop(): Promise<void> } {
  const process = spawn(command, args, { stdio: 'ignore' });
  const ended = once(process, 'exit');
  const stop = async () => {
    process.kill(signal);
    await ended;
  };
  t.teardown(stop);
  return { process, stop };
}

/** As rpicam-vid does: waits for one client, then sends JPEG after JPEG; what it sent is in the file as well. */
function camera(t: Ending, port: number, file: string, seed: number) {
  const input = `testsrc2=size=320x240:rate=10,hue=h=${seed * 40}`;
  const outputs = `[f=mjpeg]tcp\\://127.0.0.1\\:${port}?listen=1|[f=mjpeg:flush_packets=1]${file}`;
  return child(t, 'ffmpeg', [
    '-hide_banner',
    '-nostdin',
    '-re',
    '-f',
    'lavfi',
    '-i',
    input,
    '-c:v',
    'mjpeg',
    '-map',
    '0:v',
    '-f',
    'tee',
    outputs,
  ]);
}

t.test('the feed comes and goes; snapshots, streams, apps, uploads and nginx get what the camera sent', async (t) => {
  const folder = folderOf(t);
  const [feed, local, lan, front] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const tls = authority(t);
  const printer = await moonraker(t);
  const prusa = await prusaConnect(t, { authority: tls, now: Date.now, script: () => ({ status: 204 }) });
  await run(
    t,
    dedent`
      camd: 1
      include: ["${PROFILE}"]
      vars: { feed: "127.0.0.1:${feed}", local: "127.0.0.1:${local}", lan: "127.0.0.1:${lan}", moonraker: "${printer.url}", interval: 5s }
      pipeline:
        prusa: { url: "${prusa.url}", ca: "${tls.ca}" }
    `,
    { env: { PC_TOKEN: 'a'.repeat(20), PC_FINGERPRINT: 'b'.repeat(64) } },
  );
  const status = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;

  const before = await Promise.all([
    status(local, '/snapshot.jpg'),
    status(lan, '/snapshot.jpg'),
    status(lan, '/webcam/?action=snapshot'),
  ]);
  t.strictSame(before, [503, 503, 503], 'before the first picture');

  const first = camera(t, feed, join(folder, 'one.mjpeg'), 1);
  await until(async () => (await status(local, '/snapshot.jpg')) === 200, 'the first picture');

  nginxBefore(t, folder, front, local, lan);
  await until(
    () =>
      status(front, '/snapshot.jpg').then(
        (code) => code === 200,
        () => false,
      ),
    'nginx to serve',
  );

  const received: Buffer[][] = [];
  for (const [port, path] of [
    [local, '/stream.mjpg'],
    [local, '/'],
    [lan, '/stream.mjpg'],
    [lan, '/webcam/?action=stream&timestamp=1'],
    [front, '/stream.mjpg'],
  ] as const) {
    received.push(await watch(t, `http://127.0.0.1:${port}${path}`));
  }
  await until(() => received.every(({ length }) => length >= 15), 'pictures on every stream');

  const codes: number[] = [];
  const poll = setInterval(
    () =>
      void status(local, '/snapshot.jpg').then(
        (code) => codes.push(code),
        () => codes.push(0),
      ),
    20,
  );
  t.teardown(() => clearInterval(poll));
  await first.stop();
  await until(() => codes.length > 20, 'snapshots without a feed');
  const second = camera(t, feed, join(folder, 'two.mjpeg'), 2);
  const restarted = received.map(({ length }) => length);
  await until(
    () => received.every(({ length }, index) => length > (restarted[index] ?? 0) + 10),
    'pictures after the restart',
  );
  clearInterval(poll);
  await until(
    () => prusa.visits.some(({ path }) => path === '/c/info'),
    'an upload and what Prusa Connect should know',
  );
  await second.stop();

  t.strictSame([...new Set(codes)], [200], `${codes.length} snapshots through the restart`);
  const sent = new Set(
    [...pictures(join(folder, 'one.mjpeg')), ...pictures(join(folder, 'two.mjpeg'))].map((bytes) =>
      bytes.toString('base64'),
    ),
  );
  t.ok(sent.size > 20);
  for (const [index, stream] of received.entries()) {
    const strange = stream.filter((bytes) => !sent.has(bytes.toString('base64')));
    t.equal(strange.length, 0, `stream ${index}: ${stream.length} pictures, byte for byte`);
  }

  t.strictSame(prusa.faults, []);
  t.ok(
    prusa.visits.filter(({ path }) => path === '/c/snapshot').every(({ body }) => sent.has(body.toString('base64'))),
  );

  const denied = await Promise.all(
    ['/', '/health', '/printer/emergency_stop', '/access/api_key', '/server/files/config/moonraker.conf'].map((path) =>
      status(lan, path),
    ),
  );
  t.ok(
    denied.every((code) => code === 404 || code === 403),
    `the network sees nothing else: ${denied}`,
  );
  t.equal((await fetch(`http://127.0.0.1:${lan}/server/info`, { method: 'POST' })).status, 405);
  for (const port of [lan, front]) {
    const client = new WebSocket(`ws://127.0.0.1:${port}/websocket`, { origin: `http://127.0.0.1:${port}` });
    t.teardown(() => client.terminate());
    await once(client, 'open');
    client.send(
      '[{"jsonrpc":"2.0","method":"printer.emergency_stop","id":1},{"jsonrpc":"2.0","method":"server.info","id":2}]',
    );
    const answers: unknown[] = [];
    client.on('message', (data) => answers.push(...(JSON.parse(String(data)) as unknown[])));
    await until(() => answers.length === 2, 'both answers');
    t.match(
      answers.find((one) => (one as { id: number }).id === 1),
      { error: { code: 403 } },
    );
  }
  t.notOk(printer.messages.some((text) => text.includes('emergency_stop')));
});

/** What an app makes of a stream, by turns one of the three. */
const APPS: readonly ((contentType: string) => App)[] = [mainsail, fluidd, mobileraker];

async function watch(t: Ending, url: string): Promise<Buffer[]> {
  const request = get(url);
  t.teardown(() => void request.destroy());
  const [response] = await once(request, 'response');
  const app = APPS[url.length % APPS.length]?.(String(response.headers['content-type'])) ?? mainsail();
  response.on('data', (chunk: Buffer) => app.push(chunk));
  response.on('error', () => {});
  return app.pictures;
}

/** ffmpeg writes no thumbnails, so FF D8 FF begins a picture; the last one may be cut. */
function pictures(file: string): Buffer[] {
  const bytes = readFileSync(file);
  const found: Buffer[] = [];
  for (let at = 0; at >= 0 && at < bytes.length; ) {
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), at);
    if (end < 0) break;
    found.push(bytes.subarray(at, end + 2));
    at = end + 2;
  }
  return found;
}

function nginxBefore(t: Ending, folder: string, front: number, local: number, lan: number) {
  const path = join(folder, 'nginx.conf');
  mkdirSync(join(folder, 'tmp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/tmp/${name};`,
  );
  writeFileSync(
    path,
    dedent`
      daemon off;
      worker_processes 1;
      pid ${folder}/nginx.pid;
      error_log ${folder}/error.log;
      user root;
      events { worker_connections 64; }
      http {
        ${temporary.join(' ')}
        access_log off;
        server {
          listen 127.0.0.1:${front};
          location = /stream.mjpg { proxy_pass http://127.0.0.1:${local}; proxy_buffering off; }
          location = /snapshot.jpg { proxy_pass http://127.0.0.1:${local}; }
          location = /websocket {
            proxy_pass http://127.0.0.1:${lan};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
          }
          location / { return 403; }
        }
      }
    `,
  );
  return child(t, 'nginx', ['-c', path, '-p', folder]);
}
