// Measures snapshots a second at 1, 16 and 64 connections, beside bare node:http and, if installed, nginx with a static file.

import type { Answered } from '../load/requests.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { childrenOf, cpuTime } from '../resources.ts';
import { against, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';
import { FPS, setUp } from '../stage.ts';

const CONNECTIONS = [1, 16, 64];
const TITLES = { cost: 'CPU per snapshot', perSecond: 'snapshots', p99: 'snapshot p99' } as const;
const UNITS = { cost: 'µs', perSecond: '/s', p99: 'ms' } as const;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const window = quick ? 400 : 1200;
  const stage = await setUp({ peers: 'snapshot' });
  const load = await startProgram('load/requests', [], LOAD_CPU);
  const contenders = stage.contenders
    .filter(({ name, snapshot }) => snapshot !== undefined && !name.includes('reused'))
    .map((one) => (one.name.startsWith('bare') ? { ...one, name: 'bare node:http' } : one));
  const rows: Row[] = [];
  try {
    // Frames arrive during the measurement: each makes a new head and a new ETag.
    for (const door of contenders.flatMap(({ doors }) => doors)) await stage.feed.ask({ door, fps: FPS });
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const connections of CONNECTIONS) {
      const samples = await roundRobin(contenders, rounds, async ({ name, snapshot: url, pid }) => {
        const all = [pid, ...childrenOf(pid, 'nginx')];
        const spent = (): number => all.reduce((sum, one) => sum + cpuTime(one), 0);
        const before = spent();
        const got = await load.ask<Answered>({ url, connections, window });
        if (got.failed > 0) throw new Error(`${name} refused ${got.failed} requests`);
        return { ...got, cost: (spent() - before) / 1000 / got.answers };
      });
      for (const { name } of contenders.slice(1)) {
        for (const what of ['cost', 'perSecond', 'p99'] as const) {
          const [own, limit] = ['camd', name].map((who) => (samples.get(who) ?? []).map((one) => one[what]));
          const title = TITLES[what];
          const must =
            what === 'perSecond' && connections === 16 && name.startsWith('bare') ? { least: 0.8 } : undefined;
          const unit = UNITS[what];
          rows.push(against(`${title}, ${connections} connections`, unit, own ?? [], name, limit ?? [], must));
        }
      }
    }
  } finally {
    await Promise.all([stage.close(), load.stop()]);
  }
  return rows;
}
