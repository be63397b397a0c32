// source/tcp with a real ffmpeg, and with peers that close, fall silent and return.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

function folder(t: Ending): string {
  const path = mkdtempSync(join(tmpdir(), 'camd-tcp-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** ffmpeg's moving test picture at 30 fps in real time; stopped with the test. */
function ffmpeg(t: Ending, ...output: string[]): ChildProcess {
  const input = [
    '-re',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=1280x720:rate=30',
    '-c:v',
    'mjpeg',
    '-q:v',
    '4',
    '-map',
    '0:v',
  ];
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...output], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  t.teardown(() => void child.kill('SIGKILL'));
  return child;
}

/** A camera that hands each connection to the test. */
async function camera(t: Ending, onConnection: (socket: Socket, count: number) => void, host = '127.0.0.1') {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket, sockets.length);
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

t.test(
  'every frame of ffmpeg arrives once, in order and unchanged, and again after it was killed',
  { timeout: 120_000 },
  async (t) => {
    const port = await freePort();
    const copy = join(folder(t), 'copy.mjpeg');
    const first = ffmpeg(t, '-t', '10', '-f', 'tee', `[f=mjpeg]tcp\\://127.0.0.1\\:${port}?listen=1|[f=mjpeg]${copy}`);
    const camd = await run(
      t,
      dedent`
    camd: 1
    pipeline:
      cam: { use: source/tcp, connect: "127.0.0.1:${port}", timeout: 1m }
  `,
    );
    const frames = collect(camd, 'cam');

    await once(first, 'exit');
    await until(() => camd.status('cam').state.is === 'degraded', 'the end to be noticed');
    const sent = readFileSync(copy);
    const received = frames.splice(0);
    const second = ffmpeg(t, '-f', 'mjpeg', `tcp://127.0.0.1:${port}?listen=1`);
    await until(() => frames.length > 30, 'frames of the second run');
    second.kill('SIGKILL');
    await camd.state('cam', 'degraded');
    const before = frames.length;
    ffmpeg(t, '-f', 'mjpeg', `tcp://127.0.0.1:${port}?listen=1`);
    await until(() => frames.length > before + 5, 'frames after the kill');

    t.equal(received.length, 300);
    t.ok(Buffer.concat(received.map((frame) => frame.data)).equals(sent), 'the bytes are those that ffmpeg wrote');
    t.ok(received.every((frame, index) => frame.seq === index + 1 && frame.width === 1280 && frame.height === 720));
    await camd.state('cam', 'running');
  },
);

t.test('an absent feed is degraded with the reason, and healthy with its first frame', async (t) => {
  const picture = sampleJpeg();
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/tcp, connect: "localhost:${port}", camera: door }
  `,
  );
  const frames = collect(camd, 'cam');

  const absent = await camd.state('cam', 'degraded');
  const server = createServer((socket) => void socket.on('error', () => {}).write(picture));
  server.listen(port, 'localhost');
  t.teardown(() => void server.close());
  await camd.state('cam', 'running');

  t.equal(absent.lastError, `localhost:${port} cannot be reached: nothing is listening there.`);
  t.equal(frames[0]?.camera, 'door');
  t.ok(frames[0]?.data.equals(picture));
  t.same(camd.output('cam').cameras(), ['door']);
});

t.test('a feed that falls silent is dropped and opened again', async (t) => {
  const picture = sampleJpeg();
  const { port, sockets } = await camera(t, (socket) => void socket.write(picture));
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/tcp, connect: "127.0.0.1:${port}", timeout: 200ms }
  `,
  );
  const frames = collect(camd, 'cam');

  await until(() => frames.length >= 3, 'three openings');

  t.ok(sockets.length >= 3);
  t.ok(camd.lines.some((line) => line.why === `127.0.0.1:${port} has sent nothing for 200ms.`));
});

t.test('the last frame of a feed counts when it is whole, and a cut one does not', async (t) => {
  const [whole, cut] = [sampleJpeg({ seed: 1 }), sampleJpeg({ seed: 2 })];
  const { port } = await camera(t, (socket, count) => {
    if (count === 1) socket.end(Buffer.concat([whole, cut.subarray(0, cut.length - 10)]));
  });
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      cam: { use: source/tcp, connect: "127.0.0.1:${port}" }
  `,
  );
  const frames = collect(camd, 'cam');

  const lost = await camd.state('cam', 'degraded');

  t.equal(lost.lastError, `127.0.0.1:${port} has closed the connection.`);
  t.same(
    frames.map((frame) => frame.data.equals(whole)),
    [true],
  );
  t.equal(camd.status('cam').metrics.skipped_bytes_total, cut.length - 10);
});

t.test('with listen, feeds are accepted on TCP and unix sockets, and a newer one replaces the older', async (t) => {
  const socketPath = join(folder(t), 'feed.sock');
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      tcp: { use: source/tcp, listen: "127.0.0.1:${port}" }
      unix: { use: source/tcp, listen: "unix:${socketPath}" }
  `,
  );
  const [tcp, unix] = [collect(camd, 'tcp'), collect(camd, 'unix')];
  const waiting = await camd.state('tcp', 'degraded');
  const open = (target: Socket): Socket => {
    t.teardown(() => void target.destroy());
    return target.on('error', () => {}).resume();
  };

  open(connect(socketPath)).write(sampleJpeg());
  const older = open(connect(port, '127.0.0.1'));
  older.write(sampleJpeg({ seed: 1 }));
  await until(() => tcp.length === 1 && unix.length === 1, 'both first frames');
  const newer = open(connect(port, '127.0.0.1'));
  newer.write(sampleJpeg({ seed: 2 }));
  await until(() => tcp.length === 2, 'the frame of the newer feed');
  await until(() => older.destroyed || older.readableEnded || older.closed, 'the older feed to be closed').catch(
    () => {},
  );

  t.equal(waiting.lastError, `No sender is connected to 127.0.0.1:${port} yet.`);
  t.ok(tcp[1]?.data.equals(sampleJpeg({ seed: 2 })));
  t.ok(camd.lines.some((line) => line.msg === 'a newer connection replaces the feed'));
  newer.end();
  await camd.state('tcp', 'degraded');
});

t.test('a profile gives either connect or listen', async (t) => {
  const both = 'connect: "127.0.0.1:1", listen: "127.0.0.1:2"';

  for (const options of ['parse: mjpeg', both]) {
    await t.rejects(run(t, `camd: 1\npipeline: { cam: { use: source/tcp, ${options} } }\n`), { message: /connect/ });
  }
});
