// The supervisor of one node id: carries out the decisions of the reducer in supervision.ts.

import type { Log } from '../../base/log.ts';
import type { NodePlugin, ParserFactory, Provided } from '../../contract/plugin.ts';
import { environment, isFault, sentence } from '../../contract/problems.ts';
import type { NodeState } from '../../contract/status.ts';
import { createRate } from '../flow/rate.ts';
import type { PlannedNode } from '../plan/plan.ts';
import type { GraphContext, Received } from './graph-context.ts';
import { createInstance, type Instance } from './instance.ts';
import { createMetrics, type MetricsControl } from './metrics.ts';
import { createReporter } from './state-log.ts';
import { type Effect, type Failure, reduce, type SupervisionEvent, supervisionAt } from './supervision.ts';

/** A planned node with its code. */
export interface Loaded {
  readonly node: PlannedNode;
  readonly plugin: NodePlugin<never>;
  readonly parser: ParserFactory | undefined;
}

/** An instance that has started but is not in effect yet. */
export interface Staged {
  /** Replaces the running instance at once; returns a function that undoes this. Throws if it cannot take effect. */
  commit(): () => void;
  /** After the commit: stops the replaced instance. Never rejects. */
  settle(): Promise<void>;
  /** Instead of a commit, or after its undoing: stops the new instance. Never rejects. */
  abandon(): Promise<void>;
}

export interface Supervisor {
  readonly id: string;
  readonly loaded: Loaded;
  readonly state: NodeState;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly received: Readonly<Received>;
  metrics(): Readonly<Record<string, number>>;
  /** Starts the node with retries; resolves after the first attempt and never rejects. */
  begin(loaded: Loaded): Promise<void>;
  /** Starts a successor of `predecessors` beside the running instance. Rejects if the start fails, or with the reason of `end`. */
  stage(loaded: Loaded, predecessors: readonly string[], end: AbortSignal): Promise<Staged>;
  /** Replaces the nodes that this node refers to; returns a function that undoes this. */
  relink(loaded: Loaded): () => void;
  /** Never rejects. */
  halt(): Promise<void>;
}

interface Running {
  readonly run: number;
  readonly instance: Instance;
  readonly provided: Provided;
  readonly metrics: MetricsControl;
  health: string | undefined;
  stopped: Promise<void> | undefined;
  /** Set if it failed before it took effect. */
  failure: { readonly cause: unknown } | undefined;
}

export function createSupervisor(id: string, first: Loaded, log: Log, context: GraphContext): Supervisor {
  const { clock } = context;
  const received: Received = { frames: 0, skipped: 0, refused: 0, rate: createRate() };
  const provider = context.provider(id);
  const report = createReporter(log, clock);
  const instances = new Map<number, Running>();
  /** Instances that are starting or stopping. */
  const moving = new Set<Promise<unknown>>();
  const stopping = new Set<Promise<unknown>>();
  /** Of the running plugin; another plugin in its place starts with new counters. */
  let metrics = createMetrics();
  let loaded = first;
  let supervision = supervisionAt(clock.now());
  let runs = 0;
  /** Cancels retries and attempts in progress. */
  let attempts = new AbortController();
  /** Cancels instances that are being staged. */
  let staging = new AbortController();

  const dispatch = (event: SupervisionEvent): void => {
    const before = supervision.state;
    const moment = { now: clock.now(), monotonic: clock.monotonic(), chance: Math.random() };
    const { next, effects } = reduce(supervision, event, moment);
    supervision = next;
    if (next.state !== before) report(next.state);
    for (const effect of effects) perform(effect);
  };
  const cancel = (): void => {
    attempts.abort();
    attempts = new AbortController();
  };
  const perform = (effect: Effect): void => {
    if (effect.do === 'cancel') cancel();
    else if (effect.do === 'start') void attempt();
    else if (effect.do === 'wait') wait(effect.ms);
    else retire(effect.run);
  };
  const wait = (ms: number): void => {
    const signal = attempts.signal;
    clock.sleep(ms, signal).then(() => signal.aborted || context.ending.aborted || dispatch({ is: 'due' }), nothing);
  };
  const retire = (run: number): void => {
    const running = instances.get(run);
    if (!running) return;
    running.instance.deactivate();
    provider.set(undefined);
    void stop(running);
  };
  const stop = (running: Running): Promise<void> => {
    instances.delete(running.run);
    running.stopped ??= track(track(running.instance.stop(), stopping));
    return running.stopped;
  };
  const track = <T>(work: Promise<T>, set = moving): Promise<T> => {
    const done = work.then(nothing, nothing).finally(() => set.delete(done));
    set.add(done);
    return work;
  };
  const failureOf = (cause: unknown): Failure => {
    log.debug('node failed', { cause: cause instanceof Error ? cause.stack : String(cause) });
    return { why: sentence(cause), blame: isFault(cause) ? cause.blame : 'bug' };
  };
  const samePlugin = (what: Loaded): boolean => what.node.spec.use === loaded.node.spec.use;

  /** Starts an instance without activating it; cancels the start when `end` aborts or camd stops. */
  const prepare = async (what: Loaded, predecessors: readonly string[], end: AbortSignal): Promise<Running> => {
    const run = ++runs;
    let early: ((cause: unknown) => void) | undefined;
    const failedEarly = new Promise<never>((_resolve, reject) => {
      early = reject;
    });
    failedEarly.catch(nothing);
    const own = samePlugin(what) ? metrics : createMetrics();
    let health: string | undefined;
    let failure: Running['failure'];
    const made: { running?: Running } = {};
    const instance = createInstance(
      {
        ...what.node,
        plugin: what.plugin,
        parser: what.parser,
        log,
        metrics: own,
        received,
        predecessors,
        onHealth(why) {
          health = why;
          if (made.running) made.running.health = why;
          dispatch({ is: 'health', run, why });
        },
        onFail(cause) {
          if (!made.running) {
            // The start may be just over and still succeed: this early failure is then reported before activation.
            failure ??= { cause };
            return early?.(cause);
          }
          made.running.failure ??= { cause };
          if (supervision.run === run) dispatch({ is: 'failed', run, ...failureOf(cause) });
        },
      },
      context,
    );
    const cancelStart = (): void =>
      early?.(isFault(end.reason) ? end.reason : environment('stopping', `${id} is being stopped`));
    const ends = [end, context.ending];
    for (const signal of ends) signal.addEventListener('abort', cancelStart, { once: true });
    if (ends.some((signal) => signal.aborted)) cancelStart();
    try {
      const provided = await Promise.race([instance.start(), failedEarly]);
      const running: Running = {
        run,
        instance,
        provided,
        metrics: own,
        health,
        stopped: undefined,
        failure,
      };
      made.running = running;
      instances.set(run, running);
      return running;
    } catch (cause) {
      await instance.stop();
      throw cause;
    } finally {
      for (const signal of ends) signal.removeEventListener('abort', cancelStart);
    }
  };

  const failIfFailed = ({ run, failure }: Running): void => {
    if (failure) dispatch({ is: 'failed', run, ...failureOf(failure.cause) });
  };

  /** Puts the instance into effect. On failure, throws and leaves the instance deactivated. */
  const activate = (next: Running): void => {
    try {
      throwIfFailed(next);
      next.instance.activate();
    } catch (cause) {
      next.instance.deactivate();
      throw cause;
    }
    metrics = next.metrics;
    provider.set(next.provided);
    dispatch({ is: 'activated', run: next.run, health: next.health });
    // One of its bindings may have failed it in the meantime.
    failIfFailed(next);
  };

  /** Reactivates an instance that a reload had deactivated. If that fails, the instance fails as it would at any other time. */
  const restore = (running: Running): void => {
    try {
      running.instance.activate();
    } catch (cause) {
      running.failure ??= { cause };
    }
    provider.set(running.provided);
    failIfFailed(running);
  };

  /** One attempt; if it fails, the reducer schedules the next one. */
  const attempt = async (): Promise<void> => {
    const signal = attempts.signal;
    const what = loaded;
    const work = (async () => {
      await Promise.all(stopping);
      signal.throwIfAborted();
      return prepare(what, [id], signal);
    })();
    try {
      const next = await track(work);
      if (signal.aborted) return await stop(next);
      if (loaded !== what) next.instance.relink(loaded.node.spec);
      try {
        activate(next);
      } catch (cause) {
        void stop(next);
        throw cause;
      }
    } catch (cause) {
      if (!signal.aborted && !context.ending.aborted) dispatch({ is: 'refused', ...failureOf(cause) });
    }
  };

  /** Resolves when the first attempt has ended, successfully or not. */
  const begin = async (what: Loaded): Promise<void> => {
    if (!samePlugin(what)) metrics = createMetrics();
    loaded = what;
    dispatch({ is: 'begin' });
    await Promise.all(moving);
  };

  return {
    id,
    get loaded() {
      return loaded;
    },
    get state() {
      return supervision.state;
    },
    get restarts() {
      return supervision.restarts;
    },
    get lastError() {
      return supervision.lastError;
    },
    received,
    metrics: () => metrics.read(),
    begin,
    async stage(what, predecessors, end) {
      dispatch({ is: 'staging' });
      const next = await track(prepare(what, predecessors, AbortSignal.any([staging.signal, end])));
      provider.stage(next.provided);
      let replaced: Running | undefined;
      return {
        commit() {
          // Read only now: the running instance may have failed in the meantime, or a failed one may have recovered.
          const before = { loaded, supervision, metrics };
          replaced = supervision.run === undefined ? undefined : instances.get(supervision.run);
          replaced?.instance.deactivate();
          loaded = what;
          try {
            activate(next);
          } catch (cause) {
            loaded = before.loaded;
            if (replaced) restore(replaced);
            throw cause;
          }
          return () => {
            cancel();
            next.instance.deactivate();
            loaded = before.loaded;
            metrics = before.metrics;
            supervision = before.supervision;
            const { state } = supervision;
            if (state.is === 'failed' && state.retryAt !== undefined) wait(Math.max(0, state.retryAt - clock.now()));
            if (replaced) restore(replaced);
            else provider.set(undefined);
            replaced = undefined;
          };
        },
        async settle() {
          if (replaced) await stop(replaced);
        },
        async abandon() {
          provider.stage(undefined);
          await stop(next);
        },
      };
    },
    relink(what) {
      const before = loaded;
      const move = (to: Loaded): void => {
        loaded = to;
        for (const { instance } of instances.values()) instance.relink(to.node.spec);
      };
      move(what);
      return () => move(before);
    },
    async halt() {
      staging.abort();
      staging = new AbortController();
      dispatch({ is: 'halt' });
      for (const running of [...instances.values()]) void stop(running);
      await Promise.all(moving);
      metrics.dropGauges();
      dispatch({ is: 'halted' });
    },
  };
}

function throwIfFailed({ failure }: Running): void {
  if (failure) throw failure.cause;
}

const nothing = (): void => {};
