// Lets one system call of a running process go wrong, or kills the process in it: strace, attached while a function runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from '../support/until.ts';

/** The tampering: the process is killed before the call, the call returns an error, or it begins late. */
export type Tampering = 'SIGKILL' | 'EIO' | 'ENOSPC' | 'EROFS' | { readonly delayMs: number };

/** Milliseconds for strace to detach from all threads. */
const DETACH_MS = 5000;

const actionOf = (tampering: Tampering): string => {
  if (tampering === 'SIGKILL') return 'signal=SIGKILL';
  return typeof tampering === 'string' ? `error=${tampering}` : `delay_enter=${tampering.delayMs * 1000}`;
};

/** Runs `work` while strace is attached to the process. Resolves also when the process dies. */
async function attached(pid: number, options: readonly string[], work: () => Promise<void>): Promise<void> {
  const child = spawn('strace', ['-f', '-p', String(pid), ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await until(() => output.includes('attached') || child.exitCode !== null, 'strace to be attached', 30_000);
  if (child.exitCode !== null) throw new Error(`strace cannot attach to the process: ${output.trim()}`);
  try {
    await work();
  } finally {
    if (child.exitCode === null) child.kill('SIGINT');
    // If the process dies while strace detaches, strace may wait for its first thread and leave the end of another one unread, for ever.
    const stuck = setTimeout(() => child.kill('SIGKILL'), DETACH_MS);
    await ended;
    clearTimeout(stuck);
  }
}

/** The n-th call of this name by any thread is tampered with. `when` "2+": the second one and all that follow. */
export const tampered = (pid: number, call: string, when: string, how: Tampering, work: () => Promise<void>) =>
  attached(pid, ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${actionOf(how)}:when=${when}`], work);

/** The number of each of these calls while `work` runs: the largest count of any thread. */
export async function counted(
  pid: number,
  calls: readonly string[],
  log: string,
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  await attached(pid, ['-o', log, '-e', `trace=${calls.join(',')}`], work);
  const counts = new Map<string, number>();
  const lines = [...readFileSync(log, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)];
  for (const call of calls) {
    const matches = call.startsWith('/') ? new RegExp(call.slice(1)) : new RegExp(`^${call}$`);
    const threads = new Map<string, number>();
    for (const [, thread = '', name = ''] of lines) {
      if (matches.test(name)) threads.set(thread, (threads.get(thread) ?? 0) + 1);
    }
    counts.set(call, Math.max(0, ...threads.values()));
  }
  return counts;
}
