// Measures the cost of an RTSP camera of 1080p25: CPU and memory of its ffmpeg and CPU of camd, for key frames and for five pictures per second.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../core/service/control/client.ts';
import type { Status } from '../../core/service/control/messages.ts';
import { rtspServer } from '../../test/support/rtsp.ts';
import { BUNDLE } from '../camd.ts';
import { pinned, programOf, SERVER_CPU } from '../programs.ts';
import { childrenOf, cpuTime, resident } from '../resources.ts';
import type { Row } from '../row.ts';

const FPS = 25;
/** A key frame every two seconds, as in many cameras. */
const GOP = 50;
/** Milliseconds until ffmpeg has started. */
const WARM_MS = 6000;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const endings: (() => void | Promise<void>)[] = [];
  const server = await rtspServer(
    { teardown: (work) => void endings.push(work) },
    { fps: FPS, gop: GOP, size: '1920x1080' },
  );
  try {
    const rows: Row[] = [];
    for (const frames of ['key', '5/s'])
      rows.push(...(await measureFrames(server.url, frames, quick ? 10_000 : 30_000)));
    return rows;
  } finally {
    for (const end of endings) await end();
  }
}

async function measureFrames(url: string, frames: string, ms: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-bench-rtsp-'));
  const file = join(folder, 'profile.yaml');
  const control = join(folder, 'control.sock');
  const pipeline = { cam: { use: 'source/rtsp', url, frames }, latest: { use: 'cache/latest', from: 'cam' } };
  writeFileSync(file, JSON.stringify({ camd: 1, control, pipeline }));
  const camd = programOf(pinned(SERVER_CPU, [process.execPath, BUNDLE, '--config', file], 'ignore'));
  try {
    await sleep(WARM_MS);
    const [ffmpeg] = childrenOf(camd.pid, 'ffmpeg');
    if (ffmpeg === undefined) throw new Error('camd has started no ffmpeg');
    const pictures = async (): Promise<number> =>
      (await ask<Status>(control, 'GET', '/status')).nodes.find(({ id }) => id === 'cam')?.framesOut ?? 0;
    const before = {
      at: performance.now(),
      frames: await pictures(),
      ffmpeg: cpuTime(ffmpeg),
      camd: cpuTime(camd.pid),
    };
    await sleep(ms);
    // A busy machine encodes the test stream slower than real time, so the time is derived from the number of pictures.
    const seconds = ((await pictures()) - before.frames) / (frames === 'key' ? FPS / GOP : 5);
    const share = (nanoseconds: number): number => (nanoseconds / (seconds * 1e9)) * 100;
    const used = { ffmpeg: share(cpuTime(ffmpeg) - before.ffmpeg), camd: share(cpuTime(camd.pid) - before.camd) };
    const speed = (seconds * 1000) / (performance.now() - before.at);
    const name = `1080p${FPS}, frames: ${frames}`;
    return [
      { name: `${name}: ffmpeg`, value: used.ffmpeg, unit: '% of a core' },
      { name: `${name}: camd`, value: used.camd, unit: '% of a core' },
      { name: `${name}: memory of ffmpeg`, value: resident(ffmpeg), unit: 'MB' },
      { name: `${name}: speed of the test stream`, value: speed, unit: 'of real time' },
    ];
  } finally {
    await camd.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
