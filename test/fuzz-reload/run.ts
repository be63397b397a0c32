// `npm run fuzz-reload -- [SEQUENCES] [FIRST SEED] [SIDE BY SIDE]`: the long form of test/fuzz-reload.test.ts; prints faults as it finds them.

import { sequences } from './several.ts';

const [count = '1000', first = '1', parallel = '4'] = process.argv.slice(2);
const STEPS = 8;
const REPORT_EVERY = 50;

const began = performance.now();
const plan = { first: Number(first), count: Number(count), steps: STEPS, parallel: Number(parallel) };
const { reloads, refused, faults } = await sequences(plan, (done, found) => {
  for (const fault of found) process.stdout.write(`${fault}\n`);
  if (done % REPORT_EVERY === 0) process.stdout.write(`${done} sequences after ${seconds()} s\n`);
});
process.stdout.write(
  `${count} sequences, ${reloads} reloads, ${refused} of them refused as they had to be, ${faults.length} faults, ${seconds()} s\n`,
);
process.exitCode = faults.length > 0 ? 1 : 0;

function seconds(): number {
  return Math.round((performance.now() - began) / 1000);
}
