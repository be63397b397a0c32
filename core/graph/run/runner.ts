// Applies plans to the running graph; it holds the only long-lived mutable state of camd.

import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Delivery, Provided } from '../../contract/plugin.ts';
import type { ProfileAccess } from '../../contract/profile.ts';
import type { DaemonView, NodeStatus } from '../../contract/status.ts';
import { createNodeOutput, type NodeOutput } from '../flow/output.ts';
import { createSequence } from '../flow/sequence.ts';
import { createYoungCollection } from '../flow/young-collection.ts';
import { type Diff, diff } from '../plan/diff.ts';
import { consumers, EMPTY_PLAN, type Plan, type PlannedNode } from '../plan/plan.ts';
import { stopOrder } from '../plan/stop-order.ts';
import type { GraphContext } from './instance.ts';
import type { Listeners } from './listeners.ts';
import { createProvider, type Provider } from './provider.ts';
import { createSupervisor, type Loaded, type Supervisor } from './supervisor.ts';

export interface RunnerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly listeners: Listeners;
  readonly daemon: DaemonView;
  profile(allowed: () => readonly string[]): ProfileAccess;
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
  output(id: string): NodeOutput | undefined;
  provided(id: string): Provided | undefined;
  /** What is starting gives up, so that `boot` and `apply` end soon; `stop` is to follow. */
  hurry(): void;
  stop(): Promise<void>;
}

export function createRunner(options: RunnerOptions): Runner {
  const { log, clock, listeners } = options;
  const supervisors = new Map<string, Supervisor>();
  const outputs = new Map<string, NodeOutput>();
  const providers = new Map<string, Provider>();
  const sequence = createSequence();
  const youngCollection = createYoungCollection();
  const ending = new AbortController();
  // One listener for each node that is starting.
  setMaxListeners(0, ending.signal);
  let plan = EMPTY_PLAN;

  const { now, monotonic } = clock;
  const output = (id: string): NodeOutput =>
    obtain(outputs, id, () => createNodeOutput({ id, sequence, youngCollection: youngCollection, now, monotonic }));
  const provider = (id: string): Provider => obtain(providers, id, () => createProvider(id));
  const context: GraphContext = {
    clock,
    listeners,
    daemon: options.daemon,
    profile: options.profile,
    folder: options.folder,
    ending: ending.signal,
    resolve: options.resolve,
    output: output,
    provider: provider,
  };
  const supervisorFor = (loaded: Loaded): Supervisor => {
    const { id } = loaded.node.spec;
    return obtain(supervisors, id, () => createSupervisor(id, loaded, log.child(id), context));
  };
  const forget = (id: string): void => {
    supervisors.delete(id);
    outputs.delete(id);
    providers.delete(id);
  };

  /** Tells every output who is going to listen, before anything starts or stops. */
  const announce = (wanted: Plan): void => {
    const listeners = consumers(wanted);
    for (const id of wanted.nodes.keys()) output(id).expect(listeners.get(id) ?? NOBODY);
  };

  /** Runs `step` for each id as soon as it has settled for the nodes that it refers to. */
  const inOrder = async (wanted: Plan, ids: readonly string[], step: (id: string) => Promise<void>): Promise<void> => {
    const settled = new Map<string, Promise<void>>();
    for (const id of ids) {
      const awaited = (wanted.nodes.get(id)?.spec.references ?? [])
        .flatMap((one) => one.to)
        .flatMap((to) => settled.get(to) ?? []);
      const work = awaited.length > 0 ? Promise.all(awaited).then(() => step(id)) : step(id);
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
      if (loaded && !ending.signal.aborted) await supervisorFor(loaded).keep(loaded);
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
        const supervisor = supervisors.get(id);
        if (!supervisor) continue;
        const before = supervisor.loaded;
        handedOver.set(id, supervisor.handover());
        undo.push(() => (ending.signal.aborted ? undefined : supervisor.keep(before)));
        await supervisor.halt();
      }
      await inOrder(wanted, change.start, async (id) => {
        const loaded = nodes.get(id);
        if (!loaded) return;
        const supervisor = supervisorFor(loaded);
        if (change.relinked.includes(id)) {
          const before = supervisor.loaded;
          undo.push(() => supervisor.relink(before));
          supervisor.relink(loaded);
        } else if (change.replaced.includes(id) && !handedOver.has(id)) {
          const swap = await supervisor.swap(loaded);
          undo.push(swap.undo);
          commits.push(swap.commit);
        } else {
          undo.push(() => supervisor.halt());
          const before = change.successors.get(id) ?? id;
          await supervisor.start(loaded, handedOver.get(before) ?? supervisors.get(before)?.handover());
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
    for (const id of change.stopLast) await supervisors.get(id)?.halt();
    for (const id of change.removed) forget(id);
    release();
    return change;
  };

  return {
    boot,
    apply,
    provided: (id) => providers.get(id)?.current(),
    output: (id) => (supervisors.has(id) ? outputs.get(id) : undefined),
    status: () =>
      [...supervisors.values()].map((supervisor) => {
        const output = outputs.get(supervisor.id);
        const { frames = 0, bytes = 0 } = output?.sent ?? {};
        const rate = output?.rate() || supervisor.received.rate.read(supervisor.received.frames, monotonic());
        return {
          id: supervisor.id,
          use: supervisor.loaded.node.spec.use,
          state: supervisor.state,
          framesIn: supervisor.received.frames,
          framesOut: frames,
          bytesOut: bytes,
          rate,
          skipped: supervisor.received.skipped,
          restarts: supervisor.restarts,
          ...(supervisor.lastError === undefined ? {} : { lastError: supervisor.lastError }),
          metrics: supervisor.metrics(),
        };
      }),
    hurry: () => ending.abort(),
    async stop() {
      ending.abort();
      for (const group of stopOrder(plan)) await Promise.all(group.map((id) => supervisors.get(id)?.halt()));
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
