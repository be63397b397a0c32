// Samples the metrics of every node over the last hour, with bounded memory.

import type { NodeStatus } from '../../../core/contract/status.ts';
import type { Counters } from './api/nodes.ts';

/** Milliseconds between two samples, and samples per series: one hour. */
export const STEP_MS = 10_000;
export const SAMPLES = 360;
/** Most series of all nodes; further ones are dropped. */
export const MAX_SERIES = 2048;

interface Series {
  readonly is: 'counter' | 'gauge';
  readonly values: Float32Array;
  last: number | undefined;
}

export interface CounterHistory {
  /** `at`: milliseconds since the epoch. */
  sample(nodes: readonly NodeStatus[], at: number): void;
  of(node: string): Counters;
}

export function createCounterHistory(): CounterHistory {
  const nodes = new Map<string, Map<string, Series>>();
  let taken = 0;
  let series = 0;
  let lastAt = 0;

  const put = (node: string, name: string, is: Series['is'], value: number): void => {
    const own = nodes.get(node) ?? new Map<string, Series>();
    nodes.set(node, own);
    let found = own.get(name);
    if (!found) {
      if (series >= MAX_SERIES) return;
      series++;
      found = { is, values: new Float32Array(SAMPLES).fill(Number.NaN), last: undefined };
      own.set(name, found);
    }
    const { last } = found;
    found.last = value;
    // A counter that decreased belongs to a restarted node.
    const shown =
      is === 'gauge' ? value : last === undefined || value < last ? Number.NaN : ((value - last) / STEP_MS) * 1000;
    found.values[taken % SAMPLES] = shown;
  };

  return {
    sample(statuses, at) {
      const present = new Set(statuses.map(({ id }) => id));
      for (const [id, own] of nodes) {
        if (present.has(id)) continue;
        series -= own.size;
        nodes.delete(id);
      }
      for (const own of nodes.values()) for (const { values } of own.values()) values[taken % SAMPLES] = Number.NaN;
      for (const {
        id,
        rate,
        framesIn,
        framesOut,
        bytesOut,
        skipped,
        refused,
        restarts,
        reserved,
        metrics,
      } of statuses) {
        put(id, 'rate', 'gauge', rate);
        for (const [name, value] of Object.entries({ framesIn, framesOut, bytesOut, skipped, refused, restarts }))
          put(id, name, 'counter', value);
        put(id, 'reserved', 'gauge', reserved);
        for (const [name, value] of Object.entries(metrics))
          put(id, name, name.endsWith('_total') ? 'counter' : 'gauge', value);
      }
      taken++;
      lastAt = at;
    },
    of(node) {
      const count = Math.min(taken, SAMPLES);
      const at = (index: number): number => (taken - count + index) % SAMPLES;
      return {
        step: STEP_MS,
        from: lastAt - (count - 1) * STEP_MS,
        series: [...(nodes.get(node) ?? [])].map(([name, { is, values }]) => ({
          name,
          is,
          values: Array.from({ length: count }, (_, index) => {
            const value = values[at(index)];
            return value === undefined || Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
          }),
        })),
      };
    },
  };
}
