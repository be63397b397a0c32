// Measures snapshots a second at 1, 16 and 64 connections, with and without a password, beside bare node:http and, if installed, nginx
// with a static file, both without a password.

import { AUTHORIZATION, lockedSnapshot } from '../camd.ts';
import type { Answered } from '../load/requests.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { childrenOf, cpuTime } from '../resources.ts';
import { against, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';
import { type Contender, FPS, setUp } from '../stage.ts';

const CONNECTIONS = [1, 16, 64];
interface Requested extends Contender {
  readonly authorization?: string;
}

/** The goal for the rate, as a share of the rate of bare node:http and of nginx. */
const LEAST = 0.9;
/** V8 compiles by the number of calls, so each server first gets some eighty thousand. */
const WARM_UP = { connections: 16, window: 8000 };
/** The ways to request camd: the contender and the text for its rows. */
const WAYS = [
  { who: 'camd', how: '' },
  { who: 'camd, locked', how: ', with a password' },
];
const TITLES = { cost: 'CPU per snapshot', perSecond: 'snapshots', p99: 'snapshot p99' } as const;
const UNITS = { cost: 'µs', perSecond: '/s', p99: 'ms' } as const;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const window = quick ? 400 : 1200;
  const stage = await setUp({ peers: 'snapshot', further: lockedSnapshot });
  const load = await startProgram('load/requests', [], LOAD_CPU);
  const { camd } = stage;
  const locked = { name: 'camd, locked', snapshot: `${camd.origin('locked')}/snapshot.jpg`, pid: camd.pid, doors: [] };
  const others = stage.contenders
    .filter(({ name, snapshot }) => snapshot !== undefined && !name.includes('reused'))
    .map((contender) => (contender.name.startsWith('bare') ? { ...contender, name: 'bare node:http' } : contender));
  const contenders: readonly Requested[] = [...others, { ...locked, authorization: AUTHORIZATION }];
  const rows: Row[] = [];
  try {
    // Frames arrive during the measurement; each leads to a new head and a new ETag.
    for (const door of contenders.flatMap(({ doors }) => doors)) await stage.feed.ask({ door, fps: FPS });
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const { snapshot: url, authorization } of contenders)
      await load.ask<Answered>({
        url,
        connections: WARM_UP.connections,
        window: quick ? 400 : WARM_UP.window,
        authorization,
      });
    for (const connections of CONNECTIONS) {
      const samples = await roundRobin(contenders, rounds, async ({ name, snapshot: url, pid, authorization }) => {
        const all = [pid, ...childrenOf(pid, 'nginx')];
        const spent = (): number => all.reduce((sum, contender) => sum + cpuTime(contender), 0);
        const before = spent();
        const got = await load.ask<Answered>({ url, connections, window, authorization });
        if (got.failed > 0) throw new Error(`${name} refused ${got.failed} requests`);
        return { ...got, cost: (spent() - before) / 1000 / got.answers };
      });
      const all = WAYS.flatMap((way) => others.slice(1).map(({ name }) => ({ ...way, name })));
      for (const { who, how, name } of all) {
        const isGoal = connections > 1 && /^(bare|nginx)/.test(name);
        for (const what of ['cost', 'perSecond', 'p99'] as const) {
          const [own, limit] = [who, name].map((contender) =>
            (samples.get(contender) ?? []).map((sample) => sample[what]),
          );
          const must = isGoal && what === 'perSecond' ? { least: LEAST } : undefined;
          const title = `${TITLES[what]}, ${connections} connections${how}`;
          rows.push(against(title, UNITS[what], own ?? [], name, limit ?? [], must));
        }
      }
    }
  } finally {
    await Promise.all([stage.close(), load.stop()]);
  }
  return rows;
}
