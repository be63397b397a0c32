// Tracks which consumers of an output are ready, so that no frame is acknowledged while a required one is absent.

import type { Delivery } from '../../contract/plugin.ts';
import { environment } from '../../contract/problems.ts';

/** How long a frame that waits to be acknowledged waits for a consumer that is away. */
export const AWAY_MS = 10_000;

export interface Readiness {
  /** The consumers that the profile names, and how each takes frames. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  arrive(id: string): void;
  leave(id: string): void;
  /** Every expected consumer is there. */
  readonly complete: boolean;
  /** Every expected consumer that acknowledges, itself or for those behind it, is there. */
  readonly settled: boolean;
  /** Resolves when it is settled; rejects with a Fault when that takes too long. */
  wait(): Promise<void>;
}

export function createReadiness(): Readiness {
  const present = new Map<string, number>();
  const waiting = new Set<() => void>();
  let expected: ReadonlyMap<string, Delivery> = new Map();
  let complete = true;
  let settled = true;

  const away = (): string[] => [...expected.keys()].filter((id) => !present.has(id));
  const look = (): void => {
    const missing = away();
    complete = missing.length === 0;
    settled = missing.every((id) => expected.get(id) === 'live');
    if (settled) for (const resolve of [...waiting]) resolve();
  };

  return {
    expect(consumers) {
      expected = consumers;
      look();
    },
    arrive(id) {
      present.set(id, (present.get(id) ?? 0) + 1);
      if (!complete) look();
    },
    leave(id) {
      const left = (present.get(id) ?? 1) - 1;
      if (left > 0) present.set(id, left);
      else present.delete(id);
      look();
    },
    get complete() {
      return complete;
    },
    get settled() {
      return settled;
    },
    wait() {
      if (settled) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(arrived);
          reject(environment('consumer-away', `${away().join(', ')} cannot take frames now; send it again later`));
        }, AWAY_MS);
        const arrived = (): void => {
          clearTimeout(late);
          waiting.delete(arrived);
          resolve();
        };
        waiting.add(arrived);
      });
    },
  };
}
