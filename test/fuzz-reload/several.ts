// Several sequences side by side: most of the time of each is spent waiting for pictures.

import { sequence } from './sequence.ts';

export interface Plan {
  readonly first: number;
  readonly count: number;
  readonly steps: number;
  readonly parallel: number;
}

export interface Result {
  readonly reloads: number;
  readonly refused: number;
  readonly faults: readonly string[];
}

/** `onDone` gets the number of sequences that are done, and the faults of the last one. */
export async function sequences(
  { first, count, steps, parallel }: Plan,
  onDone: (done: number, faults: readonly string[]) => void = () => {},
): Promise<Result> {
  let next = first;
  let done = 0;
  let reloads = 0;
  let refused = 0;
  const faults: string[] = [];
  const work = async (): Promise<void> => {
    while (next < first + count) {
      const outcome = await one(next++, steps);
      reloads += outcome.reloads;
      refused += outcome.refused;
      faults.push(...outcome.faults);
      onDone(++done, outcome.faults);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return { reloads, refused, faults };
}

/** What a sequence throws is a fault of its own; the others go on. */
async function one(seed: number, steps: number): Promise<Result> {
  const cleanups: (() => void | Promise<void>)[] = [];
  try {
    return await sequence({ teardown: (work) => void cleanups.unshift(work) }, seed, steps);
  } catch (cause) {
    return { reloads: 0, refused: 0, faults: [`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`] };
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}
