// Runs one test file as a separate process and counts the results in its raw output.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { NODE_OPTIONS } from '../../packaging/compile.ts';

export interface Tally {
  passed: number;
  failed: number;
}

export interface Run {
  /** File for the raw output. */
  readonly output: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds; a file may request another limit with `t.setTimeout`. */
  readonly timeout: number;
  /** Milliseconds for a file to report its own timeout before it is killed. */
  readonly grace: number;
}

/** Not run by the program `tap`, whose loaders for mocks and coverage double the time of each process, including the children of a test. */
const NODE_ARGS = [...NODE_OPTIONS, '--trace-warnings'];
const TOTALS = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/gm;

export interface Result extends Tally {
  /** The reason of a failure without a failed assertion. */
  readonly why?: string;
}

/** An assertion counts as a test; a crash, a timeout, a skipped test and a file without a test are failures. */
export async function runTestFile(file: string, run: Run): Promise<Result> {
  const output = await open(run.output, 'w');
  const env = { ...run.env, TAP_TIMEOUT: String(run.timeout / 1000) };
  const child = spawn(process.execPath, [...NODE_ARGS, file], {
    stdio: ['ignore', output.fd, 'inherit', 'ipc'],
    env,
  });
  let timer: NodeJS.Timeout | undefined;
  let timeoutReason: string | undefined;
  const kill = (ms: number): void => {
    timeoutReason = `killed: it had not ended after ${ms / 1000} s`;
    child.kill('SIGKILL');
  };
  const killAfter = (ms: number): void => {
    clearTimeout(timer);
    timer = ms > 0 ? setTimeout(kill, ms + run.grace, ms + run.grace) : undefined;
  };
  killAfter(run.timeout);
  const endWithRun = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithRun);
  // tap notifies its runner when a test requests more time.
  child.on('message', (message: { setTimeout?: unknown }) => {
    if (typeof message.setTimeout === 'number') killAfter(message.setTimeout);
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  clearTimeout(timer);
  process.off('exit', endWithRun);
  await output.close();
  const tally = totalsOf(readFileSync(run.output, 'utf8'));
  // A failure without a failed assertion (a signal, a crash, no test at all) must not count as passed.
  const why = timeoutReason ?? ended ?? (tally.passed + tally.failed === 0 ? 'it has no test' : undefined);
  return tally.failed > 0 || why === undefined ? tally : { ...tally, failed: 1, why };
}

/** The last summary line of raw TAP; each assertion that has not passed counts as failed. */
export function totalsOf(tap: string): Tally {
  const last = [...tap.matchAll(TOTALS)].at(-1);
  const total = Number(last?.[1] ?? 0);
  const passed = Number(last?.[2] ?? 0);
  return { passed, failed: total - passed };
}
