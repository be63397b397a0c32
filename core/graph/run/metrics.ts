// The counters and gauges of one node, kept across its restarts.

import type { Metrics } from '../../contract/plugin.ts';

/** Most metric names per node; further ones are ignored. */
export const MAX_METRICS = 256;

export interface MetricsControl extends Metrics {
  /** The current values of all counters and gauges. */
  read(): Readonly<Record<string, number>>;
  /** Gauges belong to an instance and are dropped with it; counters stay. */
  dropGauges(): void;
}

export function createMetrics(): MetricsControl {
  const counters = new Map<string, number>();
  const gauges = new Map<string, () => number>();
  return {
    count(name, by = 1) {
      const before = counters.get(name);
      if (before === undefined && counters.size >= MAX_METRICS) return;
      counters.set(name, (before ?? 0) + by);
    },
    gauge(name, read) {
      if (gauges.has(name) || gauges.size < MAX_METRICS) gauges.set(name, read);
    },
    read() {
      const values: Record<string, number> = Object.fromEntries(counters);
      for (const [name, read] of gauges) values[name] = read();
      return values;
    },
    dropGauges: () => gauges.clear(),
  };
}
