// Applies plans to the running graph; holds the only long-lived mutable state of camd.

import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { MemoryBudget } from '../../base/memory.ts';
import type { Kernel } from '../../contract/kernel.ts';
import type { Delivery, Provided } from '../../contract/plugin.ts';
import { environment, sentence } from '../../contract/problems.ts';
import type { ProfileAccess } from '../../contract/profile.ts';
import type { CameraStatus, DaemonView, NodeState, NodeStatus } from '../../contract/status.ts';
import { ALL } from '../flow/demand.ts';
import { createFlow } from '../flow/flow.ts';
import { createNodeOutput, type NodeOutput } from '../flow/output.ts';
import type { YoungCollection } from '../flow/young-collection.ts';
import { type Diff, diff } from '../plan/diff.ts';
import { consumers, EMPTY_PLAN, type Plan, type PlannedNode, withReferrers } from '../plan/plan.ts';
import { type CameraSource, cameraStatuses } from './camera-status.ts';
import type { CameraDirectory } from './cameras.ts';
import { within } from './cleanup.ts';
import { createDurables } from './durable.ts';
import type { GraphContext } from './graph-context.ts';
import type { Listeners } from './listeners.ts';
import { createProvider, type Provider } from './provider.ts';
import { createSupervisor, type Loaded, type Staged, type Supervisor } from './supervisor.ts';

/** At boot, the time to wait for a node to start; a slower one continues to start while camd is ready. Milliseconds. */
export const READY_MS = 700;

/** The time that new nodes have to start while a newer reload waits. Milliseconds. */
export const SUPERSEDED_MS = 2000;

export interface RunnerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly listeners: Listeners;
  readonly memory: MemoryBudget;
  readonly youngCollection?: YoungCollection;
  readonly daemon: DaemonView;
  readonly cameras: CameraDirectory;
  profile(allowed: () => readonly string[]): ProfileAccess;
  kernel(): Kernel;
  readonly folder: string;
  readonly stateFolder: string;
  resolve(path: string): string;
  /** Loads the code of a node; rejects with a Fault if it cannot be loaded. */
  load(node: PlannedNode): Promise<Loaded>;
}

export interface Runner {
  /** Starts the graph. Failing nodes are retried; resolves when each has been tried once. */
  boot(plan: Plan): Promise<void>;
  /** Moves the running graph to `plan`; on failure, rejects with the reason and leaves everything as it was. */
  apply(plan: Plan): Promise<Diff>;
  status(): readonly NodeStatus[];
  cameras(): readonly CameraStatus[];
  /** Announces a newer reload: the current `apply` fails unless its new nodes have started within SUPERSEDED_MS. */
  supersede(): void;
  /** Stops a node and starts it again; its durable state stays. Rejects with a Fault if the node does not exist. Not during `apply`. */
  restart(id: string): Promise<void>;
  /** The output of a node, for observing its frames. */
  output(id: string): NodeOutput | undefined;
  provided(id: string): Provided | undefined;
  /** Cancels all starts, so that `boot` and `apply` end soon; call `stop` next. */
  cancelStarts(): void;
  stop(): Promise<void>;
}

export function createRunner(options: RunnerOptions): Runner {
  const { log, clock, listeners } = options;
  const supervisors = new Map<string, Supervisor>();
  const outputs = new Map<string, NodeOutput>();
  const providers = new Map<string, Provider>();
  const flow = createFlow(clock, options.youngCollection);
  const durables = createDurables();
  const ending = new AbortController();
  // Each starting node adds a listener.
  setMaxListeners(0, ending.signal);
  let plan = EMPTY_PLAN;
  /** The reload that is waiting for new nodes to start. */
  let current: { readonly since: number; readonly superseded: AbortController } | undefined;

  const output = (id: string): NodeOutput => obtain(outputs, id, () => createNodeOutput(id, flow));
  const provider = (id: string): Provider => obtain(providers, id, () => createProvider(id));
  const context: GraphContext = {
    clock,
    flow,
    listeners,
    durables,
    memory: options.memory,
    daemon: options.daemon,
    cameras: options.cameras,
    profile: options.profile,
    kernel: options.kernel,
    folder: options.folder,
    stateFolder: options.stateFolder,
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
    outputs.get(id)?.end();
    supervisors.delete(id);
    outputs.delete(id);
    providers.delete(id);
  };

  /** Sets the expected consumers of these outputs before any node starts or stops. */
  const expectConsumers = (wanted: Plan, ids: Iterable<string>): void => {
    const consumersOf = consumers(wanted);
    for (const id of ids) if (wanted.nodes.has(id)) output(id).expect(consumersOf.get(id) ?? NO_CONSUMERS);
  };

  /** Providers before the nodes that refer to them. */
  const inOrder = (wanted: Plan, ids: readonly string[], step: Step): Promise<void> =>
    eachAfter(ids, (id) => namedBy(wanted, [id]), step);
  const haltOne: Step = async (id) => supervisors.get(id)?.halt();
  /** In parallel, but consumers before their providers: a node that hangs delays only its providers. */
  const halt = (running: Plan, ids: readonly string[], end: Step = haltOne): Promise<void> => {
    const ending = new Set(ids);
    const behind = new Map<string, string[]>();
    for (const id of ending) {
      for (const provider of namedBy(running, [id]))
        if (ending.has(provider)) obtain(behind, provider, newList).push(id);
    }
    const order = [...running.nodes.keys()].reverse().filter((id) => ending.has(id));
    return eachAfter(order, (id) => behind.get(id) ?? [], end);
  };

  const boot = async (wanted: Plan): Promise<void> => {
    const nodes = await loadAll(wanted, [...wanted.nodes.keys()], options.load);
    plan = wanted;
    expectConsumers(wanted, wanted.nodes.keys());
    await inOrder(wanted, [...wanted.nodes.keys()], async (id) => {
      const loaded = nodes.get(id);
      // The consumers of a slow node do not wait for its start.
      if (loaded && !ending.signal.aborted) await within(READY_MS, supervisorFor(loaded).begin(loaded));
    });
  };

  const refuse = (id: string, cause: unknown): never => {
    if (!ending.signal.aborted) log.child(id).warn('node cannot start with the new profile', { why: sentence(cause) });
    throw cause;
  };

  /**
   * Two phases: all new nodes start beside the running ones, then all of them take effect in one step. Running nodes that hold a resource
   * of a new one stop between the two phases, after everything that can fail without stopping them.
   */
  const apply = async (wanted: Plan): Promise<Diff> => {
    const change = diff(plan, wanted);
    const changed = [...change.start, ...change.removed];
    const affected = new Set([...changed, ...namedBy(plan, changed), ...namedBy(wanted, changed)]);
    const nodes = await loadAll(wanted, change.start, options.load);
    const holds = [listeners.hold(), durables.hold()];
    const release = () => Promise.all(holds.map((releaseHold) => releaseHold()));
    const staged = new Map<string, Staged>();
    const paused = new Map<string, Loaded>();
    const superseded = new AbortController();
    current = { since: clock.monotonic(), superseded };
    const stage = async (id: string): Promise<void> => {
      const loaded = nodes.get(id);
      if (!loaded || change.relinked.includes(id)) return;
      if (ending.signal.aborted) throw environment('stopping', 'camd is stopping');
      const from = change.successors.get(id);
      const predecessors = from === undefined ? [] : [from];
      const starting = supervisorFor(loaded).stage(loaded, predecessors, superseded.signal);
      staged.set(id, await starting.catch((cause: unknown) => refuse(id, cause)));
    };
    const undo: (() => void)[] = [];
    try {
      await inOrder(wanted, change.startFirst, stage);
      for (const id of change.stopFirst) {
        const supervisor = supervisors.get(id);
        if (!supervisor) continue;
        paused.set(id, supervisor.loaded);
      }
      await halt(plan, [...paused.keys()]);
      await inOrder(
        wanted,
        change.start.filter((id) => !change.startFirst.includes(id)),
        stage,
      );
      if (ending.signal.aborted) throw environment('stopping', 'camd is stopping');
      const behind = [...withReferrers(plan, changed), ...withReferrers(wanted, changed)].map(output);
      for (const nodeOutput of behind) nodeOutput.noteCameras();
      current = undefined;
      expectConsumers(wanted, affected);
      commit(nodes, staged, undo);
      for (const [id, from] of change.successors) output(id).inheritCameras(output(from));
      for (const nodeOutput of behind) nodeOutput.releaseCameras();
    } catch (cause) {
      current = undefined;
      for (const back of undo.reverse()) back();
      expectConsumers(plan, affected);
      await Promise.all([...staged.values()].map((next) => next.abandon()));
      if (!ending.signal.aborted) await resume(plan, paused);
      for (const id of change.added) forget(id);
      await release();
      throw cause;
    }
    const before = plan;
    plan = wanted;
    await halt(before, [...change.stopLast, ...staged.keys()], (id) => staged.get(id)?.settle() ?? haltOne(id));
    for (const id of change.removed) forget(id);
    await release();
    return change;
  };
  /** Synchronous, so that no frame and no request meets a mixture of the two plans. */
  const commit = (
    nodes: ReadonlyMap<string, Loaded>,
    staged: ReadonlyMap<string, Staged>,
    undo: (() => void)[],
  ): void => {
    for (const [id, loaded] of nodes) undo.push(staged.get(id)?.commit() ?? supervisorFor(loaded).relink(loaded));
  };
  /** Restarts the nodes that a refused reload has stopped or whose start it has cancelled. */
  const resume = (before: Plan, paused: ReadonlyMap<string, Loaded>): Promise<void> =>
    inOrder(before, [...before.nodes.keys()], async (id) => {
      const supervisor = supervisors.get(id);
      if (!supervisor) return;
      const loaded = paused.get(id) ?? (supervisor.state.is === 'starting' ? supervisor.loaded : undefined);
      if (loaded) await within(READY_MS, supervisor.begin(loaded));
    });

  return {
    boot,
    apply,
    supersede() {
      const waiting = current;
      if (!waiting) return;
      const newer = (): void =>
        waiting.superseded.abort(
          environment('superseded', 'a newer reload came while new nodes of this one were still starting'),
        );
      const left = SUPERSEDED_MS - (clock.monotonic() - waiting.since);
      if (left <= 0) newer();
      else clock.sleep(left, ending.signal).then(newer, () => {});
    },
    async restart(id) {
      const supervisor = supervisors.get(id);
      if (!supervisor) throw environment('no-node', `there is no node "${id}"`);
      const release = durables.hold();
      await supervisor.halt();
      if (!ending.signal.aborted) await within(READY_MS, supervisor.begin(supervisor.loaded));
      await release();
    },
    provided: (id) => providers.get(id)?.current(),
    output: (id) => (supervisors.has(id) ? outputs.get(id) : undefined),
    status: () =>
      [...supervisors.values()].map((supervisor) => {
        const output = outputs.get(supervisor.id);
        const { frames = 0, bytes = 0 } = output?.sent ?? {};
        const rate = output?.rate() || supervisor.received.rate.read(supervisor.received.frames, clock.monotonic());
        return {
          id: supervisor.id,
          use: supervisor.loaded.node.spec.use,
          state: supervisor.state,
          framesIn: supervisor.received.frames,
          framesOut: frames,
          bytesOut: bytes,
          rate,
          skipped: supervisor.received.skipped,
          reserved: options.memory.usedBy(supervisor.id),
          refused: supervisor.received.refused,
          restarts: supervisor.restarts,
          ...(supervisor.lastError === undefined ? {} : { lastError: supervisor.lastError }),
          metrics: supervisor.metrics(),
        };
      }),
    cameras: () =>
      cameraStatuses({
        sources: [...supervisors.values()].flatMap(({ id, state }) => sourceOf(outputs.get(id), state)),
        reports: options.cameras.reports(),
        name: options.cameras.name,
        now: clock.monotonic(),
      }),
    cancelStarts: () => ending.abort(),
    async stop() {
      ending.abort();
      await halt(plan, [...supervisors.keys()]);
      await listeners.closeAll();
    },
  };
}

function sourceOf(output: NodeOutput | undefined, state: NodeState): CameraSource[] {
  const cameras = new Set(output?.announced());
  if (!output || cameras.size === 0) return [];
  output.tally.keep(cameras);
  const wanted = new Set(output.wanted());
  const isIdle = (camera: string): boolean =>
    !wanted.has(ALL) && !wanted.has(camera) && output.answersItself('capture', camera);
  return [{ node: output.id, state, cameras, tallied: output.tally.get, isIdle }];
}

/** The nodes that `ids` refer to. */
const namedBy = (plan: Plan, ids: readonly string[]): string[] =>
  ids.flatMap((id) => plan.nodes.get(id)?.spec.references ?? []).flatMap(({ to }) => to);

const newList = (): string[] => [];
const NO_CONSUMERS: ReadonlyMap<string, Delivery> = new Map();

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

type Step = (id: string) => Promise<void>;

/** Runs `step` for each id once the steps of those ids in `after(id)` that come earlier in the list have settled. */
async function eachAfter(ids: readonly string[], after: (id: string) => readonly string[], step: Step): Promise<void> {
  const settled = new Map<string, Promise<void>>();
  for (const id of ids) {
    const awaited = after(id).flatMap((earlier) => settled.get(earlier) ?? []);
    const work = awaited.length > 0 ? Promise.all(awaited).then(() => step(id)) : step(id);
    work.catch(() => {});
    settled.set(id, work);
  }
  const results = await Promise.allSettled(settled.values());
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function obtain<V>(map: Map<string, V>, id: string, make: () => V): V {
  const known = map.get(id);
  if (known) return known;
  const made = make();
  map.set(id, made);
  return made;
}
