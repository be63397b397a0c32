// Runs the test files with tap and counts results from its raw output.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, compiledOf } from '../../packaging/compile.ts';
import { exitOf } from './process.ts';

export interface Tally {
  passed: number;
  failed: number;
}

/** The program behind `tap`, which looks for itself in the packages of the folder above. */
const TAP = 'test/node_modules/.bin/tap-run';
const TOTALS = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/gm;

/** All test files, or the given ones. An assertion is a test here; a crash, a time-out and a skipped test are failures. */
export async function runTestFiles(files: readonly string[]): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tap-'));
  const output = join(folder, 'out.tap');
  const warnings = join(folder, 'warnings.txt');
  try {
    const sources = await compile('.');
    const tests = files.length > 0 ? files : sources.filter((file) => /^test\/.*\.test\.ts$/.test(file));
    // Applies the plugin line of .taprc; without it tap would read TypeScript with its own, slower loader.
    await exitOf([TAP, 'build'], quiet());
    const env = { ...quiet(), NODE_REDIRECT_WARNINGS: warnings };
    const code = await exitOf(
      [TAP, 'run', '--reporter=base', `--output-file=${output}`, ...tests.map(compiledOf)],
      env,
    );
    const tally = existsSync(output) ? totalsOf(readFileSync(output, 'utf8')) : { passed: 0, failed: 0 };
    const warned = existsSync(warnings) ? readFileSync(warnings, 'utf8') : '';
    if (warned !== '') process.stdout.write(`not ok - test processes were warned by Node:\n${warned}`);
    tally.failed += warningsIn(warned).length;
    // A run that failed in a way that no assertion tells of (a signal, a crash of the runner) must not look green.
    return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last summary line of raw TAP; everything that did not pass has failed. */
export function totalsOf(tap: string): Tally {
  const last = [...tap.matchAll(TOTALS)].at(-1);
  const total = Number(last?.[1] ?? 0);
  const passed = Number(last?.[2] ?? 0);
  return { passed, failed: total - passed };
}

/** What Node warns of: a leak, or something that will stop working. None is allowed. */
export function warningsIn(text: string): string[] {
  return [...text.matchAll(/^\(node:\d+\) (.*Warning: .*)$/gm)].map(([, warning = '']) => warning);
}

function quiet(): NodeJS.ProcessEnv {
  // In a pipe the reporter would redraw its lines with escape codes all the same; in CI it writes one line per file.
  const still = process.stdout.isTTY ? {} : { CI: '1' };
  return { ...process.env, ...still, npm_config_loglevel: 'error' };
}
