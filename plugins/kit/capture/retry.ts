// Delay before a source retries: short for a lost feed, long after refused credentials, which could lock an account.

import type { Milliseconds } from '../../../core/base/units.ts';
import { isFault } from '../../../core/contract/problems.ts';
import { type Backoff, createBackoff } from '../work/backoff.ts';

/** Code of the Fault for refused credentials. */
export const REFUSED = 'refused-credentials';

const FIRST_MS = 200;
const MOST_MS = 5000;
/** IP cameras lock an account for half an hour after five to seven wrong answers in a row. */
const REFUSED_FIRST_MS = 10_000;
const REFUSED_MOST_MS = 300_000;

export interface Retry {
  /** Milliseconds to wait after this failure. */
  after(cause: unknown): Milliseconds;
  reset(): void;
}

export function createRetry(most: Milliseconds = MOST_MS, random: () => number = Math.random): Retry {
  const lost: Backoff = createBackoff({ first: FIRST_MS, most, random });
  const refused: Backoff = createBackoff({ first: REFUSED_FIRST_MS, most: REFUSED_MOST_MS, random });
  return {
    after: (cause) => (isFault(cause) && cause.code === REFUSED ? refused : lost).next(),
    reset() {
      lost.reset();
      refused.reset();
    },
  };
}
