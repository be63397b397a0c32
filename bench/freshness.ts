// How old pictures are at a viewer that can take 100 KB/s: as MJPEG, and on the viewer's page, which confirms each. npx tsx bench/freshness.ts

import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../test/support/harness.ts';
import { viewerPage } from '../test/support/viewer-page.ts';

/** Bytes per second of the slow link. */
const RATE = 100_000;
const TICK_MS = 50;
const SECONDS = Number(process.env.SECONDS ?? 60);
const PROFILE = `camd: 1
pipeline:
  camera: { use: source/test-pattern, size: 1280x720, fps: 15 }
  latest: { use: cache/latest, from: camera }
  web: { use: http/server, listen: 127.0.0.1:0 }
  viewer: { use: http/viewer, on: web, from: latest }
  stream: { use: http/stream, on: web, from: latest, path: /stream.mjpg }
`;

const endings: (() => void | Promise<void>)[] = [];
const t = { teardown: (work: () => void | Promise<void>) => void endings.unshift(work) };

/** A link that hands on RATE bytes per second and holds nothing itself beyond one tick. */
function slowLink(to: number): Promise<number> {
  const server = createServer((near) => {
    const far: Socket = connect(to, '127.0.0.1');
    near.pipe(far);
    far.pause();
    const timer = setInterval(() => {
      const part: unknown = far.read(Math.min(far.readableLength || 1, (RATE * TICK_MS) / 1000));
      if (part instanceof Buffer) near.write(part);
    }, TICK_MS);
    for (const socket of [near, far]) {
      socket
        .on('error', () => {})
        .on('close', () => {
          clearInterval(timer);
          near.destroy();
          far.destroy();
        });
    }
    far.on('readable', () => {});
    t.teardown(() => void near.destroy());
  });
  t.teardown(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

/** Ages in milliseconds, of each picture when the last byte of it is there. */
async function mjpeg(port: number): Promise<number[]> {
  const ages: number[] = [];
  const socket = connect(port, '127.0.0.1');
  let rest = '';
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1');
      for (;;) {
        const head = /Content-Length: (\d+)\r\nX-Timestamp: ([\d.]+)\r\n\r\n/.exec(rest);
        const end = head ? head.index + head[0].length + Number(head[1]) : 0;
        if (!head || rest.length < end) return;
        ages.push(Date.now() - Number(head[2]) * 1000);
        rest = rest.slice(end);
      }
    });
  socket.write('GET /stream.mjpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await sleep(SECONDS * 1000);
  socket.destroy();
  return ages;
}

async function page(port: number): Promise<number[]> {
  const ages: number[] = [];
  const viewer = viewerPage(t, `http://127.0.0.1:${port}`);
  viewer.socket.on('message', (_data, isBinary) => {
    const last = viewer.pictures.at(-1);
    if (!isBinary || !last) return;
    ages.push(Date.now() - last.time);
    viewer.ack(last);
  });
  await viewer.watch('camera');
  await sleep(SECONDS * 1000);
  viewer.socket.terminate();
  return ages;
}

function report(what: string, ages: readonly number[]): void {
  const late = ages.slice(Math.floor(ages.length / 2)).sort((a, b) => a - b);
  const at = (share: number): string => ((late[Math.floor(late.length * share)] ?? Number.NaN) / 1000).toFixed(1);
  process.stdout.write(
    `${what.padEnd(8)} ${String(ages.length).padStart(5)} pictures, age p50 ${at(0.5)} s, most ${at(0.999)} s\n`,
  );
}

try {
  const camd = await run(t, PROFILE);
  const origin = new URL(camd.port('web', 'server').origin);
  const port = await slowLink(Number(origin.port));
  const bytes = camd.port('latest', 'stills');
  await sleep(1000);
  process.stdout.write(
    `${RATE / 1000} KB/s, ${SECONDS} s, pictures of ${Math.round((bytes.latest('camera')?.frame.data.length ?? 0) / 1000)} KB at 15 fps; second half of each run\n`,
  );
  const [stream, viewer] = await Promise.all([mjpeg(port), page(port)]);
  report('MJPEG', stream);
  report('viewer', viewer);
} finally {
  for (const end of endings) await end();
}
