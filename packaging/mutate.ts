// `npm run mutate`: puts small faults into the sources, one at a time, and says which of them no test notices.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { inTurns } from './in-turns.ts';
import { checkout } from './mutate/checkout.ts';
import { type Mutant, mutantsOf } from './mutate/mutants.ts';
import { findReach } from './mutate/reach.ts';
import { isUnitTest, relatedTests } from './mutate/related.ts';
import { createTrial } from './mutate/trial.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    /** Folders or files, with commas between. */
    under: { type: 'string', default: 'core/graph,core/profile,plugins/kit' },
    /** Tests for one fault, of those that come by its place. */
    tests: { type: 'string', default: '15' },
    /** Tests that run side by side. */
    jobs: { type: 'string', default: '2' },
    /** Seconds that a test may take to be used, without a fault. */
    slowest: { type: 'string', default: '20' },
    /** Percent of the faults that must be noticed. */
    least: { type: 'string', default: '85' },
  },
});

/** Generated, or run in a browser. */
const LEFT_OUT = /\.wasm\.ts$|^plugins\/kit\/page\/shared\//;
const NICE = 10;

/** A random order of its own for each seed: mulberry32, public domain. */
function shuffled<T>(values: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

const place = ({ file, line, column, what }: Mutant): string => `${file}:${line}:${column} ${what}`;

setPriority(NICE);
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  encoding: 'utf8',
});
const files = listed.split('\0').filter((file) => file !== '' && !file.endsWith('node_modules'));
const under = values.under.split(',');
const sources = files.filter(
  (file) =>
    file.endsWith('.ts') && !LEFT_OUT.test(file) && under.some((one) => file === one || file.startsWith(`${one}/`)),
);
const all = sources.flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')));
const chosen = shuffled(all, Number(values.seed)).slice(0, Number(values.count));
process.stdout.write(
  `${all.length} faults in ${sources.length} files, ${chosen.length} of them tried, seed ${values.seed}\n`,
);

const jobs = Number(values.jobs);
const copies = await Promise.all(Array.from({ length: jobs }, () => checkout(files)));
const [first] = copies;
if (!first) throw new Error('--jobs must be at least 1');
const removeAll = (): void => {
  for (const copy of copies) copy.remove();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    removeAll();
    process.exit(1);
  });
}
const related = relatedTests(first.folder, files.filter(isUnitTest));
const tests = [...new Set(chosen.flatMap(({ file }) => related(file)))].sort();
const counts = { killed: 0, late: 0, survived: 0, untested: 0 };
const left: string[] = [];
try {
  const reach = await findReach({
    checkout: first,
    mutants: chosen,
    tests,
    slowest: 1000 * Number(values.slowest),
    jobs,
  });
  process.stdout.write(
    `${reach.times.size} of ${tests.length} test files passed within ${values.slowest} s and are used\n`,
  );
  const trial = createTrial({ reach, related, mostTests: Number(values.tests) });
  await inTurns(chosen, jobs, async (mutant, _, worker) => {
    const outcome = await trial(mutant, copies[worker] ?? first);
    counts[outcome.is]++;
    if (outcome.is === 'survived' || outcome.is === 'untested') left.push(`${outcome.is.padEnd(8)} ${place(mutant)}`);
    process.stdout.write(`${outcome.is.padEnd(8)} ${place(mutant)}${'by' in outcome ? `, ${outcome.by}` : ''}\n`);
  });
} finally {
  removeAll();
}

const noticed = counts.killed + counts.late;
const share = (100 * noticed) / Math.max(1, chosen.length);
process.stdout.write(`\n${left.length === 0 ? 'Every fault was noticed.' : `Not noticed:\n${left.join('\n')}`}\n`);
process.stdout.write(
  `${counts.killed} killed, ${counts.late} ended by the time bound, ${counts.survived} survived, ${counts.untested} at places that no test reaches: ${share.toFixed(1)} %\n`,
);
process.exitCode = share < Number(values.least) ? 1 : 0;
