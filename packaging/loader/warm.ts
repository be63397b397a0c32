// Writes the code cache: runs the built camd on sample pictures, and stores the code that V8 has compiled. Run it after an installation or a change of Node.js.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeCodeCache } from './code-cache.ts';
import { FOLDER, load, scripts } from './load.ts';

/** The loader and the command are not modules that the loader loads. */
const OWN = new Set(['loader.cjs', 'camd.cjs']);
/** Time limit for the first picture. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 20;
/** Number of pictures that are posted. */
const POSTS = 3;
const TOKEN = randomUUID();

const folder = mkdtempSync(join(tmpdir(), 'camd-warm-'));
const socket = join(folder, 'http.sock');
const feed = join(folder, 'feed.sock');
/** The nodes of most profiles: pictures from each kind of source are stored, shown and passed on. All sockets are inside the folder. */
const profile = `camd: 1
pipeline:
  still: { use: source/test-pattern, size: 64x48, fps: 1 }
  stream_in: { use: source/tcp, listen: 'unix:${folder}/tcp.sock', camera: stream, parse: mjpeg }
  fetched: { use: source/tcp, connect: 'unix:${feed}', camera: fetched, parse: mjpeg }
  web: { use: http/server, listen: 'unix:${socket}' }
  posted: { use: source/http, on: web, path: '/in/{camera}', token: ${TOKEN} }
  latest: { use: cache/latest, from: [still, stream_in, fetched, posted] }
  snapshot: { use: http/snapshot, on: web, from: latest, path: '/{camera}/snapshot.jpg' }
  stream: { use: http/stream, on: web, from: latest, path: '/{camera}/stream.mjpg' }
  viewer: { use: http/viewer, on: web, from: latest, path: / }
  health: { use: http/health, on: web }
  metrics: { use: http/metrics, on: web }
  store: { use: store/disk, from: posted, path: '${folder}/pictures', min_free: 0B }
  spool: { use: store/spool, from: posted, path: '${folder}/spool', min_free: 0B, max_bytes: 16MiB }
  api: { use: upload/http, from: spool, url: 'http://127.0.0.1:1/{camera}', send: every }
  broker: { use: mqtt/client, url: 'mqtt://127.0.0.1:1' }
  publish: { use: mqtt/publish, via: broker, from: latest, topic: 'cameras/{camera}' }
`;

/** Code is cached with the current flags; flags that camd sets later would invalidate the cache for the next start. */
createRequire(import.meta.url)('node:v8').setFlagsFromString = () => {};
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const name of ['STATE_DIRECTORY', 'RUNTIME_DIRECTORY']) process.env[name] = folder;

/** Suppresses camd's log. */
const { write } = process.stderr;
process.stderr.write = () => true;

try {
  const file = join(folder, 'profile.yaml');
  writeFileSync(file, profile);
  process.argv.splice(2, Number.POSITIVE_INFINITY, 'run', file);
  load('main.cjs');
  const end = performance.now() + LIMIT_MS;
  while ((await answer('/still/snapshot.jpg'))?.status !== 200) {
    if (performance.now() > end) throw new Error(`camd has no picture after ${LIMIT_MS / 1000} s.`);
    await sleep(PAUSE_MS);
  }
  const picture = await answer('/still/snapshot.jpg');
  const camera = createServer((viewer) => viewer.on('error', () => {}).write(picture?.body ?? ''));
  camera.listen(feed);
  while ((await answer('/fetched/snapshot.jpg'))?.status !== 200) {
    if (performance.now() > end) throw new Error(`camd has read no picture after ${LIMIT_MS / 1000} s.`);
    await sleep(PAUSE_MS);
  }
  for (const path of ['/', '/still/snapshot.jpg', '/healthz', '/readyz', '/metrics']) await answer(path);
  for (let post = 0; post < POSTS; post++) await answer('/in/gate', picture?.body);
  for (const name of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.cjs') && !OWN.has(name)) load(name);
  writeCodeCache(FOLDER, scripts);
  process.exit(0);
} catch (thrown) {
  write.call(process.stderr, `The code cache was not written, so camd starts more slowly: ${String(thrown)}\n`);
  process.exit(1);
}

interface Answer {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/** Sends a POST if there is a body, else a GET; undefined while the socket refuses. */
function answer(path: string, body?: Buffer): Promise<Answer | undefined> {
  const headers = body ? { authorization: `Bearer ${TOKEN}`, 'content-type': 'image/jpeg' } : {};
  return new Promise((resolve) => {
    const method = body ? 'POST' : 'GET';
    const outgoing = request({ socketPath: socket, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
    });
    outgoing.on('error', () => resolve(undefined)).end(body);
  });
}
