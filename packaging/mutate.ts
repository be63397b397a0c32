// `npm run mutate`: inserts small faults into the sources, one at a time, and reports those that no test detects.

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
    /** Folders or files, separated by commas. */
    under: { type: 'string', default: 'core/graph,core/profile,plugins/kit' },
    /** Limit of tests for one fault, from those that reach its place. */
    tests: { type: 'string', default: '15' },
    /** Number of tests that run in parallel. */
    jobs: { type: 'string', default: '2' },
    /** Tests that take more seconds than this without a fault are not used. */
    slowest: { type: 'string', default: '20' },
    /** Percentage of the faults that must be detected. */
    least: { type: 'string', default: '85' },
  },
});

/** Generated files, and files that run in a browser. */
const LEFT_OUT = /\.wasm\.ts$|^plugins\/kit\/page\/shared\//;
const NICE = 10;

/** A random order that depends on the seed: mulberry32, public domain. */
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
    file.endsWith('.ts') && !LEFT_OUT.test(file) && under.some((path) => file === path || file.startsWith(`${path}/`)),
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

const detected = counts.killed + counts.late;
const share = (100 * detected) / Math.max(1, chosen.length);
process.stdout.write(`\n${left.length === 0 ? 'Every fault was detected.' : `Not detected:\n${left.join('\n')}`}\n`);
process.stdout.write(
  `${counts.killed} killed, ${counts.late} ended by the time limit, ${counts.survived} survived, ${counts.untested} at places that no test reaches: ${share.toFixed(1)} %\n`,
);
process.exitCode = share < Number(values.least) ? 1 : 0;
