// One budget of bytes for data from clients and cameras, shared by all nodes of a process and counted per node.

import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';

export interface Memory {
  /** Reserves bytes until they are released; undefined if there are not enough left. */
  take(bytes: number): (() => void) | undefined;
}

export interface MemoryBudget {
  /** Sets the number of bytes that may be reserved. Reservations above a smaller limit stay. */
  limit(bytes: number): void;
  readonly most: number;
  readonly used: number;
  /** Number of refused requests so far. */
  readonly refused: number;
  usedBy(holder: string): number;
  for(holder: string): Memory;
}

const MOST_BY_DEFAULT = 512 * 2 ** 20;

/** 512 MiB, or a quarter of the memory of this machine or container if that is less. */
export function defaultBudget(): number {
  const total = totalmem();
  const constrained = constrainedMemory();
  const own = constrained > 0 && constrained < total ? constrained : total;
  return Math.min(MOST_BY_DEFAULT, Math.floor(own / 4));
}

export function createMemoryBudget(most: number): MemoryBudget {
  const holders = new Map<string, number>();
  let limit = most;
  let used = 0;
  let refused = 0;
  const add = (holder: string, bytes: number): void => {
    used += bytes;
    const left = (holders.get(holder) ?? 0) + bytes;
    if (left > 0) holders.set(holder, left);
    else holders.delete(holder);
  };
  return {
    limit(bytes) {
      limit = bytes;
    },
    get most() {
      return limit;
    },
    get used() {
      return used;
    },
    get refused() {
      return refused;
    },
    usedBy: (holder) => holders.get(holder) ?? 0,
    for: (holder) => ({
      take(bytes) {
        if (used + bytes > limit) {
          refused++;
          return undefined;
        }
        add(holder, bytes);
        let held = true;
        return () => {
          if (held) add(holder, -bytes);
          held = false;
        };
      },
    }),
  };
}
