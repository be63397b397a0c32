// Frames per second of every node, from one timer that reads the counters. It counts nothing itself.

import type { Hub } from './hub.ts';
import type { Slot } from './slot.ts';

const SAMPLE_MS = 1000;
/** Seconds over which a rate is taken. */
const SAMPLES = 5;

export interface Rates {
  /** Frames out per second, or in where nothing goes out. */
  of(id: string): number;
  stop(): void;
}

export function createRates(hubs: () => readonly Hub[], slots: () => readonly Slot[]): Rates {
  const samples: { at: number; out: Map<string, number>; in: Map<string, number> }[] = [];
  const take = (): void => {
    samples.push({
      at: performance.now(),
      out: new Map(hubs().map((hub) => [hub.id, hub.sent.frames])),
      in: new Map(slots().map((slot) => [slot.id, slot.received.frames])),
    });
    if (samples.length > SAMPLES + 1) samples.shift();
  };
  const timer = setInterval(take, SAMPLE_MS);
  timer.unref();
  return {
    of(id) {
      const first = samples[0];
      const last = samples.at(-1);
      if (!first || !last || last === first) return 0;
      const grown = (which: 'in' | 'out'): number => (last[which].get(id) ?? 0) - (first[which].get(id) ?? 0);
      const frames = grown('out') > 0 ? grown('out') : grown('in');
      return Math.max(0, (frames * 1000) / (last.at - first.at));
    },
    stop: () => clearInterval(timer),
  };
}
