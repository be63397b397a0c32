// Starts the two servers of the ingest benchmarks: camd, and a bare server as the baseline.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { startCamd } from './camd.ts';
import { freePort, pinned, programOf, SERVER_CPU } from './programs.ts';
import { resident } from './resources.ts';
import { median, pairedRatio, type Row } from './row.ts';

/** A 1280x720 JPEG of about this size, with ffmpeg's closest quality. */
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
  const deviation = (picture: Buffer): number => Math.abs(picture.length - bytes);
  return made.reduce((best, picture) => (deviation(picture) < deviation(best) ? picture : best));
}

export interface Taker {
  readonly name: 'camd' | 'bare Node';
  readonly pid: number;
  readonly mqtt: number;
  readonly http: string;
  stop(): Promise<void>;
}

export const TOKEN = 'bench-bench-bench-bench';

async function takers(): Promise<readonly [Taker, Taker]> {
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

/** Pictures per second that a server accepts by one method. */
export type Way = (taker: Taker) => Promise<number>;

export interface Compared {
  /** The row of one method. */
  row(way: string, name: string): Row;
  /** Largest memory of camd, in MB. */
  readonly most: number;
}

/** Measures each method at both servers in turn, `rounds` times. `limitName` is the name of the bare server in the rows. */
export async function compare(
  rounds: number,
  limitName: string,
  ways: Readonly<Record<string, Way>>,
): Promise<Compared> {
  const both = await takers();
  const results = new Map<string, number[]>();
  let most = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      for (const taker of both) {
        for (const [way, measure] of Object.entries(ways)) {
          const key = `${way} ${taker.name}`;
          results.set(key, [...(results.get(key) ?? []), await measure(taker)]);
        }
        if (taker.name === 'camd') most = Math.max(most, resident(taker.pid));
      }
    }
  } finally {
    await Promise.all(both.map((taker) => taker.stop()));
  }
  return {
    most,
    row(way, name) {
      const own = results.get(`${way} camd`) ?? [];
      const limit = results.get(`${way} bare Node`) ?? [];
      const figures = { value: median(own), limitName, limitValue: median(limit), ratio: pairedRatio(own, limit) };
      return { name, unit: 'pictures/s', ...figures };
    },
  };
}
