// Tracks which consumers of an output are ready, so that no frame is acknowledged while a required one is absent.

import type { Delivery } from '../../contract/plugin.ts';

export interface Readiness {
  /** The consumers that the profile names, and how each takes frames. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  arrive(id: string): void;
  leave(id: string): void;
  /** Every expected consumer is there. */
  readonly complete: boolean;
  /** Expected consumers that acknowledge, themselves or for those behind them, and are away. */
  readonly absent: readonly string[];
}

const NOBODY: readonly string[] = [];

export function createReadiness(): Readiness {
  const present = new Map<string, number>();
  let expected: ReadonlyMap<string, Delivery> = new Map();
  let complete = true;
  let absent = NOBODY;

  const look = (): void => {
    const away = [...expected.keys()].filter((id) => !present.has(id));
    complete = away.length === 0;
    absent = complete ? NOBODY : away.filter((id) => expected.get(id) !== 'live');
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
    get absent() {
      return absent;
    },
  };
}
