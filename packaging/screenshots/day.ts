// A day of simulated pictures of one camera for the documentation: two prints, and few pictures in between.

import { createHash } from 'node:crypto';
import type { Store } from '../../core/contract/ports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = new Date(2026, 9, 17).getTime();
/** Hours of the two prints. */
const PRINTS = [
  [8.2, 12.6],
  [14.4, 20.1],
] as const;

/** The time of the documentation's screenshot. */
export const SHOWN = MIDNIGHT + 16.9 * HOUR;

/** `stages`: pictures of a growing print, from empty to complete. */
export async function keepADay(store: Store, stages: readonly Buffer[]): Promise<void> {
  let seq = 0;
  for (let time = MIDNIGHT; time < MIDNIGHT + 24 * HOUR; time += MINUTE) {
    const hour = (time - MIDNIGHT) / HOUR;
    const print = PRINTS.findLast(([from]) => hour >= from);
    const grown = print ? Math.min(1, (hour - print[0]) / (print[1] - print[0])) : 1;
    const isPrinting = grown < 1;
    if (!isKept(time, isPrinting, hour)) continue;
    const data = stages[Math.floor(grown * (stages.length - 1))];
    if (!data) continue;
    seq += 1;
    const image = { data, type: 'image/jpeg', width: 960, height: 540, hasHeadroom: false } as const;
    await store.put({ ...image, camera: 'printer', time, arrived: 0, key: String(seq), seq, meta: {} });
  }
}

/** Simulates pictures that are stored on change: at random times, but the same in each run. */
function isKept(time: number, isPrinting: boolean, hour: number): boolean {
  const chance = (createHash('sha256').update(String(time)).digest()[0] ?? 0) / 256;
  if (isPrinting) return chance < 0.62 + 0.3 * Math.sin(hour * 1.9);
  return hour > 6.5 && hour < 22 && chance < 0.14;
}
