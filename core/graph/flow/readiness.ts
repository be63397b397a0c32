// Tracks which consumers of an output are present, so that no frame is acknowledged while a required one is absent.

import type { Delivery } from '../../contract/plugin.ts';

export interface Readiness {
  /** Sets the consumers that the profile names, and the delivery of each. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  arrive(id: string): void;
  leave(id: string): void;
  /** True if every expected consumer is present. */
  readonly complete: boolean;
  /** Absent expected consumers that acknowledge, themselves or through their own consumers. */
  readonly absent: readonly string[];
}

const NO_CONSUMERS: readonly string[] = [];

export function createReadiness(): Readiness {
  const present = new Map<string, number>();
  let expected: ReadonlyMap<string, Delivery> = new Map();
  let complete = true;
  let absent = NO_CONSUMERS;

  const update = (): void => {
    const away = [...expected.keys()].filter((id) => !present.has(id));
    complete = away.length === 0;
    absent = complete ? NO_CONSUMERS : away.filter((id) => expected.get(id) !== 'live');
  };

  return {
    expect(consumers) {
      expected = consumers;
      update();
    },
    arrive(id) {
      present.set(id, (present.get(id) ?? 0) + 1);
      if (!complete) update();
    },
    leave(id) {
      const left = (present.get(id) ?? 1) - 1;
      if (left > 0) present.set(id, left);
      else present.delete(id);
      update();
    },
    get complete() {
      return complete;
    },
    get absent() {
      return absent;
    },
  };
}
