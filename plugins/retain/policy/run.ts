// One retention run over a store: lists, plans and deletes.

import type { Kept, KeptQuery, Store } from '../../../core/contract/plugin.ts';
import type { Zone } from '../../kit/time/zone.ts';
import { type ClockReading, type ClockTrust, type History, whyWait } from './clock-trust.ts';
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
  /** True if the system reports a synchronised clock. */
  synchronised(): Promise<boolean>;
  onDelete(deletion: Deletion<Kept>): void;
}

export interface RunResult {
  readonly deleted: number;
  readonly bytes: number;
  /** True when max_deletes cut the run short. */
  readonly more: boolean;
  /** The reason if only max_bytes was applied. */
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

  /** False if `most` has cut it short. */
  const carryOut = async (deletions: readonly Deletion<Kept>[], most: number): Promise<boolean> => {
    for (const [index, deletion] of deletions.entries()) {
      options.signal.throwIfAborted();
      if (index >= most) {
        more = true;
        return false;
      }
      planned.add(deletion.item.id);
      plannedBytes += deletion.item.size;
      // The store itself ignores pictures that no longer exist or belong to another store.
      if (!options.dryRun && !(await store.delete(deletion.item.id))) continue;
      deleted++;
      bytes += deletion.item.size;
      options.onDelete(deletion);
    }
    return true;
  };

  const resultOf = (): RunResult => ({ deleted, bytes, more, ...(waiting === undefined ? {} : { waiting }) });
  const evidence = { history: historyOf(store), reach: reachOf(rules), synchronised: options.synchronised };
  const waiting = await whyWait(options.trust, reading, evidence, options.hold);
  if (waiting === undefined) {
    const cameras = await store.cameras();
    // Each camera gets a share of a run, so that a busy camera does not delay the deletions of the others.
    const share = Math.max(1, Math.ceil(options.maxDeletes / Math.max(1, cameras.length)));
    for (const camera of cameras) {
      const items: Kept[] = [];
      for await (const page of pages(store, { camera, order: 'oldest-first' })) items.push(...page);
      await carryOut(planCamera(items, rules, now, options.zone), share);
    }
  }
  if (rules.maxBytes !== undefined) {
    // The limit in bytes protects the disk, so it has a separate budget.
    let budget = options.maxDeletes;
    const usage = await store.usage();
    let excess = usage.bytes - rules.maxBytes - (options.dryRun ? plannedBytes : 0);
    const spared = new Set([...planned, ...(excess > 0 ? await newestOfEach(options, waiting !== undefined) : [])]);
    for (const query of oldestFirst(now, waiting !== undefined)) {
      for await (const page of pages(store, query)) {
        const deletions = planBytes(page, excess, spared);
        if (!(await carryOut(deletions, budget))) return resultOf();
        budget -= deletions.length;
        excess -= deletions.reduce((sum, { item }) => sum + item.size, 0);
        if (excess <= 0) break;
      }
      if (excess <= 0) break;
    }
  }
  return resultOf();
}

const historyOf = (store: Store): History => ({
  newest: async () => (await store.list({ order: 'newest-first', limit: 1 }))[0]?.time,
  oldest: async (from, to) => (await store.list({ order: 'oldest-first', from, to, limit: 1 }))[0]?.time,
});

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
