// Measures the time to the first picture of a thousand viewers that connect at the same moment.

import type { Joined } from '../load/joiners.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { against, alone, roundRobin } from '../rounds.ts';
import type { Row } from '../row.ts';
import { setUp, WRITE } from '../stage.ts';

const VIEWERS = 1000;
/** Pause between two rounds, until the servers have closed the connections. */
const REST = 500;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const stage = await setUp();
  const joiners = await startProgram('load/joiners', [], LOAD_CPU);
  const contenders = stage.contenders.filter(({ name }) => name === 'camd' || name === WRITE);
  try {
    const join = async ({ doors: [door = 0], stream }: (typeof contenders)[number]): Promise<Joined> => {
      await stage.feed.ask({ door, fps: 5 });
      await new Promise((resolve) => setTimeout(resolve, REST));
      const joined = await joiners.ask<Joined>({ url: stream, viewers: VIEWERS });
      await stage.feed.ask({ door, fps: 0 });
      return joined;
    };
    for (const contender of contenders) await join(contender);
    const samples = await roundRobin(contenders, quick ? 2 : 7, join);
    const of = (name: string, what: keyof Joined): number[] => (samples.get(name) ?? []).map((sample) => sample[what]);
    return [
      alone(`of ${VIEWERS} who join at once are served`, '', of('camd', 'served'), { least: VIEWERS }),
      against(`median first picture, ${VIEWERS} at once`, 'ms', of('camd', 'p50'), WRITE, of(WRITE, 'p50')),
      against(`last first picture, ${VIEWERS} at once`, 'ms', of('camd', 'most'), WRITE, of(WRITE, 'most')),
    ];
  } finally {
    await Promise.all([stage.close(), joiners.stop()]);
  }
}
