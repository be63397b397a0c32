// Runs the test files, several at a time, and reports each result.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, compiledOf } from '../../packaging/compile.ts';
import { inTurns } from '../../packaging/in-turns.ts';
import { runTestFile, type Tally } from './file.ts';
import { exitOf } from './process.ts';

/** The program behind `tap`, which searches for itself in the packages of the parent folder. */
const TAP = 'test/node_modules/.bin/tap-run';
/** Several, because many files mostly wait for other processes. */
const JOBS = 6;
const TIMEOUT_MS = 600_000;
const GRACE_MS = 30_000;

/** All test files, or the given ones. */
export async function runTestFiles(files: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tap-'));
  const warnings = join(folder, 'warnings.txt');
  const env = { ...process.env, NODE_REDIRECT_WARNINGS: warnings };
  const tally: Tally = { passed: 0, failed: 0 };
  // The 'exit' event also ends the running test files.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  try {
    const sources = await compile('.').catch((cause: Error) => cause);
    if (sources instanceof Error) {
      process.stdout.write(`not ok - the sources compile: ${sources.message}\n`);
      return { passed: 0, failed: 1 };
    }
    const tests = files.length > 0 ? files : sources.filter((file) => /^test\/.*\.test\.ts$/.test(file));
    await inTurns([...tests].sort(widestFirst), JOBS, async (file, number) => {
      const began = performance.now();
      const output = join(folder, `${number}.tap`);
      const { passed, failed, why } = await runTestFile(compiledOf(file), {
        ...{ output, env },
        timeout: TIMEOUT_MS,
        grace: GRACE_MS,
      });
      tally.passed += passed;
      tally.failed += failed;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const failures = failed > 0 ? `, ${failed} failed${why === undefined ? '' : `: ${why}`}` : '';
      process.stdout.write(`${failed > 0 ? 'not ok' : 'ok'} - ${file} (${passed} passed${failures}, ${seconds} s)\n`);
      if (failed > 0 && why === undefined)
        await exitOf([TAP, 'run', '--reporter=terse', '--disable-coverage', output], quiet(env));
      rmSync(output);
    });
    const warned = existsSync(warnings) ? readFileSync(warnings, 'utf8') : '';
    if (warned !== '') process.stdout.write(`not ok - Node printed warnings in test processes:\n${warned}`);
    tally.failed += warningsIn(warned).length;
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tests of the whole camd take longest, so they run first, in parallel with others. */
function widestFirst(a: string, b: string): number {
  return a.split('/').length - b.split('/').length || a.localeCompare(b);
}

/** Node's warnings: a leak, or a deprecated feature. None is allowed. */
export function warningsIn(text: string): string[] {
  return [...text.matchAll(/^\(node:\d+\) (.*Warning: .*)$/gm)].map(([, warning = '']) => warning);
}

function quiet(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // In a pipe, the reporter would still redraw its lines with escape codes; in CI it writes one line per file.
  const still = process.stdout.isTTY ? {} : { CI: '1' };
  return { ...env, ...still, npm_config_loglevel: 'error' };
}
