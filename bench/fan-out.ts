// Measures CPU per delivered frame and latency at 1, 10, 50 and 100 viewers, alternating between camd and bare Node servers.

import { type Camd, onePipeline, startCamd } from './camd.ts';
import type { Watched } from './load/viewers.ts';
import { pictureFolder } from './pictures.ts';
import { LOAD_CPU, type Program, SERVER_CPU, startProgram } from './programs.ts';
import { cpuTime, resident } from './resources.ts';
import { median, pairedRatio, type Row } from './row.ts';

export const FPS = 30;
const VIEWERS = [1, 10, 50, 100];
/**
 * A daemon runs for months, so it is measured warm: V8 compiles by number of calls, and four thousand calls take minutes at 30 a
 * second.
 */
const WARM_UP = { viewers: 3, fps: 500, window: 8000 };
/** Milliseconds. V8 cleans up 8 s after a busy period, in each of the servers. */
const SETTLE = 10_000;

/** Another server under the same load. It has its own source of pictures. */
export interface Peer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

interface Contender extends Peer {
  /** The port of the feed that it uses. */
  readonly door?: number;
}

interface Sample extends Watched {
  /** Microseconds of server CPU per delivered frame. */
  readonly cost: number;
  readonly memory: number;
}

const required = (viewers: number): { most: number } => ({ most: viewers === 1 ? 1.3 : viewers === 10 ? 1.2 : 1.15 });

export async function measure(quick: boolean, peers: readonly Peer[] = []): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const window = quick ? 900 : 2000;
  const stage = await setUp();
  const samples = new Map<string, Sample[]>();
  try {
    for (const contender of [...stage.contenders, ...peers])
      await one(stage, contender, WARM_UP.viewers, quick ? 1000 : WARM_UP.window, WARM_UP.fps);
    await new Promise((resolve) => setTimeout(resolve, quick ? 0 : SETTLE));
    for (const viewers of VIEWERS) {
      for (let round = 0; round < rounds; round++) {
        for (const contender of [...stage.contenders, ...peers]) {
          const key = `${contender.name} ${viewers}`;
          samples.set(key, [...(samples.get(key) ?? []), await one(stage, contender, viewers, window)]);
        }
      }
    }
  } finally {
    await stage.close();
  }
  const figures = (name: string, viewers: number, what: keyof Sample): number[] =>
    (samples.get(`${name} ${viewers}`) ?? []).map((sample) => sample[what]);
  const others = [...stage.contenders, ...peers].map(({ name }) => name).filter((name) => name !== 'camd');
  return VIEWERS.flatMap((viewers) => {
    const compare = (what: keyof Sample, title: string, unit: string, must: (limit: string) => Partial<Row>): Row[] =>
      others.map((limitName) => {
        const own = figures('camd', viewers, what);
        const limit = figures(limitName, viewers, what);
        const figure = {
          value: median(own),
          unit,
          limitName,
          limitValue: median(limit),
          ratio: pairedRatio(own, limit),
        };
        return { name: `${title}, ${viewers} viewers`, ...figure, ...must(limitName) };
      });
    const cost = compare('cost', 'CPU per frame', 'µs', (limit) =>
      limit === WRITE ? { required: required(viewers) } : {},
    );
    const p50 = compare('p50', 'latency p50', 'ms', (limit) =>
      limit === WRITE && viewers === 10 ? { required: { most: 1.2 } } : {},
    );
    const p99 = compare('p99', 'latency p99', 'ms', () => ({}));
    const frames = compare('frames', 'frames in the window', 'frames', () => ({}));
    return [...cost, ...p50, ...p99, ...frames];
  });
}

const WRITE = 'bare Node, one write';

export interface Stage {
  readonly contenders: readonly Contender[];
  readonly camd: Camd;
  readonly feed: Program;
  readonly viewers: Program;
  close(): Promise<void>;
}

export async function setUp(): Promise<Stage> {
  const folder = pictureFolder();
  const feed = await startProgram<{ ports: number[] }>('load/feed', [folder, '3'], LOAD_CPU);
  const [first = 0, second = 0, third = 0] = feed.first.ports;
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const bare = (manner: string, port: number) =>
    startProgram<{ origin: string }>('bare', [manner, `127.0.0.1:${port}`], SERVER_CPU);
  const [camd, write, reused] = await Promise.all([
    startCamd(onePipeline(first)),
    bare('write', second),
    bare('reused', third),
  ]);
  return {
    contenders: [
      { name: 'camd', url: `${camd.origin()}/stream.mjpg`, pid: camd.pid, door: 0 },
      { name: WRITE, url: `${write.first.origin}/stream.mjpg`, pid: write.pid, door: 1 },
      { name: 'bare Node, reused buffer', url: `${reused.first.origin}/stream.mjpg`, pid: reused.pid, door: 2 },
    ],
    camd,
    feed,
    viewers,
    async close() {
      await Promise.all([camd.stop(), write.stop(), reused.stop(), viewers.stop(), feed.stop()]);
    },
  };
}

/** One server at a time gets frames; the others keep their connections open. */
async function one(stage: Stage, contender: Contender, viewers: number, window: number, fps = FPS): Promise<Sample> {
  const { feed, viewers: watch } = stage;
  const { door, url, pid } = contender;
  if (door !== undefined) await feed.ask({ door, fps });
  await watch.ask({ step: 'enter', url, viewers, warm: 500 });
  const before = cpuTime(pid);
  const seen = await watch.ask<Watched>({ step: 'watch', window });
  const spent = cpuTime(pid) - before;
  const memory = resident(pid);
  await watch.ask({ step: 'leave' });
  if (door !== undefined) await feed.ask({ door, fps: 0 });
  return { ...seen, cost: spent / 1000 / seen.frames, memory };
}
