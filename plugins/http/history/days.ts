// Lists the days that have pictures, for the calendar.

import { setImmediate } from 'node:timers/promises';
import type { Store } from '../../../core/contract/plugin.ts';
import { type Zone, zone } from '../../kit/time/zone.ts';

const DAY = 86_400_000;
/** Most days in one answer. */
export const MAX_DAYS = 400;

export interface DaysQuery {
  /** Milliseconds since the epoch, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly zone: Zone;
}

/** Returns a string to describe an error. `range`: the result of readQuery. */
export function readDays(text: string, range: { readonly from?: number; readonly to?: number }): DaysQuery | string {
  const { from, to } = range;
  if (from === undefined || to === undefined) return 'days requires from and to';
  if (to - from > MAX_DAYS * DAY) return `days covers at most ${MAX_DAYS} days`;
  const name = new URLSearchParams(text).get('zone') ?? 'UTC';
  try {
    return { from, to, zone: zone(name) };
  } catch {
    return 'zone must be the name of a time zone such as Europe/Berlin';
  }
}

/** "2026-11-20" for every day with at least one picture, in local time of the zone. It costs one search per such day. */
export async function listDays(store: Store, camera: string, { from, to, zone: where }: DaysQuery): Promise<string[]> {
  const days: string[] = [];
  for (let at = from; at < to; ) {
    const [kept] = await store.list({ camera, from: at, to, order: 'oldest-first', limit: 1 });
    if (!kept) break;
    const local = kept.time + where.offset(kept.time);
    days.push(new Date(local).toISOString().slice(0, 10));
    const midnight = Math.floor(local / DAY) * DAY + DAY;
    at = Math.max(kept.time + 1, where.instants(midnight)[0] ?? midnight - where.offset(kept.time));
    await setImmediate();
  }
  return days;
}
