// Loads sharp on first use.

import { optionalPackage } from '../packages/optional.ts';

export type Sharp = typeof import('sharp').default;

/** Rejects with a Fault that says what to install when it is missing. */
export async function loadSharp(): Promise<Sharp> {
  const { default: sharp } = await optionalPackage('sharp', 'Changing pictures needs', () => import('sharp'));
  // Frames are all different: a cache of operations only holds memory. Jobs run side by side, not each on all cores.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}
