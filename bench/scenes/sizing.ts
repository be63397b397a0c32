// Measures CPU and memory for various numbers of cameras, rates, sizes and viewers, and finds the formula that predicts the CPU.

import { startCamd } from '../camd.ts';
import { solve } from '../least-squares.ts';
import type { Watched } from '../load/viewers.ts';
import { largePictureFolder, pictureFolder, pictures } from '../pictures.ts';
import { LOAD_CPU, type Program, startProgram } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { alone } from '../rounds.ts';
import type { Row } from '../row.ts';

interface Case {
  readonly cameras: number;
  readonly fps: number;
  readonly size: '720p' | '4K';
  /** Total number, spread over the cameras. */
  readonly viewers: number;
}

const CASES: readonly Case[] = [
  { cameras: 1, fps: 5, size: '720p', viewers: 1 },
  { cameras: 1, fps: 30, size: '720p', viewers: 0 },
  { cameras: 1, fps: 30, size: '720p', viewers: 1 },
  { cameras: 1, fps: 15, size: '720p', viewers: 10 },
  { cameras: 1, fps: 15, size: '720p', viewers: 50 },
  { cameras: 4, fps: 15, size: '720p', viewers: 4 },
  { cameras: 16, fps: 5, size: '720p', viewers: 0 },
  { cameras: 16, fps: 5, size: '720p', viewers: 16 },
  { cameras: 16, fps: 15, size: '720p', viewers: 16 },
  { cameras: 100, fps: 1, size: '720p', viewers: 100 },
  { cameras: 100, fps: 5, size: '720p', viewers: 0 },
  { cameras: 100, fps: 5, size: '720p', viewers: 100 },
  { cameras: 1, fps: 15, size: '4K', viewers: 1 },
  { cameras: 4, fps: 5, size: '4K', viewers: 0 },
  { cameras: 4, fps: 5, size: '4K', viewers: 4 },
  { cameras: 16, fps: 5, size: '4K', viewers: 16 },
];

/** At low rates each picture wakes the process; at high rates one wake-up serves several pictures, so their number counts by its root. */
const TERMS = ['√(pictures in a second) ×', 'MB in a second ×', 'MB out a second ×'];

interface Measured extends Case {
  /** Percent of a core. */
  readonly cpu: readonly number[];
  /** Megabytes. */
  readonly memory: number;
  /** The square root of the received pictures per second, and the received and sent megabytes per second. */
  readonly flow: readonly [number, number, number];
}

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const measured: Measured[] = [];
  for (const entry of quick ? CASES.filter((_, n) => n % 3 === 0) : CASES) measured.push(await run(entry, quick));
  const middle = ({ cpu }: Measured): number => [...cpu].sort((a, b) => a - b)[cpu.length >> 1] ?? Number.NaN;
  // Relative errors count, so that the prediction is equally good for small and large installations.
  const weights = solve(
    measured.map((entry) => entry.flow.map((value) => value / middle(entry))),
    measured.map(() => 1),
  );
  const predicted = ({ flow }: Measured): number =>
    flow.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0);
  return [
    ...measured.flatMap((entry): Row[] => {
      const name = `${entry.cameras} × ${entry.fps} fps × ${entry.size}, ${entry.viewers} viewers`;
      return [
        { ...alone(`${name}: CPU`, '%', entry.cpu), limitName: 'by the formula', limitValue: predicted(entry) },
        alone(`${name}: memory`, 'MB', [entry.memory]),
      ];
    }),
    ...weights.map((weight, at) => alone(`formula: ${TERMS[at]}`, '%', [weight])),
  ];
}

const profileOf = (port: number, cameras: number): string => `camd: 1
control: false
pipeline:
  local: { use: http/server, listen: '127.0.0.1:0', max_connections: 10000, max_connections_per_address: 10000 }
  latest: { use: cache/latest, from: [${Array.from({ length: cameras }, (_, n) => `c${n}`).join(', ')}] }
  stream: { use: http/stream, on: local, path: '/{camera}.mjpg', from: latest, max_viewers: 10000 }
  snapshot: { use: http/snapshot, on: local, path: '/{camera}.jpg', from: latest }
${Array.from(
  { length: cameras },
  (_, n) => `  c${n}: { use: source/tcp, connect: '127.0.0.1:${port}', parse: mjpeg, timeout: 10m }\n`,
).join('')}`;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function run(entry: Case, quick: boolean): Promise<Measured> {
  const { cameras, fps, size, viewers: count } = entry;
  const folder = size === '4K' ? largePictureFolder() : pictureFolder();
  const all = pictures(folder);
  const megabytes = all.reduce((sum, { length }) => sum + length, 0) / all.length / 1e6;
  const feed = await startProgram<{ ports: number[] }>('load/feed', [folder], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const camd = await startCamd(profileOf(feed.first.ports[0] ?? 0, cameras));
  const rounds = quick ? 1 : 5;
  const window = quick ? 1500 : 3000;
  const cpu: number[] = [];
  let [out, memory] = [0, 0];
  try {
    await wait(500);
    await feed.ask({ door: 0, fps });
    const urls = Array.from({ length: cameras }, (_, n) => `${camd.origin()}/c${n}.mjpg`);
    await viewers.ask({ step: 'enter', url: '', urls, viewers: count, warm: quick ? 1500 : 6000 });
    for (let round = 0; round < rounds; round++) {
      const before = cpuTime(camd.pid);
      out += await delivered(viewers, count, window);
      cpu.push((cpuTime(camd.pid) - before) / 1e4 / window);
      memory = Math.max(memory, resident(camd.pid));
    }
  } finally {
    await Promise.all([camd.stop(), viewers.stop(), feed.stop()]);
  }
  const sent = (out / rounds / window) * 1000;
  return { ...entry, cpu, memory, flow: [Math.sqrt(cameras * fps), cameras * fps * megabytes, sent * megabytes] };
}

async function delivered(viewers: Program, count: number, window: number): Promise<number> {
  if (count > 0) return (await viewers.ask<Watched>({ step: 'watch', window })).frames;
  await wait(window);
  return 0;
}
