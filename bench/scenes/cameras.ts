// Measures the cost per camera: 1, 16, 100 and 1,000 cameras at one picture per second in one process.

import { startCamd } from '../camd.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, type Program, startProgram } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { median, type Row } from '../row.ts';

const CAMERAS = [1, 16, 100, 1000];

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder()], LOAD_CPU);
  const rows: Row[] = [];
  try {
    for (const cameras of quick ? CAMERAS.slice(1, 3) : CAMERAS) {
      rows.push(...(await some(feed, feed.first.ports[0] ?? 0, cameras, quick)));
    }
  } finally {
    await feed.stop();
  }
  return rows;
}

const many = (port: number, cameras: number): string => `camd: 1
control: false
pipeline:
  local: { use: http/server, listen: '127.0.0.1:0' }
  latest: { use: cache/latest, from: [${Array.from({ length: cameras }, (_, n) => `c${n}`).join(', ')}], max_cameras: 2000 }
  snapshot: { use: http/snapshot, on: local, path: '/{camera}.jpg', from: latest }
${Array.from(
  { length: cameras },
  (_, n) => `  c${n}: { use: source/tcp, connect: '127.0.0.1:${port}', parse: mjpeg, timeout: 10m }\n`,
).join('')}`;

async function some(feed: Program, port: number, cameras: number, quick: boolean): Promise<readonly Row[]> {
  const camd = await startCamd(many(port, cameras));
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    await wait(500);
    const { connections } = await feed.ask<{ connections: number }>({ door: 0, fps: 1 });
    if (connections !== cameras) throw new Error(`${connections} of ${cameras} cameras are connected`);
    await wait(quick ? 1500 : 3000);
    const costs: number[] = [];
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      const before = cpuTime(camd.pid);
      await wait(2000);
      costs.push((cpuTime(camd.pid) - before) / 1000 / cameras / 2);
    }
    const memory = resident(camd.pid);
    return [
      { name: `CPU per camera and second, ${cameras} at 1 fps`, value: median(costs), unit: 'µs' },
      { name: `memory, ${cameras} cameras at 1 fps`, value: memory, unit: 'MB' },
    ];
  } finally {
    await feed.ask({ door: 0, fps: 0 });
    await camd.stop();
    await wait(200);
  }
}
