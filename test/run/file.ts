// Runs one test file as a process of its own and counts results from its raw output.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { NODE_OPTIONS } from '../../packaging/compile.ts';

export interface Tally {
  passed: number;
  failed: number;
}

export interface Run {
  /** The raw output is written to this file. */
  readonly output: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds; a file may ask for another bound with `t.setTimeout`. */
  readonly timeout: number;
  /** Milliseconds that a file has to tell of its own time-out before it is killed. */
  readonly grace: number;
}

/** Not run by the program `tap`, whose loaders for mocks and coverage double the time of each process, also of those that a test starts. */
const NODE_ARGS = [...NODE_OPTIONS, '--trace-warnings'];
const TOTALS = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/gm;

export interface Result extends Tally {
  /** Why the file has failed, where no assertion tells. */
  readonly why?: string;
}

/** An assertion is a test here; a crash, a time-out, a skipped test and a file without a test are failures. */
export async function runTestFile(file: string, run: Run): Promise<Result> {
  const output = await open(run.output, 'w');
  const env = { ...run.env, TAP_TIMEOUT: String(run.timeout / 1000) };
  const child = spawn(process.execPath, [...NODE_ARGS, file], {
    stdio: ['ignore', output.fd, 'inherit', 'ipc'],
    env,
  });
  let bound: NodeJS.Timeout | undefined;
  let overdue: string | undefined;
  const kill = (ms: number): void => {
    overdue = `killed: it had not ended after ${ms / 1000} s`;
    child.kill('SIGKILL');
  };
  const killAfter = (ms: number): void => {
    clearTimeout(bound);
    bound = ms > 0 ? setTimeout(kill, ms + run.grace, ms + run.grace) : undefined;
  };
  killAfter(run.timeout);
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  // tap tells its runner when a test asks for more time.
  child.on('message', (told: { setTimeout?: unknown }) => {
    if (typeof told.setTimeout === 'number') killAfter(told.setTimeout);
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  clearTimeout(bound);
  process.off('exit', endWithUs);
  await output.close();
  const tally = totalsOf(readFileSync(run.output, 'utf8'));
  // What no assertion tells of (a signal, a crash, no test at all) must not look green.
  const why = overdue ?? ended ?? (tally.passed + tally.failed === 0 ? 'it has no test' : undefined);
  return tally.failed > 0 || why === undefined ? tally : { ...tally, failed: 1, why };
}

/** The last summary line of raw TAP; everything that did not pass has failed. */
export function totalsOf(tap: string): Tally {
  const last = [...tap.matchAll(TOTALS)].at(-1);
  const total = Number(last?.[1] ?? 0);
  const passed = Number(last?.[2] ?? 0);
  return { passed, failed: total - passed };
}
