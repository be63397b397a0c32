// Measures memory: the idle demo, 100 viewers at 30 fps, and the cost of an idle viewer.

import { readFileSync } from 'node:fs';
import { onePipeline, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { resident } from '../resources.ts';
import type { Row } from '../row.ts';
import { FPS } from '../stage.ts';

const IDLE_VIEWERS = 5000;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  return [...(await atRest(quick ? 3000 : 15_000)), ...(await watched(quick ? 3000 : 12_000)), ...(await idle(quick))];
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function atRest(settle: number): Promise<readonly Row[]> {
  const demo = readFileSync('configs/demo.yaml', 'utf8').replace(/listen: \S+/, "listen: '127.0.0.1:0',");
  const camd = await startCamd(demo.replace(/,(\s*})/, '$1'));
  await wait(settle);
  const memory = resident(camd.pid);
  await camd.stop();
  return [{ name: 'the demo at rest', value: memory, unit: 'MB', required: { most: 90 } }];
}

async function watched(window: number): Promise<readonly Row[]> {
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const camd = await startCamd(onePipeline(feed.first.ports[0] ?? 0));
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, resident(camd.pid));
  }, 100);
  try {
    await feed.ask({ door: 0, fps: FPS });
    await viewers.ask({ step: 'enter', url: `${camd.origin()}/stream.mjpg`, viewers: 100, warm: 500 });
    await viewers.ask<Watched>({ step: 'watch', window });
    return [{ name: '100 viewers at 30 fps, at the most', value: most, unit: 'MB', required: { most: 110 } }];
  } finally {
    clearInterval(look);
    await Promise.all([camd.stop(), viewers.stop(), feed.stop()]);
  }
}

/** Measures viewers that have a picture and wait for a next one that does not come. */
async function idle(quick: boolean): Promise<readonly Row[]> {
  const count = quick ? IDLE_VIEWERS / 10 : IDLE_VIEWERS;
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const camd = await startCamd(onePipeline(feed.first.ports[0] ?? 0));
  try {
    await feed.ask({ door: 0, fps: 1 });
    await wait(1500);
    await feed.ask({ door: 0, fps: 0 });
    const before = resident(camd.pid);
    await viewers.ask({ step: 'enter', url: `${camd.origin()}/stream.mjpg`, viewers: count, warm: 3000 });
    const each = ((resident(camd.pid) - before) * 1024) / count;
    return [
      { name: `${count} idle viewers`, value: resident(camd.pid), unit: 'MB' },
      { name: `each of ${count} idle viewers`, value: each, unit: 'KB' },
    ];
  } finally {
    await Promise.all([camd.stop(), viewers.stop(), feed.stop()]);
  }
}
