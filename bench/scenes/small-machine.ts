// Measures camd within the limits of a small Raspberry Pi: a quarter of this machine's core, like one of 600 MHz, and 256 MB.

import { cpus } from 'node:os';
import { onePipeline, startCamd } from '../camd.ts';
import { limit } from '../cgroup.ts';
import type { Watched } from '../load/viewers.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { alone } from '../rounds.ts';
import type { Row } from '../row.ts';

const MHZ = 600;
const BYTES = 256 * 1024 * 1024;
const CASES = [
  { fps: 5, viewers: 1 },
  { fps: 15, viewers: 1 },
  { fps: 15, viewers: 5 },
  { fps: 30, viewers: 5 },
] as const;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  // A virtual machine may not report its clock rate.
  const cores = MHZ / (cpus()[0]?.speed || 2400);
  const limited = limit(`camd-bench-${process.pid}`, cores, BYTES);
  if (!limited) {
    process.stdout.write('small-machine: left out, this user may not create control groups\n');
    return [];
  }
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const rows: Row[] = [];
  try {
    const began = performance.now();
    const camd = await startCamd(onePipeline(feed.first.ports[0] ?? 0), [], undefined, limited.command);
    const up = performance.now() - began;
    const what = `${MHZ} MHz, 256 MB`;
    rows.push(alone(`${what}: exec until it is up`, 'ms', [up]));
    try {
      for (const { fps, viewers: count } of CASES) {
        const name = `${what}: 720p, ${fps} fps, ${count} viewer${count === 1 ? '' : 's'}`;
        const [shares, p50, p99, got]: number[][] = [[], [], [], []];
        await feed.ask({ door: 0, fps });
        for (let round = 0; round < (quick ? 1 : 5); round++) {
          const url = `${camd.origin()}/stream.mjpg`;
          await viewers.ask({ step: 'enter', url, viewers: count, warm: 1500 });
          const window = quick ? 1500 : 4000;
          const before = cpuTime(camd.pid);
          const seen = await viewers.ask<Watched>({ step: 'watch', window });
          shares?.push((cpuTime(camd.pid) - before) / 1e4 / window / cores);
          p50?.push(seen.p50);
          p99?.push(seen.p99);
          got?.push((seen.frames / ((fps * count * window) / 1000)) * 100);
          await viewers.ask({ step: 'leave' });
        }
        await feed.ask({ door: 0, fps: 0 });
        rows.push(alone(`${name}: CPU`, '% of it', shares ?? []));
        rows.push(alone(`${name}: frames`, '% of all', got ?? []));
        rows.push(alone(`${name}: latency p50`, 'ms', p50 ?? []));
        rows.push(alone(`${name}: latency p99`, 'ms', p99 ?? []));
      }
      rows.push(alone(`${what}: memory`, 'MB', [resident(camd.pid)]));
    } finally {
      await camd.stop();
    }
  } finally {
    await Promise.all([viewers.stop(), feed.stop()]);
    limited.close();
  }
  return rows;
}
