// Applies plans to the running graph: the only long-lived mutable state of camd. Knows no files, signals or sockets of control.

import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Delivery, Provided } from '../../contract/plugin.ts';
import type { DaemonView, NodeStatus } from '../../contract/status.ts';
import { createHub, type Hub } from '../flow/output.ts';
import { createSequence } from '../flow/sequence.ts';
import { createSweep } from '../flow/young-collection.ts';
import { type Diff, diff } from '../plan/diff.ts';
import { consumers, EMPTY_PLAN, type Plan, type PlannedNode } from '../plan/plan.ts';
import { waves } from '../plan/stop-order.ts';
import type { Surroundings } from './instance.ts';
import type { Listeners } from './listeners.ts';
import { type Board, createBoard } from './provider.ts';
import { createSlot, type Loaded, type Slot } from './supervisor.ts';

export interface RunnerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly listeners: Listeners;
  readonly daemon: DaemonView;
  readonly folder: string;
  resolve(path: string): string;
  /** The code of a node; rejects with a Fault when it cannot be loaded. */
  load(node: PlannedNode): Promise<Loaded>;
}

/** What a reload did, by node id. */
export type Change = Pick<Diff, 'kept' | 'relinked' | 'replaced' | 'added' | 'removed'>;

export interface Runner {
  /** Brings the graph up. Nodes that fail are tried again; it resolves when each has been tried once. */
  boot(plan: Plan): Promise<void>;
  /** Moves the running graph to `plan`, or rejects with the reason and leaves everything as it was. */
  apply(plan: Plan): Promise<Change>;
  status(): readonly NodeStatus[];
  /** The output of a node, for watching what passes. */
  hub(id: string): Hub | undefined;
  provided(id: string): Provided | undefined;
  /** What is starting gives up, so that `boot` and `apply` end soon; `stop` is to follow. */
  hurry(): void;
  stop(): Promise<void>;
}

export function createRunner(options: RunnerOptions): Runner {
  const { log, clock, listeners } = options;
  const slots = new Map<string, Slot>();
  const hubs = new Map<string, Hub>();
  const boards = new Map<string, Board>();
  const sequence = createSequence();
  const sweep = createSweep();
  const ending = new AbortController();
  // One listener for each node that is starting.
  setMaxListeners(0, ending.signal);
  let plan = EMPTY_PLAN;

  const { now, monotonic } = clock;
  const hub = (id: string): Hub => obtain(hubs, id, () => createHub({ id, sequence, sweep, now, monotonic }));
  const board = (id: string): Board => obtain(boards, id, () => createBoard(id));
  const around: Surroundings = {
    clock,
    listeners,
    daemon: options.daemon,
    folder: options.folder,
    ending: ending.signal,
    resolve: options.resolve,
    hub,
    board,
  };
  const slotFor = (loaded: Loaded): Slot => {
    const { id } = loaded.node.spec;
    return obtain(slots, id, () => createSlot(id, loaded, log.child(id), around));
  };
  const forget = (id: string): void => {
    slots.delete(id);
    hubs.delete(id);
    boards.delete(id);
  };

  /** Tells every output who is going to listen, before anything starts or stops. */
  const announce = (wanted: Plan): void => {
    const listeners = consumers(wanted);
    for (const id of wanted.nodes.keys()) hub(id).expect(listeners.get(id) ?? NOBODY);
  };

  /** Runs `step` for each id as soon as it has settled for the nodes that it refers to. */
  const inOrder = async (wanted: Plan, ids: readonly string[], step: (id: string) => Promise<void>): Promise<void> => {
    const settled = new Map<string, Promise<void>>();
    for (const id of ids) {
      const providers = (wanted.nodes.get(id)?.spec.references ?? [])
        .flatMap((one) => one.to)
        .flatMap((to) => settled.get(to) ?? []);
      const work = providers.length > 0 ? Promise.all(providers).then(() => step(id)) : step(id);
      work.catch(() => {});
      settled.set(id, work);
    }
    const results = await Promise.allSettled(settled.values());
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };

  const boot = async (wanted: Plan): Promise<void> => {
    const nodes = await loadAll(wanted, [...wanted.nodes.keys()], options.load);
    plan = wanted;
    announce(wanted);
    await inOrder(wanted, [...wanted.nodes.keys()], async (id) => {
      const loaded = nodes.get(id);
      if (loaded && !ending.signal.aborted) await slotFor(loaded).keep(loaded);
    });
  };

  const apply = async (wanted: Plan): Promise<Change> => {
    const change = diff(plan, wanted);
    const nodes = await loadAll(wanted, change.start, options.load);
    const release = listeners.hold();
    const undo: (() => void | Promise<void>)[] = [];
    const commits: (() => Promise<void>)[] = [];
    const handedOver = new Map<string, unknown>();
    announce(wanted);
    try {
      for (const id of change.stopFirst) {
        const slot = slots.get(id);
        if (!slot) continue;
        const before = slot.loaded;
        handedOver.set(id, slot.handover());
        undo.push(() => (ending.signal.aborted ? undefined : slot.keep(before)));
        await slot.halt();
      }
      await inOrder(wanted, change.start, async (id) => {
        const loaded = nodes.get(id);
        if (!loaded) return;
        const slot = slotFor(loaded);
        if (change.relinked.includes(id)) {
          const before = slot.loaded;
          undo.push(() => slot.relink(before));
          slot.relink(loaded);
        } else if (change.replaced.includes(id) && !handedOver.has(id)) {
          const swap = await slot.swap(loaded);
          undo.push(swap.undo);
          commits.push(swap.commit);
        } else {
          undo.push(() => slot.halt());
          const before = change.heirs.get(id) ?? id;
          await slot.start(loaded, handedOver.get(before) ?? slots.get(before)?.handover());
        }
      });
    } catch (cause) {
      announce(plan);
      for (const back of undo.reverse()) await back();
      for (const id of change.added) forget(id);
      release();
      throw cause;
    }
    plan = wanted;
    for (const commit of commits.reverse()) await commit();
    for (const id of change.stopLast) await slots.get(id)?.halt();
    for (const id of change.removed) forget(id);
    release();
    return change;
  };

  return {
    boot,
    apply,
    provided: (id) => boards.get(id)?.current(),
    hub: (id) => (slots.has(id) ? hubs.get(id) : undefined),
    status: () =>
      [...slots.values()].map((slot) => {
        const hub = hubs.get(slot.id);
        const { frames = 0, bytes = 0 } = hub?.sent ?? {};
        const rate = hub?.rate() || slot.received.rate.read(slot.received.frames, monotonic());
        return {
          id: slot.id,
          use: slot.loaded.node.spec.use,
          state: slot.state,
          framesIn: slot.received.frames,
          framesOut: frames,
          bytesOut: bytes,
          rate,
          skipped: slot.received.skipped,
          restarts: slot.restarts,
          ...(slot.lastError === undefined ? {} : { lastError: slot.lastError }),
          metrics: slot.metrics(),
        };
      }),
    hurry: () => ending.abort(),
    async stop() {
      ending.abort();
      for (const wave of waves(plan)) await Promise.all(wave.map((id) => slots.get(id)?.halt()));
      await listeners.closeAll();
    },
  };
}

const NOBODY: ReadonlyMap<string, Delivery> = new Map();

async function loadAll(
  wanted: Plan,
  ids: readonly string[],
  load: RunnerOptions['load'],
): Promise<ReadonlyMap<string, Loaded>> {
  const entries = ids.flatMap((id) => {
    const node = wanted.nodes.get(id);
    return node ? [load(node).then((loaded) => [id, loaded] as const)] : [];
  });
  return new Map(await Promise.all(entries));
}

function obtain<V>(map: Map<string, V>, id: string, make: () => V): V {
  const known = map.get(id);
  if (known) return known;
  const made = make();
  map.set(id, made);
  return made;
}
