// Starts the two servers of the ingest benchmarks: camd, and a bare server as baseline.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startCamd } from './camd.ts';
import { pinned, programOf, SERVER_CPU } from './programs.ts';

/** A 1280x720 JPEG of about this many bytes: ffmpeg's quality that comes closest. */
export function pictureOf(bytes: number): Buffer {
  const source = 'testsrc2=size=1280x720:rate=1,noise=alls=5:allf=t';
  const made = [2, 3, 4, 5, 6, 8, 10, 14].map((quality) =>
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-frames:v',
      '1',
      '-q:v',
      String(quality),
      '-f',
      'mjpeg',
      '-',
    ]),
  );
  const off = (picture: Buffer): number => Math.abs(picture.length - bytes);
  return made.reduce((best, picture) => (off(picture) < off(best) ? picture : best));
}

export interface Taker {
  readonly name: 'camd' | 'bare Node';
  readonly pid: number;
  readonly mqtt: number;
  readonly http: string;
  stop(): Promise<void>;
}

export const TOKEN = 'bench-bench-bench-bench';

export async function takers(): Promise<readonly [Taker, Taker]> {
  const port = await freePort();
  const camd = await startCamd(`camd: 1
control: false
pipeline:
  broker: { use: mqtt/broker, listen: '127.0.0.1:${port}', anonymous: { publish: ['#'], subscribe: ['#'] } }
  local: { use: http/server, listen: '127.0.0.1:0' }
  known: { use: registry/list, cameras: [one, two, three, four] }
  screens: { use: source/mqtt, via: broker, topic: 'screens/{camera}', only: known }
  posted: { use: source/http, on: local, path: '/screens/{camera}', only: known, token: ${TOKEN} }
  latest: { use: cache/latest, from: [screens, posted] }
`);
  const child = pinned(
    SERVER_CPU,
    [process.execPath, '--import=tsx', 'bench/bare-ingest.ts'],
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  const [bare] = (await once(child, 'message')) as [{ mqtt: number; http: number }];
  const program = programOf(child);
  return [
    { name: 'camd', pid: camd.pid, mqtt: port, http: camd.origin(), stop: camd.stop },
    { name: 'bare Node', pid: program.pid, mqtt: bare.mqtt, http: `http://127.0.0.1:${bare.http}`, stop: program.stop },
  ];
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
