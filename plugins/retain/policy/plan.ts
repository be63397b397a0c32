// Selects the stored pictures to delete, from the rules and the time. Pure.

import type { Zone } from '../../kit/time/zone.ts';

export type Period = 'minute' | 'hour' | 'day' | 'week' | 'month';

/** After the age `after` (ms), only the first picture of every calendar period is kept. */
export interface Thinning {
  readonly after: number;
  readonly onePer: Period;
}

export interface Rules {
  /** Milliseconds. */
  readonly maxAge?: number;
  /** Most pictures per camera. */
  readonly maxCount?: number;
  /** Most bytes of all cameras together. */
  readonly maxBytes?: number;
  readonly thin: readonly Thinning[];
  /** Number of the newest pictures of each camera that no other rule deletes. */
  readonly keepAtLeast: number;
}

/** The facts about a stored picture for the planner. */
export interface Item {
  readonly id: string;
  readonly camera: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Bytes. */
  readonly size: number;
}

export type Reason = 'max_age' | 'thin' | 'max_count' | 'max_bytes';

export interface Deletion<T extends Item = Item> {
  readonly item: T;
  readonly reason: Reason;
}

/** A picture dated further in the future was taken with a wrong clock. Milliseconds. */
export const AHEAD = 3_600_000;

/**
 * The deletions by age, thinning and count among one camera's pictures, which must be sorted oldest first. The result has the same
 * order. After these deletions, another plan is empty.
 */
export function planCamera<T extends Item>(items: readonly T[], rules: Rules, now: number, zone: Zone): Deletion<T>[] {
  // Once the clock is trusted, pictures from the future count as the oldest, so that they do not displace real ones.
  const ahead = items.filter(({ time }) => time > now + AHEAD);
  const order = ahead.length === 0 ? items : [...ahead, ...items.filter(({ time }) => time <= now + AHEAD)];
  const last = order.length - Math.min(rules.keepAtLeast, order.length);
  const tiers = [...rules.thin].sort((a, b) => b.after - a.after);
  const deletions = new Map<T, Reason>();
  const seen = new Set<string>();

  for (const [index, item] of order.entries()) {
    const age = now - item.time;
    if (rules.maxAge !== undefined && age > rules.maxAge && index < last) {
      deletions.set(item, 'max_age');
      continue;
    }
    const tier = tiers.find(({ after }) => age > after);
    if (!tier) continue;
    const period = periodOf(item.time, tier.onePer, zone);
    if (seen.has(period) && index < last) deletions.set(item, 'thin');
    seen.add(period);
  }

  if (rules.maxCount !== undefined) {
    const left = order.filter((item) => !deletions.has(item));
    const excess = left.length - Math.max(rules.maxCount, rules.keepAtLeast);
    for (const item of left.slice(0, Math.max(0, excess))) deletions.set(item, 'max_count');
  }
  return items.flatMap((item) => {
    const reason = deletions.get(item);
    return reason === undefined ? [] : [{ item, reason }];
  });
}

/** The first of `items` that are not `spared` and together free at least `excess` bytes. */
export function planBytes<T extends Item>(
  items: Iterable<T>,
  excess: number,
  spared: ReadonlySet<string>,
): Deletion<T>[] {
  const deletions: Deletion<T>[] = [];
  let left = excess;
  for (const item of items) {
    if (left <= 0) break;
    if (spared.has(item.id)) continue;
    deletions.push({ item, reason: 'max_bytes' });
    left -= item.size;
  }
  return deletions;
}

/** Applies all rules to all cameras; `items` in any order. */
export function plan<T extends Item>(items: readonly T[], rules: Rules, now: number, zone: Zone): Deletion<T>[] {
  const sorted = [...items].sort(byAge);
  const cameras = new Map<string, T[]>();
  for (const item of sorted) {
    const camera = cameras.get(item.camera);
    if (camera) camera.push(item);
    else cameras.set(item.camera, [item]);
  }
  const deletions: Deletion<T>[] = [];
  const spared = new Set<string>();
  for (const camera of cameras.values()) {
    deletions.push(...planCamera(camera, rules, now, zone));
    const dated = [
      ...camera.filter(({ time }) => time > now + AHEAD),
      ...camera.filter(({ time }) => time <= now + AHEAD),
    ];
    if (rules.keepAtLeast > 0) for (const { id } of dated.slice(-rules.keepAtLeast)) spared.add(id);
  }
  if (rules.maxBytes === undefined) return deletions;
  const gone = new Set(deletions.map(({ item }) => item.id));
  const left = sorted.filter(({ id }) => !gone.has(id));
  const bytes = left.reduce((sum, { size }) => sum + size, 0);
  const candidates = [
    ...left.filter(({ time }) => time > now + AHEAD),
    ...left.filter(({ time }) => time <= now + AHEAD),
  ];
  return [...deletions, ...planBytes(candidates, bytes - rules.maxBytes, spared)];
}

export const byAge = (a: Item, b: Item): number =>
  a.time - b.time ||
  (a.camera < b.camera ? -1 : a.camera > b.camera ? 1 : 0) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** A name of the calendar period that contains `time` in the time zone. */
export function periodOf(time: number, period: Period, zone: Zone): string {
  const offset = zone.offset(time);
  const local = new Date(time + offset);
  // The repeated hour in autumn is two hours: the offset distinguishes them.
  if (period === 'minute') return `minute ${local.toISOString().slice(0, 16)} ${offset}`;
  if (period === 'hour') return `hour ${local.toISOString().slice(0, 13)} ${offset}`;
  if (period === 'day') return `day ${local.toISOString().slice(0, 10)}`;
  if (period === 'month') return `month ${local.toISOString().slice(0, 7)}`;
  // Weeks start on Monday; 1970-01-01 was a Thursday.
  return `week ${Math.floor((Math.floor((time + offset) / 864e5) + 3) / 7)}`;
}
