// Tries a fault: runs the tests that reach its place, until one of them detects it.

import type { Checkout } from './checkout.ts';
import { applied, type Mutant } from './mutants.ts';
import type { Reach } from './reach.ts';

export type Outcome =
  | { readonly is: 'killed'; readonly by: string }
  | { readonly is: 'late'; readonly by: string }
  | { readonly is: 'survived'; readonly tests: readonly string[] }
  /** No test reaches the place. */
  | { readonly is: 'untested' };

export interface TrialOptions {
  readonly reach: Reach;
  /** Tests of a source file, the nearest first. */
  readonly related: (file: string) => readonly string[];
  /** Limit of tests for one fault. */
  readonly mostTests: number;
}

/** Time limit of a test with a fault, relative to its duration without one. */
const MARGIN = { factor: 3, ms: 15_000 };
/** The number of nearest tests for a fault; the others are the fastest. */
const NEAREST = 3;

export function createTrial({ reach, related, mostTests }: TrialOptions) {
  return async (mutant: Mutant, checkout: Checkout): Promise<Outcome> => {
    const reaching = reach.tests(mutant);
    const near = related(mutant.file).filter((test) => reaching.has(test));
    const timeOf = (test: string): number => reach.times.get(test) ?? 0;
    const fast = near.slice(NEAREST).sort((a, b) => timeOf(a) - timeOf(b));
    const tests = [...near.slice(0, NEAREST), ...fast].slice(0, mostTests);
    const change = (text: string): string => applied(text, mutant);
    for (const by of tests) {
      const run = () => checkout.test(by, MARGIN.factor * timeOf(by) + MARGIN.ms);
      const verdict = await checkout.with(mutant.file, change, async () => {
        const first = await run();
        // An occasional failure must not count as a detection.
        return first === 'passed' ? first : run();
      });
      if (verdict !== 'passed') return { is: verdict === 'late' ? 'late' : 'killed', by };
    }
    return tests.length === 0 ? { is: 'untested' } : { is: 'survived', tests };
  };
}
