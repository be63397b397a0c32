// Loads sharp on first use.

import { optionalPackage } from '../packages/optional.ts';

export type Sharp = typeof import('sharp').default;

let loaded: Sharp | undefined;

/** Rejects with a Fault that names the package to install when it is missing. */
export async function loadSharp(): Promise<Sharp> {
  const { default: sharp } = await optionalPackage('sharp', 'Changing pictures needs', () => import('sharp'));
  // All frames differ, so a cache of operations only uses memory. Jobs run in parallel, not each on all cores.
  sharp.cache(false);
  sharp.concurrency(1);
  loaded = sharp;
  return sharp;
}

/** Number of jobs that wait or run. */
export function sharpJobs(): number {
  if (!loaded) return 0;
  const { queue, process } = loaded.counters();
  return queue + process;
}
