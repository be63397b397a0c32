// Loads sharp on first use.

import { environment } from '../../../core/contract/problems.ts';

export type Sharp = typeof import('sharp').default;

/** Rejects with a Fault that says what to install when it is missing. */
export async function loadSharp(): Promise<Sharp> {
  let sharp: Sharp;
  try {
    sharp = (await import('sharp')).default;
  } catch (cause) {
    throw environment(
      'sharp-missing',
      'Changing pictures needs the package sharp; install it with "npm install sharp".',
      cause,
    );
  }
  // Frames are all different: a cache of operations only holds memory. Jobs run side by side, not each on all cores.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}
