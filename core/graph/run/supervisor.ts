// The supervisor of one node id: its state, its restarts, and the replacement of its instances.

import { createBackoff } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { NodePlugin, ParserFactory, Provided } from '../../contract/plugin.ts';
import { environment, sentence } from '../../contract/problems.ts';
import type { NodeState } from '../../contract/status.ts';
import { createRate } from '../flow/rate.ts';
import type { PlannedNode } from '../plan/plan.ts';
import { createInstance, type GraphContext, type Instance, type Received } from './instance.ts';
import { createMetrics, type MetricsControl } from './metrics.ts';
import { createReporter } from './state-log.ts';

/** The first and the longest wait before a failed node is started again, milliseconds. */
export const RESTART_FIRST_MS = 200;
export const RESTART_MOST_MS = 30_000;
/** A node that ran for this long before it failed is started again without delay growing. */
export const STABLE_MS = 30_000;

/** A planned node with its code. */
export interface Loaded {
  readonly node: PlannedNode;
  readonly plugin: NodePlugin<never>;
  readonly parser: ParserFactory | undefined;
}

export interface Supervisor {
  readonly id: string;
  readonly loaded: Loaded;
  readonly state: NodeState;
  readonly restarts: number;
  readonly lastError: string | undefined;
  readonly received: Readonly<Received>;
  metrics(): Readonly<Record<string, number>>;
  /** Starts it and rejects when it fails; the slot is then stopped. What was handed over is for the same plugin only. */
  start(loaded: Loaded, handedOver?: unknown): Promise<void>;
  /** Starts it and keeps trying; never rejects. */
  keep(loaded: Loaded): Promise<void>;
  /** Starts a successor and puts it in the place of what runs; returns how to undo it and how to make it final. */
  swap(loaded: Loaded): Promise<{ undo(): Promise<void>; commit(): Promise<void> }>;
  relink(loaded: Loaded): void;
  handover(): unknown;
  /** Never rejects. */
  halt(): Promise<void>;
}

interface Running {
  readonly instance: Instance;
  readonly provided: Provided;
  readonly metrics: MetricsControl;
  readonly since: number;
  failed: boolean;
  health: string | undefined;
}

export function createSupervisor(
  id: string,
  first: Loaded,
  log: Log,
  context: GraphContext & { clock: Clock },
): Supervisor {
  const { clock } = context;
  const received: Received = { frames: 0, skipped: 0, rate: createRate() };
  const backoff = createBackoff({ first: RESTART_FIRST_MS, most: RESTART_MOST_MS });
  const provider = context.provider(id);
  const report = createReporter(log, clock);
  /** Of the plugin that runs; another plugin in the same place counts anew. */
  let metrics = createMetrics();
  let loaded = first;
  let running: Running | undefined;
  let state: NodeState = { is: 'stopped', since: clock.now() };
  let restarts = 0;
  let lastError: string | undefined;
  /** Ends everything that was begun for the present life of the slot: retries and half-started instances. */
  let life = new AbortController();
  const starting = new Set<Promise<unknown>>();

  const enter = (next: NodeState): void => {
    if (next.is === state.is && 'why' in next && 'why' in state && next.why === state.why) return;
    if (next.is === 'running' && state.is === 'running') return;
    state = next;
    if (next.is === 'degraded' || next.is === 'failed') lastError = next.why;
    report(next);
  };
  const enterHealth = (health: string | undefined): void =>
    enter(
      health === undefined
        ? { is: 'running', since: clock.now() }
        : { is: 'degraded', since: clock.now(), why: health },
    );

  const samePlugin = (what: Loaded): boolean => what.node.spec.use === loaded.node.spec.use;
  /** Starts an instance without giving it effect; gives up when its life ends or all of camd does. */
  const prepare = (what: Loaded, handedOver: unknown, mine: AbortController): Promise<Running> => {
    const work = prepareNow(what, handedOver, mine.signal);
    const done = work.then(nothing, nothing).finally(() => starting.delete(done));
    starting.add(done);
    return work;
  };
  const prepareNow = async (what: Loaded, handedOver: unknown, end: AbortSignal): Promise<Running> => {
    const own = samePlugin(what) ? metrics : createMetrics();
    let current: Running | undefined;
    let health: string | undefined;
    let failedEarly: ((cause: unknown) => void) | undefined;
    const early = new Promise<never>((_resolve, reject) => {
      failedEarly = reject;
    });
    early.catch(nothing);
    const giveUp = (): void => failedEarly?.(environment('stopping', `${id} is being stopped`));
    const ends = [end, context.ending];
    for (const signal of ends) signal.addEventListener('abort', giveUp, { once: true });
    if (ends.some((signal) => signal.aborted)) giveUp();
    const instance = createInstance(
      {
        spec: what.node.spec,
        plugin: what.plugin,
        parser: what.parser,
        log,
        metrics: own,
        received,
        handedOver,
        onHealth(why) {
          health = why;
          if (current) current.health = why;
          if (current && current === running) enterHealth(why);
        },
        onFail(cause) {
          if (current) void crashed(current, cause);
          else failedEarly?.(cause);
        },
      },
      context,
    );
    try {
      const provided = await Promise.race([instance.start(), early]);
      current = { instance, provided, metrics: own, since: clock.monotonic(), failed: false, health };
      return current;
    } catch (cause) {
      await instance.stop();
      throw cause;
    } finally {
      for (const signal of ends) signal.removeEventListener('abort', giveUp);
    }
  };

  const activate = (next: Running): void => {
    try {
      next.instance.activate();
    } catch (cause) {
      next.instance.deactivate();
      throw cause;
    }
    running = next;
    metrics = next.metrics;
    provider.set(next.provided);
    enterHealth(next.health);
  };

  const crashed = async (what: Running, cause: unknown): Promise<void> => {
    what.failed = true;
    if (what !== running) return;
    running = undefined;
    if (clock.monotonic() - what.since >= STABLE_MS) backoff.reset();
    const mine = life;
    const wait = retryIn(cause);
    provider.set(undefined);
    await what.instance.stop();
    await retry(mine, wait);
  };
  const retryIn = (cause: unknown): number => {
    const wait = backoff.next();
    enter({ is: 'failed', since: clock.now(), why: sentence(cause), retryAt: clock.now() + wait });
    log.debug('node failed', { cause: cause instanceof Error ? cause.stack : String(cause) });
    return wait;
  };
  const retry = async (mine: AbortController, wait: number): Promise<void> => {
    try {
      await clock.sleep(wait, mine.signal);
    } catch {
      return;
    }
    restarts++;
    await attempt(mine);
  };
  /** One try; on failure the next one is arranged. */
  const attempt = async (mine: AbortController): Promise<void> => {
    try {
      const next = await prepare(loaded, undefined, mine);
      if (mine.signal.aborted) await next.instance.stop();
      else activate(next);
    } catch (cause) {
      if (!mine.signal.aborted && !context.ending.aborted) void retry(mine, retryIn(cause));
    }
  };
  const begin = (what: Loaded): AbortController => {
    loaded = what;
    life = new AbortController();
    enter({ is: 'starting', since: clock.now() });
    return life;
  };

  const halt = async (): Promise<void> => {
    life.abort();
    const last = running;
    running = undefined;
    await Promise.all(starting);
    if (last) {
      enter({ is: 'stopping', since: clock.now() });
      provider.set(undefined);
      await last.instance.stop();
    }
    metrics.dropGauges();
    enter({ is: 'stopped', since: clock.now() });
  };

  return {
    id,
    get loaded() {
      return loaded;
    },
    get state() {
      return state;
    },
    get restarts() {
      return restarts;
    },
    get lastError() {
      return lastError;
    },
    received,
    metrics: () => metrics.read(),
    async start(what, handedOver) {
      const handed = samePlugin(what) ? handedOver : undefined;
      if (!samePlugin(what)) metrics = createMetrics();
      const mine = begin(what);
      try {
        const next = await prepare(what, handed, mine);
        if (mine.signal.aborted) await next.instance.stop();
        else activate(next);
      } catch (cause) {
        enter({ is: 'stopped', since: clock.now() });
        throw cause;
      }
    },
    keep: (what) => attempt(begin(what)),
    async swap(what) {
      const mine = life;
      const next = await prepare(what, samePlugin(what) ? running?.instance.handover() : undefined, mine);
      // Only now: what ran may have failed meanwhile, what had failed may have come back.
      const before = { loaded, running };
      before.running?.instance.deactivate();
      try {
        activate(next);
      } catch (cause) {
        before.running?.instance.activate();
        await next.instance.stop();
        throw cause;
      }
      mine.abort();
      loaded = what;
      life = new AbortController();
      backoff.reset();
      return {
        async undo() {
          life.abort();
          running = undefined;
          next.instance.deactivate();
          loaded = before.loaded;
          life = new AbortController();
          if (before.running && !before.running.failed) activate(before.running);
          else void attempt(begin(before.loaded));
          await next.instance.stop();
        },
        commit: async () => before.running?.instance.stop(),
      };
    },
    relink(what) {
      loaded = what;
      running?.instance.relink(what.node.spec);
    },
    handover: () => running?.instance.handover(),
    halt,
  };
}

const nothing = (): void => {};
