// Measures uploads that are acknowledged once they are on disk; baseline: a bare loop of write, fsync, rename and fsync of the folder.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Camd, startCamd } from '../camd.ts';
import { pictureOf, TOKEN } from '../ingest.ts';
import type { UploadOrder } from '../load/uploads.ts';
import { freePort, LOAD_CPU, type Program, SERVER_CPU, startProgram } from '../programs.ts';
import { cpuTime } from '../resources.ts';
import { against, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';

const CAMERAS = Array.from({ length: 16 }, (_, number) => `camera-${number}`);
const PARALLEL = [1, 16];
/** For several uploads at a time; a single one waits for each step in turn. */
const REQUIRED = { least: 0.65 };
/** V8 compiles by the number of calls. */
const WARM = 2500;
const FLOOR = 'write, fsync, rename, fsync';

interface Way {
  readonly name: 'floor' | 'HTTP POST' | 'MQTT QoS 1';
  readonly pid: number;
  /** Seconds. */
  run(parallel: number, count: number): Promise<number>;
}

interface Sample {
  /** Pictures per second. */
  readonly rate: number;
  /** CPU microseconds per picture. */
  readonly cost: number;
}

/** CAMD_BENCH_FOLDER selects the disk. */
export async function measure(quick: boolean): Promise<readonly Row[]> {
  mkdirSync('bench/out', { recursive: true });
  const folder = mkdtempSync(resolve(process.env.CAMD_BENCH_FOLDER ?? 'bench/out', 'durable-'));
  const file = join(folder, 'picture.jpg');
  const picture = pictureOf(60_000);
  writeFileSync(file, picture);
  const port = await freePort();
  const floor = await startProgram('durable-floor', [join(folder, 'floor'), file], SERVER_CPU);
  const uploads = await startProgram('load/uploads', [file], LOAD_CPU);
  const camd = await startCamd(profile(port, folder));
  try {
    const ways = waysOf(floor, uploads, camd, port);
    for (const { run } of ways) await run(16, WARM);
    const rows: Row[] = [];
    for (const parallel of PARALLEL) rows.push(...(await compared(ways, parallel, picture.length, quick)));
    return rows;
  } finally {
    await Promise.all([floor.stop(), uploads.stop(), camd.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function waysOf(floor: Program, uploads: Program, { pid, origin }: Camd, mqtt: number): readonly Way[] {
  const upload = (by: UploadOrder['by'], port: number): Way['run'] => {
    return (parallel, count) => uploads.ask<number>({ by, port, parallel, count, cameras: CAMERAS, token: TOKEN });
  };
  return [
    { name: 'floor', pid: floor.pid, run: (parallel, count) => floor.ask<number>({ parallel, count }) },
    { name: 'HTTP POST', pid, run: upload('http', Number(new URL(origin()).port)) },
    { name: 'MQTT QoS 1', pid, run: upload('mqtt', mqtt) },
  ];
}

async function compared(ways: readonly Way[], parallel: number, bytes: number, quick: boolean): Promise<Row[]> {
  const count = (parallel === 1 ? 100 : 400) * (quick ? 1 : 2);
  const measureWay = async ({ pid, run }: Way): Promise<Sample> => {
    const before = cpuTime(pid);
    const seconds = await run(parallel, count);
    return { rate: count / seconds, cost: (cpuTime(pid) - before) / 1000 / count };
  };
  const samples = await roundRobin(ways, quick ? 5 : 11, measureWay);
  const of = (name: Way['name'], figure: keyof Sample) => (samples.get(name) ?? []).map((sample) => sample[figure]);
  return (['HTTP POST', 'MQTT QoS 1'] as const).flatMap((name) => {
    const title = `${name}, ${Math.round(bytes / 1000)} KB, stored, ${parallel} at a time`;
    const required = parallel > 1 ? REQUIRED : undefined;
    return [
      against(title, 'pictures/s', of(name, 'rate'), FLOOR, of('floor', 'rate'), required),
      against('  CPU of each', 'µs', of(name, 'cost'), FLOOR, of('floor', 'cost')),
    ];
  });
}

const profile = (port: number, folder: string): string => `camd: 1
control: false
pipeline:
  broker: { use: mqtt/broker, listen: '127.0.0.1:${port}', anonymous: { publish: ['#'], subscribe: ['#'] } }
  local: { use: http/server, listen: '127.0.0.1:0' }
  known: { use: registry/list, cameras: [${CAMERAS.join(', ')}] }
  screens: { use: source/mqtt, via: broker, topic: 'screens/{camera}', only: known }
  posted: { use: source/http, on: local, path: '/screens/{camera}', only: known, token: ${TOKEN} }
  store: { use: store/disk, from: [screens, posted], path: ${join(folder, 'store')}, max_files: 10000000 }
`;
