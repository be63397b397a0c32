// One retention run over a store: lists, plans and deletes.

import type { Kept, KeptQuery, Store } from '../../../core/contract/plugin.ts';
import type { Zone } from '../../kit/time/zone.ts';
import { type ClockReading, type ClockTrust, whyWait } from './clock-trust.ts';
import { AHEAD, type Deletion, planBytes, planCamera, type Rules } from './plan.ts';

/** Pictures listed per request to the store. */
const PAGE = 1000;

export interface RunOptions {
  readonly store: Store;
  readonly rules: Rules;
  readonly zone: Zone;
  readonly reading: ClockReading;
  readonly trust: ClockTrust;
  /** Milliseconds. */
  readonly hold: number;
  readonly maxDeletes: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  onDelete(deletion: Deletion<Kept>): void;
}

export interface RunResult {
  readonly deleted: number;
  readonly bytes: number;
  /** True when max_deletes cut the run short. */
  readonly more: boolean;
  /** Why only max_bytes was applied. */
  readonly waiting?: string;
}

export async function runOnce(options: RunOptions): Promise<RunResult> {
  const { store, rules, reading } = options;
  const now = reading.wall;
  const planned = new Set<string>();
  let plannedBytes = 0;
  let deleted = 0;
  let bytes = 0;
  let more = false;

  const carryOut = async (deletions: readonly Deletion<Kept>[]): Promise<void> => {
    for (const deletion of deletions) {
      options.signal.throwIfAborted();
      if (planned.size >= options.maxDeletes) {
        more = true;
        return;
      }
      planned.add(deletion.item.id);
      plannedBytes += deletion.item.size;
      // The store itself ignores pictures that are gone or not its own.
      if (!options.dryRun && !(await store.delete(deletion.item.id))) continue;
      deleted++;
      bytes += deletion.item.size;
      options.onDelete(deletion);
    }
  };

  const [newest] = await store.list({ order: 'newest-first', limit: 1 });
  const waiting = whyWait(options.trust, reading, { newest: newest?.time, reach: reachOf(rules) }, options.hold);
  if (waiting === undefined) {
    for (const camera of await store.cameras()) {
      const items: Kept[] = [];
      for await (const page of pages(store, { camera, order: 'oldest-first' })) items.push(...page);
      await carryOut(planCamera(items, rules, now, options.zone));
      if (more) break;
    }
  }
  if (rules.maxBytes !== undefined && !more) {
    const usage = await store.usage();
    let excess = usage.bytes - rules.maxBytes - (options.dryRun ? plannedBytes : 0);
    const spared = new Set([...planned, ...(excess > 0 ? await newestOfEach(options, waiting !== undefined) : [])]);
    for (const query of oldestFirst(now, waiting !== undefined)) {
      for await (const page of pages(store, query)) {
        const deletions = planBytes(page, excess, spared);
        await carryOut(deletions);
        excess -= deletions.reduce((sum, { item }) => sum + item.size, 0);
        if (excess <= 0 || more) break;
      }
      if (excess <= 0 || more) break;
    }
  }
  return { deleted, bytes, more, ...(waiting === undefined ? {} : { waiting }) };
}

/** The smallest age in the rules. */
function reachOf({ maxAge, thin }: Rules): number | undefined {
  const ages = [...(maxAge === undefined ? [] : [maxAge]), ...thin.map(({ after }) => after)];
  return ages.length === 0 ? undefined : Math.min(...ages);
}

/** Pictures from the future first, unless the clock itself is in doubt. */
const oldestFirst = (now: number, inDoubt: boolean): Omit<KeptQuery, 'limit'>[] =>
  inDoubt
    ? [{ order: 'oldest-first' }]
    : [
        { order: 'oldest-first', from: now + AHEAD + 1 },
        { order: 'oldest-first', to: now + AHEAD + 1 },
      ];

async function newestOfEach({ store, rules, reading }: RunOptions, inDoubt: boolean): Promise<string[]> {
  if (rules.keepAtLeast === 0) return [];
  const ids: string[] = [];
  for (const camera of await store.cameras()) {
    const to = inDoubt ? {} : { to: reading.wall + AHEAD + 1 };
    const kept = await store.list({ camera, order: 'newest-first', limit: rules.keepAtLeast, ...to });
    ids.push(...kept.map(({ id }) => id));
    const missing = rules.keepAtLeast - kept.length;
    if (missing <= 0 || inDoubt) continue;
    const ahead = await store.list({ camera, order: 'newest-first', limit: missing, from: reading.wall + AHEAD + 1 });
    ids.push(...ahead.map(({ id }) => id));
  }
  return ids;
}

async function* pages(store: Store, query: Omit<KeptQuery, 'limit'>): AsyncGenerator<readonly Kept[]> {
  let after: string | undefined;
  for (;;) {
    const page = await store.list({ ...query, limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page.length > 0) yield page;
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}
