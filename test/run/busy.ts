// `npm run test:busy`: runs the tests several times in a row while other processes keep all cores busy, and stops at the first failure.

import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { exitOf } from './process.ts';

const { values, positionals: files } = parseArgs({
  options: { times: { type: 'string', default: '10' } },
  allowPositionals: true,
});
const times = Number(values.times);
if (!Number.isSafeInteger(times) || times < 1) {
  process.stderr.write(`--times must be a whole number above 0, not "${values.times}"\n`);
  process.exit(1);
}

/** Ends by itself after the end of this process. */
const BUSY = `for (;;) process.kill(${process.pid}, 0);`;
const others: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore' }),
);
process.once('exit', () => {
  for (const other of others) other.kill();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

for (let run = 1; run <= times; run++) {
  const began = performance.now();
  const code = await exitOf(['npx', '--no-install', 'tsx', 'test/run.ts', ...files], process.env);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  process.stdout.write(`run ${run} of ${times}: ${code === 0 ? 'passed' : 'failed'}, ${minutes} min\n`);
  if (code !== 0) process.exit(1);
}
process.exit(0);
