// Measures many cameras and large pictures, each camera with one viewer: collections of the whole heap, CPU, memory and latency.

import { BEFORE, BUNDLE, type Camd, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { largePictureFolder, pictureFolder } from '../pictures.ts';
import { LOAD_CPU, type Program, startProgram } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { median, type Row } from '../row.ts';

interface Scene {
  readonly name: string;
  readonly cameras: number;
  readonly fps: number;
  readonly pictures: () => string;
  /** Limit of collections of the whole heap in all rounds, which last a minute in total. */
  readonly full?: number;
  /** Milliseconds. */
  readonly p99?: number;
}

const SCENES: readonly Scene[] = [
  { name: '100 cameras at 1 fps', cameras: 100, fps: 1, pictures: pictureFolder, full: 0 },
  { name: '100 cameras at 5 fps', cameras: 100, fps: 5, pictures: pictureFolder, full: 0 },
  { name: '30 cameras at 15 fps', cameras: 30, fps: 15, pictures: pictureFolder, full: 0 },
  { name: '16 cameras at 4K and 5 fps', cameras: 16, fps: 5, pictures: largePictureFolder, full: 0 },
  { name: '1,000 cameras at 1 fps', cameras: 1000, fps: 1, pictures: pictureFolder, p99: 100 },
];

interface Sample extends Watched {
  /** Microseconds of server CPU per delivered frame. */
  readonly cost: number;
  readonly full: number;
  readonly memory: number;
}

interface Contender {
  readonly name: string;
  readonly camd: Camd;
  readonly door: number;
  readonly samples: Sample[];
}

/** Milliseconds; the simultaneous connects of a thousand viewers make pictures old, and camd cleans up within seconds. */
const WARM = 6000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const chosen = process.env.CAMD_BENCH_SCENE;
  for (const scene of SCENES) {
    if (chosen !== undefined && !scene.name.includes(chosen)) continue;
    rows.push(...(await measureScene(scene, quick)));
  }
  return rows;
}

async function measureScene(scene: Scene, quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 2 : 5;
  const window = quick ? 4000 : 12_000;
  const feed = await startProgram<{ ports: number[] }>('load/feed', [scene.pictures(), '2'], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const contenders: Contender[] = [];
  try {
    const bundles = BEFORE === undefined ? { camd: BUNDLE } : { camd: BUNDLE, before: BEFORE };
    for (const [door, [name, bundle]] of Object.entries(bundles).entries()) {
      const profile = profileOf(feed.first.ports[door] ?? 0, scene.cameras);
      contenders.push({ name, camd: await startCamd(profile, ['--trace-gc'], bundle), door, samples: [] });
    }
    for (const { door } of contenders) await connected(feed, door, scene.cameras);
    for (const contender of contenders) await measureRound(feed, viewers, contender, scene, quick ? 2000 : 8000);
    for (const { samples } of contenders) samples.length = 0;
    for (let round = 0; round < rounds; round++)
      for (const contender of contenders) await measureRound(feed, viewers, contender, scene, window);
  } finally {
    await Promise.all([...contenders.map(({ camd }) => camd.stop()), viewers.stop(), feed.stop()]);
  }
  return rowsOf(scene, contenders);
}

/** A busy machine needs some time for a thousand connections. */
async function connected(feed: Program, door: number, cameras: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { connections } = await feed.ask<{ connections: number }>({ door, fps: 0 });
    if (connections === cameras) return;
    await wait(100);
  }
  throw new Error(`fewer than ${cameras} cameras are connected after a minute`);
}

/**
 * A single build has its cameras all the time. Two builds take turns, and paused cameras make every newest picture old, which
 * occasionally costs each build a collection of the whole heap that steady cameras do not cause.
 */
async function measureRound(
  feed: Program,
  viewers: Program,
  by: Contender,
  scene: Scene,
  window: number,
): Promise<void> {
  const { camd, door } = by;
  const { cameras, fps } = scene;
  const urls = Array.from({ length: cameras }, (_, n) => `${camd.origin()}/c${n}.mjpg`);
  await feed.ask({ door, fps });
  await viewers.ask({ step: 'enter', url: '', urls, viewers: cameras, warm: WARM });
  const [before, collected] = [cpuTime(camd.pid), camd.collections()];
  const seen = await viewers.ask<Watched>({ step: 'watch', window });
  const cost = (cpuTime(camd.pid) - before) / 1000 / seen.frames;
  const memory = resident(camd.pid);
  await viewers.ask({ step: 'leave' });
  if (BEFORE !== undefined) await feed.ask({ door, fps: 0 });
  by.samples.push({ ...seen, cost, full: camd.collections().full - collected.full, memory });
}

function rowsOf({ name, full, p99 }: Scene, contenders: readonly Contender[]): readonly Row[] {
  const [camd, before] = contenders;
  const row = (
    title: string,
    what: keyof Sample,
    unit: string,
    of: (values: number[]) => number,
    must?: number,
  ): Row => {
    const own = camd?.samples.map((sample) => sample[what]) ?? [];
    const old = before?.samples.map((sample) => sample[what]);
    // A goal is for the value, not for a ratio.
    const ratios = must === undefined ? old?.map((value, round) => (own[round] ?? Number.NaN) / value) : undefined;
    const spread = ratios?.every(Number.isFinite) ? ratios : own;
    return {
      name: `${name}: ${title}`,
      value: of(own),
      unit,
      ...(old === undefined ? {} : { limitName: 'before', limitValue: of(old) }),
      ...(spread === ratios ? { ratio: median(ratios) } : {}),
      spread: [Math.min(...spread), Math.max(...spread)],
      ...(must === undefined ? {} : { required: { most: must } }),
    };
  };
  const sum = (values: number[]): number => values.reduce((all, value) => all + value, 0);
  const most = (values: number[]): number => Math.max(...values);
  return [
    row('full collections', 'full', '', sum, full),
    row('CPU per frame', 'cost', 'µs', median),
    row('latency p50', 'p50', 'ms', median),
    row('latency p99', 'p99', 'ms', median, p99),
    row('memory at the most', 'memory', 'MB', most),
    row('frames a round', 'frames', '', median),
  ];
}

const profileOf = (port: number, cameras: number): string => `camd: 1
control: false
pipeline:
  local: { use: http/server, listen: '127.0.0.1:0', max_connections: 10000, max_connections_per_address: 10000 }
  latest: { use: cache/latest, from: [${Array.from({ length: cameras }, (_, n) => `c${n}`).join(', ')}], max_cameras: 2000 }
  stream: { use: http/stream, on: local, path: '/{camera}.mjpg', from: latest, max_viewers: 10000 }
${Array.from(
  { length: cameras },
  (_, n) => `  c${n}: { use: source/tcp, connect: '127.0.0.1:${port}', parse: mjpeg, timeout: 10m }\n`,
).join('')}`;
