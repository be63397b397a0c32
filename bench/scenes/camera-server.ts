// Measures a camera server: 100 cameras that push at 5 fps, and 100 viewers, 10 of which read nothing.

import { once } from 'node:events';
import { WebSocket } from 'ws';
import { cameraToken } from '../../plugins/kit/ingest/camera-token.ts';
import { startCamd } from '../camd.ts';
import { pictureFolder, pictures } from '../pictures.ts';
import { cpuTime, resident } from '../resources.ts';
import type { Row } from '../row.ts';

const CAMERAS = 100;
const DEAF = 10;
const FPS = 5;
const SECRET = 'a secret of the benchmark';

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const prefixed = (data: Buffer): Buffer => Buffer.concat([int32(data.length), data]);

const PROFILE = `camd: 1
control: false
pipeline:
  known: { use: registry/list, cameras: [${Array.from({ length: CAMERAS }, (_, n) => `'${n + 1}'`).join(', ')}], token: derived, secret: ${SECRET} }
  local: { use: http/server, listen: '127.0.0.1:0', max_connections_per_address: 1000 }
  push: { use: source/websocket, on: local, only: known }
  latest: { use: cache/latest, from: push }
  live: { use: http/websocket, on: local, from: latest, viewers: anyone }
`;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const camd = await startCamd(PROFILE);
  const sockets: WebSocket[] = [];
  const open = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(`${camd.origin().replace('http', 'ws')}${path}`, { perMessageDeflate: false });
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'open');
    return socket;
  };
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    const cameras: WebSocket[] = [];
    const counts = new Map<number, number>();
    for (let id = 1; id <= CAMERAS; id++) {
      const camera = await open('/video-input-stream');
      camera.send(int32(id));
      camera.send(prefixed(Buffer.from(cameraToken('derived', String(id), SECRET))));
      cameras.push(camera);
    }
    const all = pictures(pictureFolder());
    const push = (n: number): void => {
      for (const [at, camera] of cameras.entries())
        camera.send(prefixed(all[(n + at) % all.length] ?? Buffer.alloc(0)));
    };
    push(0);
    await wait(500);
    for (let id = 1; id <= CAMERAS; id++) {
      const viewer = await open('/video-output-stream');
      viewer.send(prefixed(Buffer.from(JSON.stringify({ cameraId: id, token: 'any' }))));
      if (id <= DEAF) viewer.pause();
      else viewer.on('message', () => counts.set(id, (counts.get(id) ?? 0) + 1));
    }
    const seconds = quick ? 3 : 20;
    const before = cpuTime(camd.pid);
    counts.clear();
    for (let n = 1; n <= seconds * FPS; n++) {
      push(n);
      await wait(1000 / FPS);
    }
    const cpu = (cpuTime(camd.pid) - before) / 1000 / (seconds * FPS * CAMERAS);
    return [
      { name: 'CPU per picture pushed and shown, 100 cameras, 100 viewers', value: cpu, unit: 'µs' },
      { name: 'memory, 100 cameras at 5 fps, 100 viewers, 10 of them deaf', value: resident(camd.pid), unit: 'MB' },
      {
        name: 'pictures that the slowest reading viewer got',
        value: Math.min(...counts.values()),
        unit: `of ${seconds * FPS}`,
      },
    ];
  } finally {
    for (const socket of sockets) socket.terminate();
    await camd.stop();
  }
}
