// Measures the time from exec to the first served picture; baseline: a Node process that does nothing.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLE, onePipeline } from '../camd.ts';
import { pictureFolder } from '../pictures.ts';
import { freePort, LOAD_CPU, pinned, programOf, SERVER_CPU, startProgram } from '../programs.ts';
import { alone } from '../rounds.ts';
import { median, type Row } from '../row.ts';

const FPS = 100;
const GOAL_MS = 150;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 5 : 15;
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const folder = mkdtempSync(join(tmpdir(), 'camd-bench-start-'));
  const own: number[] = [];
  const nothing: number[] = [];
  try {
    const port = await freePort();
    const file = join(folder, 'profile.yaml');
    const profile = onePipeline(feed.first.ports[0] ?? 0).replace(
      "listen: '127.0.0.1:0'",
      `listen: '127.0.0.1:${port}'`,
    );
    writeFileSync(file, profile);
    for (let round = 0; round < rounds; round++) {
      nothing.push(await empty());
      own.push(await first(feed, file, `http://127.0.0.1:${port}/snapshot.jpg`));
    }
  } finally {
    await feed.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const row = alone('exec to the first picture served', 'ms', own, { most: GOAL_MS });
  return [{ ...row, limitName: 'node -e 0', limitValue: median(nothing) }];
}

async function empty(): Promise<number> {
  const began = performance.now();
  await once(pinned(SERVER_CPU, [process.execPath, '-e', '0'], 'ignore'), 'exit');
  return performance.now() - began;
}

async function first(feed: { ask(message: object): Promise<unknown> }, file: string, url: string): Promise<number> {
  const began = performance.now();
  const child = pinned(SERVER_CPU, [process.execPath, BUNDLE, '--config', file], 'ignore');
  const served = new AbortController();
  const fed = keepFed(feed, served.signal);
  while (!(await isServed(url))) await new Promise((resolve) => setTimeout(resolve, 2));
  const took = performance.now() - began;
  served.abort();
  await fed;
  await programOf(child).stop();
  await feed.ask({ door: 0, fps: 0 });
  return took;
}

/** Makes the camera send from the moment when camd connects. */
async function keepFed(feed: { ask(message: object): Promise<unknown> }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { connections } = (await feed.ask({ door: 0, fps: 0 })) as { connections: number };
    if (connections > 0) {
      await feed.ask({ door: 0, fps: FPS });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function isServed(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
  });
}
