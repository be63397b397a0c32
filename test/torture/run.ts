// `npm run torture -- --kills 10000`, `--crash-points` or `--fleet mosquitto`: kills camd under load and prints the numbers of acknowledged, stored and lost pictures.
// `--state FILE` keeps the sums, so that a long run may be ended and taken up again with the same command.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ending } from '../support/harness.ts';
import { crashPoints, tableOf } from './crash-points.ts';
import { fleet } from './fleet.ts';
import { killLoop } from './kill-loop.ts';

/** camd restarts with a clean folder after so many kills, to limit the size of the folder. */
const PER_ROUND = 200;

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'crash-points': { type: 'boolean', default: false },
    // The sums so far: a long run may be ended and taken up again.
    state: { type: 'string' },
    fleet: { type: 'string' },
    rounds: { type: 'string', default: '10' },
  },
});
if (values.fleet === 'embedded' || values.fleet === 'mosquitto') await screens(values.fleet);
else if (values['crash-points']) await allCrashPoints();
else await kills(Number(values.kills ?? 1000));

async function allCrashPoints(): Promise<void> {
  await inRound(async (t, folder) => {
    const report = (line: string): void => console.log(line);
    const { points, ended, acknowledged, duplicates, lost, wrong, ...rest } = await crashPoints({
      ...{ t, folder, report },
      chosen: () => true,
    });
    console.log(tableOf(rest.counts, points));
    console.log(JSON.stringify({ points: points.length, ended, acknowledged, duplicates, lost, wrong }));
    return lost.length + wrong.length === 0;
  });
}

/** 200 screens, 20 of them processes of the shipped client profile. */
async function screens(broker: 'embedded' | 'mosquitto'): Promise<void> {
  await inRound(async (t, folder) => {
    const report = (line: string): void => console.log(line);
    const rounds = Array.from({ length: Number(values.rounds) }, (_, index) => (index % 2 ? 'SIGTERM' : 'SIGKILL'));
    const seed = Number(values.seed);
    const result = await fleet({ t, folder, broker, screens: 200, own: 20, every: 15, rounds, seed, report });
    console.log(JSON.stringify(result));
    return result.lost.length + result.foreign.length === 0;
  });
}

async function kills(all: number): Promise<void> {
  const sums = sumsSoFar();
  while (sums.kills < all && process.exitCode !== 1) {
    await inRound(async (t, folder) => {
      const most = Math.min(PER_ROUND, all - sums.kills);
      const result = await killLoop(t, folder, most, Number(values.seed) + sums.kills);
      sums.kills += result.kills;
      sums.acknowledged += result.acknowledged;
      sums.delivered += result.delivered;
      sums.duplicates += result.duplicates;
      sums.lost += result.lost.length;
      sums.torn += result.torn.length;
      console.log(JSON.stringify(sums));
      if (values.state !== undefined) writeFileSync(values.state, JSON.stringify(sums));
      const isGood = result.lost.length + result.torn.length === 0;
      if (!isGood) console.log(JSON.stringify({ folder, lost: result.lost, torn: result.torn }));
      return isGood;
    });
  }
}

function sumsSoFar() {
  const none = { kills: 0, acknowledged: 0, delivered: 0, duplicates: 0, lost: 0, torn: 0 };
  if (values.state === undefined) return none;
  try {
    return { ...none, ...(JSON.parse(readFileSync(values.state, 'utf8')) as Partial<typeof none>) };
  } catch {
    return none;
  }
}

/** The folder stays when a picture was lost. */
async function inRound(work: (t: Ending, folder: string) => Promise<boolean>): Promise<void> {
  const cleanups: (() => void | Promise<void>)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'camd-torture-'));
  const isGood = await work({ teardown: (cleanup) => void cleanups.push(cleanup) }, folder);
  for (const cleanup of cleanups.reverse()) await cleanup();
  if (isGood) rmSync(folder, { recursive: true, force: true });
  else process.exitCode = 1;
}
