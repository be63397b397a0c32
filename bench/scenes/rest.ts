// Measures memory and CPU of an idle camd; baseline: an idle bare Node server.

import { once } from 'node:events';
import { startCamd } from '../camd.ts';
import { pinned, programOf, SERVER_CPU } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { alone, roundRobin } from '../rounds.ts';
import { median, type Row } from '../row.ts';

const GOAL_MB = 50;

/** A camera on demand without viewers. */
const PROFILE = `camd: 1
control: false
pipeline:
  camera: { use: source/test-pattern, mode: on_demand }
  latest: { use: cache/latest, from: camera }
  local: { use: http/server, listen: '127.0.0.1:0' }
  stream: { use: http/stream, on: local, path: /stream.mjpg, from: latest }
  snapshot: { use: http/snapshot, on: local, path: /snapshot.jpg, from: latest }
  health: { use: http/health, on: local }
`;
const BARE = "require('node:http').createServer(() => {}).listen(0, '127.0.0.1', () => console.log('up'))";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const window = quick ? 3000 : 10_000;
  const camd = await startCamd(PROFILE);
  const child = pinned(SERVER_CPU, [process.execPath, '-e', BARE], ['ignore', 'pipe', 'inherit']);
  if (child.stdout) await once(child.stdout, 'data');
  const bare = programOf(child);
  try {
    // V8 cleans up eight seconds after a busy period, and camd collects the garbage of its start within 16 s.
    await wait(quick ? 1000 : 20_000);
    const contenders = [
      { name: 'camd', pid: camd.pid },
      { name: 'bare Node', pid: bare.pid },
    ];
    const samples = await roundRobin(contenders, quick ? 1 : 5, async ({ pid }) => {
      const before = cpuTime(pid);
      await wait(window);
      return { cpu: (cpuTime(pid) - before) / 1000 / window, memory: resident(pid) };
    });
    const of = (name: string, what: 'cpu' | 'memory'): number[] =>
      (samples.get(name) ?? []).map((sample) => sample[what]);
    return [
      {
        ...alone('memory at rest', 'MB', of('camd', 'memory'), { most: GOAL_MB }),
        limitName: 'bare Node',
        limitValue: median(of('bare Node', 'memory')),
      },
      // The bare server uses no CPU, so there is no ratio.
      alone('CPU at rest', '‰ of a core', of('camd', 'cpu'), { most: 0.5 }),
    ];
  } finally {
    await Promise.all([camd.stop(), bare.stop()]);
  }
}
