// Measures CPU per delivered frame and latency at 1, 10, 50 and 100 viewers, alternating between camd and bare Node servers.

import { against, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';
import { type Foreign, type Sample, setUp, WRITE, watchStream } from '../stage.ts';

const VIEWERS = [1, 10, 50, 100];
/**
 * A daemon runs for months, so it is measured warm: V8 compiles by the number of calls, discards compiled code when a call differs from
 * those before, and compiles again. That takes an hour at 30 frames a second, so each server first gets 4,000 frames three times;
 * after only one time, compiling costs as much as 100 µs per frame in the following rounds.
 */
const WARM_UP = { viewers: [1, 3, 1], fps: 500, window: 8000 };
/** Milliseconds. V8 cleans up 8 s after a busy period in each server. */
const SETTLE = 10_000;

const required = (viewers: number): { most: number } => ({ most: viewers === 1 ? 1.25 : viewers === 10 ? 1.1 : 1 });

export const measure = (quick: boolean, foreign: readonly Foreign[] = []): Promise<readonly Row[]> =>
  fanOut(quick, foreign, false);

/** With `peers`, the installed peers take part in every round. */
export async function fanOut(quick: boolean, foreign: readonly Foreign[], peers: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const window = quick ? 900 : 2000;
  const stage = await setUp({ ...(peers ? { peers: 'stream' } : {}), foreign });
  const others = stage.contenders.map(({ name }) => name).filter((name) => name !== 'camd');
  const rows: Row[] = [];
  try {
    for (const viewers of WARM_UP.viewers)
      for (const contender of stage.contenders)
        await watchStream(stage, contender, viewers, quick ? 500 : WARM_UP.window, WARM_UP.fps);
    await new Promise((resolve) => setTimeout(resolve, quick ? 0 : SETTLE));
    for (const viewers of VIEWERS) {
      const samples = await roundRobin(stage.contenders, rounds, (contender) =>
        watchStream(stage, contender, viewers, window),
      );
      const compare = (what: keyof Sample, title: string, unit: string, must: (limit: string) => Row['required']) => {
        const own = (samples.get('camd') ?? []).map((sample) => sample[what]);
        for (const other of others) {
          const limit = (samples.get(other) ?? []).map((sample) => sample[what]);
          rows.push(against(`${title}, ${viewers} viewers`, unit, own, other, limit, must(other)));
        }
      };
      compare('cost', 'CPU per frame', 'µs', (limit) => (limit === WRITE ? required(viewers) : undefined));
      compare('p50', 'latency p50', 'ms', (limit) => (limit === WRITE && viewers === 10 ? { most: 1.2 } : undefined));
      compare('p99', 'latency p99', 'ms', () => undefined);
      compare('frames', 'frames in the window', 'frames', () => undefined);
    }
  } finally {
    await stage.close();
  }
  return rows;
}
