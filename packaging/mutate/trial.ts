// Tries one fault after the other: the nearest tests that pass without it are run with it until one of them notices.

import type { Checkout } from './checkout.ts';
import { applied, type Mutant } from './mutants.ts';

export type Outcome =
  | { readonly is: 'killed'; readonly by: string }
  | { readonly is: 'late'; readonly by: string }
  | { readonly is: 'survived'; readonly tests: readonly string[] }
  /** No test reaches the file. */
  | { readonly is: 'untested' };

export interface TrialOptions {
  readonly checkout: Checkout;
  readonly related: (file: string) => readonly string[];
  /** Tests to run for one fault, the nearest first. */
  readonly mostTests: number;
  /** Without a fault a test that takes longer than this is not used, milliseconds. */
  readonly slowest: number;
}

/** A test with a fault in its way may take so much longer than without. */
const MARGIN = { factor: 3, ms: 15_000 };

export function createTrial({ checkout, related, mostTests, slowest }: TrialOptions) {
  /** Milliseconds that a test takes without a fault; undefined when it fails or takes too long. */
  const times = new Map<string, number | undefined>();
  const timeOf = async (test: string): Promise<number | undefined> => {
    if (!times.has(test)) {
      const began = performance.now();
      const verdict = await checkout.test(test, slowest);
      times.set(test, verdict === 'passed' ? performance.now() - began : undefined);
    }
    return times.get(test);
  };

  return async (mutant: Mutant): Promise<Outcome> => {
    const change = (text: string): string => applied(text, mutant);
    const tests: string[] = [];
    for (const test of related(mutant.file)) {
      if (tests.length === mostTests) break;
      const time = await timeOf(test);
      if (time === undefined) continue;
      const bound = MARGIN.factor * time + MARGIN.ms;
      const verdict = await checkout.with(mutant.file, change, () => checkout.test(test, bound));
      if (verdict !== 'passed') return { is: verdict === 'late' ? 'late' : 'killed', by: test };
      tests.push(test);
    }
    return tests.length === 0 ? { is: 'untested' } : { is: 'survived', tests };
  };
}
