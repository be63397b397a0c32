// Measures the effect of one viewer that stops reading on ten others.

import { onePipeline, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { median, pairedRatio, type Row } from '../row.ts';
import { FPS } from '../stage.ts';

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const camd = await startCamd(onePipeline(feed.first.ports[0] ?? 0));
  const url = `${camd.origin()}/stream.mjpg`;
  const [without, among]: [Watched[], Watched[]] = [[], []];
  try {
    await feed.ask({ door: 0, fps: FPS });
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const [count, to] of [
        [0, without],
        [1, among],
      ] as const) {
        await viewers.ask({ step: 'enter', url, viewers: 10 - count, stalled: count, warm: 1000 });
        to.push(await viewers.ask<Watched>({ step: 'watch', window: quick ? 1000 : 2500 }));
        await viewers.ask({ step: 'leave' });
      }
    }
  } finally {
    await Promise.all([camd.stop(), viewers.stop(), feed.stop()]);
  }
  return (['least', 'p99'] as const).map((what) => {
    const [own, limit] = [among.map((sample) => sample[what]), without.map((sample) => sample[what])];
    return {
      name: what === 'least' ? 'frames of the others beside a stalled viewer' : 'their latency p99',
      value: median(own),
      unit: what === 'least' ? 'frames' : 'ms',
      limitName: 'ten that read',
      limitValue: median(limit),
      ratio: pairedRatio(own, limit),
      ...(what === 'least' ? { required: { least: 0.95 } } : {}),
    };
  });
}
