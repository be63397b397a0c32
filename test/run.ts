// `npm test`: installs Debian packages and tools, runs the checks and every test file, and prints "N passed, N failed".

import { obtainTools } from '../packaging/tools.ts';
import type { Tally } from './run/file.ts';
import { missingPackages, obtainPackages } from './run/packages.ts';
import { finishes } from './run/process.ts';
import { runTestFiles } from './run/tap.ts';

const CHECKS: readonly { readonly title: string; readonly argv: readonly string[] }[] = [
  { title: 'the bundle builds', argv: ['npx', '--no-install', 'tsx', 'packaging/build.ts'] },
  { title: 'format and lint', argv: ['npm', 'run', '--silent', 'lint'] },
  { title: 'types', argv: ['npm', 'run', '--silent', 'types'] },
  { title: 'layers, sizes, schemas, plugins', argv: ['npx', '--no-install', 'tsx', 'packaging/check.ts'] },
];

/** Test files from the command line run alone, without the checks. */
const files = process.argv.slice(2);
const tally: Tally = { passed: 0, failed: 0 };

const lacking = await missingPackages();
if (lacking.length > 0) {
  const refusal = await obtainPackages(lacking);
  if (refusal !== undefined) finish({ passed: 0, failed: lacking.length }, refusal);
}
const refusal = obtainTools();
if (refusal !== undefined) finish({ passed: 0, failed: 1 }, refusal);

for (const { title, argv } of files.length > 0 ? [] : CHECKS) {
  process.stdout.write(`# ${title}\n`);
  const ok = await finishes(argv);
  if (ok) tally.passed++;
  else tally.failed++;
  process.stdout.write(`${ok ? 'ok' : 'not ok'} - ${title}\n`);
}

const tests = await runTestFiles(files);
if (tests.passed + tests.failed === 0)
  finish({ passed: tally.passed, failed: tally.failed + 1 }, 'No test was executed.');
finish({ passed: tally.passed + tests.passed, failed: tally.failed + tests.failed }, undefined);

function finish({ passed, failed }: Tally, explanation: string | undefined): never {
  if (explanation !== undefined) process.stdout.write(`${explanation}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed > 0 ? 1 : 0);
}
