// How a node is doing: what its plugin reports, frames that it refuses, and queues that are full.

import { isFinal } from '../../contract/final.ts';
import { sentence } from '../../contract/problems.ts';

/** A picture that is rejected for good says nothing of the node; so many in a row do. */
export const REJECTED_IN_A_ROW = 10;

const CROWDED = 'it is too slow for the frames that come: its queue is full and frames are skipped';

export interface Health {
  degraded(why: string): void;
  healthy(): void;
  /** The queue of this input is full (true) or has room again (false). */
  full(option: string, is: boolean): void;
  /** A frame was refused. Refusals in `passedOn` are those of a node further on. */
  refused(cause: unknown): void;
  /** A frame was taken. */
  accepted(): void;
}

export interface HealthOptions {
  /** Refusals that have been counted for another node. */
  readonly passedOn: WeakSet<object>;
  /** The reason, undefined when all is well. */
  onChange(why: string | undefined): void;
  onRefused(): void;
}

export function createHealth({ passedOn, onChange, onRefused }: HealthOptions): Health {
  const crowded = new Set<string>();
  let trouble: string | undefined;
  /** Why the last frame was refused, until one is taken again. */
  let refusing: string | undefined;
  let inARow = 0;
  const look = (): void => onChange(trouble ?? refusing ?? (crowded.size > 0 ? CROWDED : undefined));
  return {
    degraded(why) {
      trouble = why;
      look();
    },
    healthy() {
      trouble = undefined;
      refusing = undefined;
      look();
    },
    full(option, is) {
      if (is) crowded.add(option);
      else crowded.delete(option);
      look();
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
      look();
    },
    accepted() {
      inARow = 0;
      if (refusing === undefined) return;
      refusing = undefined;
      look();
    },
  };
}
