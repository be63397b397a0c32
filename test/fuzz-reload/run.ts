// `npm run fuzz-reload -- [SEQUENCES] [FIRST SEED]`: the long form of test/fuzz-reload.test.ts, with the faults as they are found.

import { sequence } from './sequence.ts';

const [count = '1000', first = '1'] = process.argv.slice(2);
const STEPS = 8;

let faults = 0;
let reloads = 0;
let refused = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const cleanups: (() => void | Promise<void>)[] = [];
  const outcome = await sequence({ teardown: (work) => void cleanups.unshift(work) }, seed, STEPS);
  for (const cleanup of cleanups) await cleanup();
  for (const fault of outcome.faults) process.stdout.write(`${fault}\n`);
  faults += outcome.faults.length;
  reloads += outcome.reloads;
  refused += outcome.refused;
}
process.stdout.write(
  `${count} sequences, ${reloads} reloads, ${refused} of them refused as they had to be, ${faults} faults\n`,
);
process.exitCode = faults > 0 ? 1 : 0;
