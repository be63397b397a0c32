// `npm run torture -- --kills 10000`: kills camd under load and prints what was acknowledged, delivered and lost.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killLoop } from './kill-loop.ts';

/** camd is started anew from a clean folder after so many kills, so that the folder does not grow without end. */
const PER_ROUND = 200;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
const sums = { kills: 0, acknowledged: 0, delivered: 0, duplicates: 0, lost: 0, torn: 0 };
for (let done = 0; done < kills; done += PER_ROUND) {
  const cleanups: (() => void | Promise<void>)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'camd-torture-'));
  const round = Math.min(PER_ROUND, kills - done);
  const result = await killLoop(
    { teardown: (work) => void cleanups.push(work) },
    folder,
    round,
    Number(values.seed) + done,
  );
  for (const cleanup of cleanups.reverse()) await cleanup();
  sums.kills += result.kills;
  sums.acknowledged += result.acknowledged;
  sums.delivered += result.delivered;
  sums.duplicates += result.duplicates;
  sums.lost += result.lost.length;
  sums.torn += result.torn.length;
  console.log(JSON.stringify(sums));
  if (result.lost.length + result.torn.length > 0) {
    console.log(JSON.stringify({ folder, lost: result.lost, torn: result.torn }));
    process.exitCode = 1;
    break;
  }
  rmSync(folder, { recursive: true, force: true });
}
