// The health of a node: the state its plugin reports, refused frames, and full queues.

import { isFinal } from '../../contract/final.ts';
import { sentence } from '../../contract/problems.ts';

/** A single rejected picture does not affect the health of the node; this many in a row do. */
export const REJECTED_IN_A_ROW = 10;

const CROWDED = 'it is too slow for the incoming frames: its queue is full and frames are skipped';

export interface Health {
  degraded(why: string): void;
  healthy(): void;
  /** The queue of this input is full (true) or has room again (false). */
  full(option: string, is: boolean): void;
  /** A frame was refused. A refusal in `passedOn` belongs to a node further downstream. */
  refused(cause: unknown): void;
  /** A frame was accepted. */
  accepted(): void;
}

export interface HealthOptions {
  /** Refusals already counted for another node. */
  readonly passedOn: WeakSet<object>;
  /** The reason; undefined when healthy. */
  onChange(why: string | undefined): void;
  onRefused(): void;
}

export function createHealth({ passedOn, onChange, onRefused }: HealthOptions): Health {
  const crowded = new Set<string>();
  let trouble: string | undefined;
  /** The reason of the last refusal, until a frame is accepted again. */
  let refusing: string | undefined;
  let inARow = 0;
  const update = (): void => onChange(trouble ?? refusing ?? (crowded.size > 0 ? CROWDED : undefined));
  return {
    degraded(why) {
      trouble = why;
      update();
    },
    healthy() {
      trouble = undefined;
      refusing = undefined;
      update();
    },
    full(option, is) {
      if (is) crowded.add(option);
      else crowded.delete(option);
      update();
    },
    refused(cause) {
      if (typeof cause === 'object' && cause !== null) {
        if (passedOn.has(cause)) return;
        passedOn.add(cause);
      }
      inARow++;
      onRefused();
      if (isFinal(cause) && inARow < REJECTED_IN_A_ROW) return;
      refusing = sentence(cause);
      update();
    },
    accepted() {
      inARow = 0;
      if (refusing === undefined) return;
      refusing = undefined;
      update();
    },
  };
}
