// One run of one node: its context, start, activation and stop. The supervisor restarts it.

import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Node, NodePlugin, ParserFactory, Provided } from '../../contract/plugin.ts';
import type { Ports } from '../../contract/ports.ts';
import { environment, misuse } from '../../contract/problems.ts';
import type { ProfileAccess } from '../../contract/profile.ts';
import type { DaemonView } from '../../contract/status.ts';
import type { NodeSpec, Reference } from '../../profile/profile.ts';
import { createInput, type InputControl } from '../flow/input.ts';
import type { NodeOutput } from '../flow/output.ts';
import { passFrames } from '../flow/pass.ts';
import type { Rate } from '../flow/rate.ts';
import type { Listeners } from './listeners.ts';
import type { MetricsControl } from './metrics.ts';
import { createRef, type Provider, type RefControl } from './provider.ts';

/** A node that has not started by then has failed. */
export const START_MS = 30_000;
/** A node that has not stopped by then is left behind and named in the log. */
export const STOP_MS = 5_000;
/** How long frames that a stopping consumer has already taken may still be worked on. */
export const DRAIN_MS = 3_000;

const CROWDED = 'it is too slow for the frames that come: its queue is full and frames are skipped';

/** What instances share. */
export interface GraphContext {
  readonly clock: Clock;
  readonly listeners: Listeners;
  readonly daemon: DaemonView;
  /** The profile, limited to these nodes. */
  profile(allowed: () => readonly string[]): ProfileAccess;
  readonly folder: string;
  /** Aborted when all of camd stops: what is still starting need not go on. */
  readonly ending: AbortSignal;
  resolve(path: string): string;
  output(id: string): NodeOutput;
  provider(id: string): Provider;
}

/** What has come in for a node so far, through all of its lives. */
export interface Received {
  frames: number;
  skipped: number;
  readonly rate: Rate;
}

export interface InstanceOptions {
  readonly spec: NodeSpec;
  readonly plugin: NodePlugin<never>;
  readonly parser: ParserFactory | undefined;
  readonly log: Log;
  readonly metrics: MetricsControl;
  readonly received: Received;
  readonly handedOver: unknown;
  onHealth(why: string | undefined): void;
  onFail(cause: unknown): void;
}

export interface Instance {
  readonly spec: NodeSpec;
  /** Resolves with the ports; rejects when the node failed to start. */
  start(): Promise<Provided>;
  /** From now on frames come in, wants arrive and bindings hold. */
  activate(): void;
  /** The opposite, so that a successor can take over; `activate` undoes it. */
  deactivate(): void;
  /** The same node among other nodes. */
  relink(spec: NodeSpec): void;
  handover(): unknown;
  /** Never rejects. */
  stop(): Promise<void>;
}

export function createInstance(options: InstanceOptions, context: GraphContext): Instance {
  const { plugin, log, received } = options;
  const control = new AbortController();
  const inputs = new Map<string, InputControl>();
  const refs = new Map<string, RefControl<keyof Ports>[]>();
  const cleanups: (() => void | Promise<void>)[] = [];
  const tasks = new Set<Promise<void>>();
  const drains: (() => Promise<void>)[] = [];
  const producer = context.output(options.spec.id).open();
  let spec = options.spec;
  let active = false;
  let cleaned = false;
  let provided: Provided = {};
  let trouble: string | undefined;
  const crowded = new Set<string>();
  const health = (): void => options.onHealth(trouble ?? (crowded.size > 0 ? CROWDED : undefined));

  const reference = (option: string): Reference | undefined => spec.references.find((one) => one.option === option);
  const outputs = (option: string): NodeOutput[] => (reference(option)?.to ?? []).map((id) => context.output(id));
  const fail = (cause: unknown): void => {
    if (!control.signal.aborted) options.onFail(cause);
  };
  const onSkip = (): void => void received.skipped++;
  const inputOf = (option: string): InputControl => {
    const known = inputs.get(option);
    if (known) return known;
    const input = createInput({
      outputs: outputs(option),
      consumer: spec.id,
      onFrame({ arrived }) {
        received.frames++;
        received.rate.note(received.frames, arrived);
      },
      onSkip,
      onFull(full) {
        if (full) crowded.add(option);
        else crowded.delete(option);
        health();
      },
      onFail: fail,
    });
    inputs.set(option, input);
    producer.connect(input);
    if (active) input.attach();
    return input;
  };
  const refsOf = <P extends keyof Ports>(option: string, port: P) => {
    const made = (reference(option)?.to ?? []).map((id) => createRef(context.provider(id), port, fail));
    const known = refs.get(option) ?? [];
    refs.set(option, [...known, ...(made as RefControl<keyof Ports>[])]);
    if (active) for (const ref of made) ref.activate();
    return made.map((one) => one.ref);
  };

  const node: Node<never> = {
    id: spec.id,
    use: spec.use,
    options: spec.options as never,
    log,
    clock: context.clock,
    metrics: options.metrics,
    signal: control.signal,
    output: producer.output,
    parser: options.parser,
    handedOver: options.handedOver,
    daemon: context.daemon,
    profile: (option = 'from') => context.profile(() => reference(option)?.to ?? []),
    input: (option = 'from') => inputOf(option).input,
    pass(step, how) {
      const { input } = inputOf('from');
      const { signal } = control;
      const passing = passFrames({ id: spec.id, input, output: producer.output, step, how, signal, onSkip, fail });
      producer.pass(passing.captured);
      drains.push(passing.idle);
    },
    refs: refsOf,
    ref(option, port) {
      const [first] = refsOf(option, port);
      if (!first) throw misuse('no-reference', `${spec.id} needs the option "${option}" to name a node`);
      return first;
    },
    defer(cleanup) {
      // A start that goes on after the node was given up: what it opens is closed again.
      if (cleaned) void runCleanups([cleanup], tasks, log);
      else cleanups.push(cleanup);
    },
    task(work) {
      const task = work(control.signal).catch(fail);
      const tracked = task.finally(() => tasks.delete(tracked));
      tasks.add(tracked);
    },
    degraded(why) {
      trouble = why;
      health();
    },
    healthy() {
      trouble = undefined;
      health();
    },
    fail,
    resolve: context.resolve,
    async listen(address) {
      const { listener, release } = await context.listeners.acquire(address, spec.id);
      if (control.signal.aborted) release();
      else cleanups.push(release);
      return listener;
    },
  };

  const everyRef = (): RefControl<keyof Ports>[] => [...refs.values()].flat();

  return {
    get spec() {
      return spec;
    },
    async start() {
      const bound = new AbortController();
      const started = (async () => plugin.start(node))();
      const late = context.clock.sleep(START_MS, bound.signal).then(() => {
        throw environment('slow-start', `${spec.id} did not start within ${START_MS / 1000} s`);
      });
      try {
        provided = (await Promise.race([started, late])) ?? {};
      } finally {
        bound.abort();
        late.catch(() => {});
      }
      return provided;
    },
    activate() {
      active = true;
      producer.activate();
      for (const ref of everyRef()) ref.activate();
      for (const input of inputs.values()) input.attach();
    },
    deactivate() {
      active = false;
      for (const input of inputs.values()) input.detach();
      for (const ref of everyRef()) ref.deactivate();
    },
    relink(next) {
      spec = next;
      for (const [option, input] of inputs) input.retarget(outputs(option));
      for (const [option, controls] of refs) {
        const to = reference(option)?.to ?? [];
        controls.forEach((ref, index) => {
          const id = to[index % to.length];
          if (id !== undefined) ref.retarget(context.provider(id));
        });
      }
    },
    handover: () => provided.handover?.(),
    async stop() {
      for (const input of inputs.values()) input.detach();
      await within(
        DRAIN_MS,
        Promise.all([...[...inputs.values()].map((input) => input.drain()), ...drains.map((drain) => drain())]),
      );
      control.abort(new DOMException(`${spec.id} is stopping`, 'AbortError'));
      for (const input of inputs.values()) input.close();
      for (const ref of everyRef()) ref.deactivate();
      cleaned = true;
      const ended = await within(STOP_MS, runCleanups(cleanups, tasks, log));
      if (!ended) log.warn('node did not stop in time and was abandoned', { bound_ms: STOP_MS });
      producer.close();
    },
  };
}

async function runCleanups(
  cleanups: (() => void | Promise<void>)[],
  tasks: ReadonlySet<Promise<void>>,
  log: Log,
): Promise<void> {
  for (const cleanup of cleanups.reverse()) {
    try {
      await cleanup();
    } catch (cause) {
      log.warn('cleanup failed', { cause: String(cause) });
    }
  }
  await Promise.all(tasks);
}

/** True when `work` settled in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, bound]);
  } finally {
    clearTimeout(timer);
  }
}
