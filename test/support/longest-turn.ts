// Measures the processor time of the longest turn of the event loop, independent of other work on the machine.

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** Limit of the wait of other clients, whatever one client sends, in milliseconds. */
export const CEILING_MS = 100;

/** The best of several attempts counts, because code is slow on its first run. */
const ATTEMPTS = 12;

/** Milliseconds of processor time of this thread, or of the whole process if the kernel has no such figure. */
const spent: () => number = (() => {
  const file = `/proc/self/task/${process.pid}/schedstat`;
  const own = (): number => Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6;
  try {
    if (own() > 0) return own;
  } catch {
    // No such file.
  }
  return () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
})();

/** Milliseconds of the longest turn while `work` runs, in the best of several attempts. */
export async function longestTurn(work: () => void | Promise<void>): Promise<number> {
  const begun = performance.now();
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && (best > CEILING_MS / 2 || attempt === 0); attempt++) {
    best = Math.min(best, await once(work));
    // A freeze of many seconds is not repeated.
    if (performance.now() - begun > 20_000) break;
  }
  return best;
}

async function once(work: () => void | Promise<void>): Promise<number> {
  let longest = 0;
  let running = true;
  let before = spent();
  const look = (): void => {
    const now = spent();
    longest = Math.max(longest, now - before);
    before = now;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  before = spent();
  try {
    await work();
  } finally {
    running = false;
  }
  return Math.max(longest, spent() - before);
}
