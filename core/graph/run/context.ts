// The node object given to a running plugin, as the contract describes it, with every callback behind the guard.

import type { Socket } from 'node:net';
import type { Input, Listener, Metrics, Node, Output, ParserFactory } from '../../contract/plugin.ts';
import type { Ports, Release } from '../../contract/ports.ts';
import { environment, misuse } from '../../contract/problems.ts';
import type { NodeSpec, Reference } from '../../profile/profile.ts';
import { createInput, type InputControl } from '../flow/input.ts';
import type { NodeOutput } from '../flow/output.ts';
import { passFrames } from '../flow/pass.ts';
import { camerasOfNode } from './cameras.ts';
import { type Cleanup, cleanUp } from './cleanup.ts';
import { DISPOSE_MS } from './durable.ts';
import { type GraphContext, type InstanceOptions, STOP_MS } from './graph-context.ts';
import type { Guard } from './guard.ts';
import { createHealth } from './health.ts';
import { createHeldOutput } from './held-output.ts';
import { createRef, type RefControl } from './provider.ts';

export interface NodeContext {
  readonly node: Node<never>;
  spec(): NodeSpec;
  activate(): void;
  deactivate(): void;
  relink(spec: NodeSpec): void;
  /** Stops incoming frames. */
  detach(): void;
  /** Resolves when the received frames have been processed. */
  drain(): Promise<void>;
  /** Closes the inputs; cleanups deferred from now on run at once. */
  end(): { readonly cleanups: readonly Cleanup[]; readonly tasks: ReadonlySet<Promise<void>> };
  close(): void;
}

interface Effect {
  readonly attach: () => Release | undefined | void;
  release: Release | undefined;
}

export function createNodeContext(
  options: InstanceOptions,
  context: GraphContext,
  guard: Guard,
  signal: AbortSignal,
): NodeContext {
  const { log, received } = options;
  const { id, use } = options.spec;
  const inputs = new Map<string, InputControl>();
  const refs = new Map<string, RefControl<keyof Ports>[]>();
  const cleanups: Cleanup[] = [];
  const tasks = new Set<Promise<void>>();
  const drains: (() => Promise<void>)[] = [];
  const effects: Effect[] = [];
  const producer = context.output(id).open();
  const held = createHeldOutput(guardOutput(producer.output, guard));
  let spec = options.spec;
  let active = false;
  let ended = false;
  const health = createHealth({
    passedOn: context.flow.refusals,
    onChange: options.onHealth,
    onRefused: () => void received.refused++,
  });

  const reference = (option: string): Reference | undefined => spec.references.find((one) => one.option === option);
  const outputs = (option: string): NodeOutput[] => (reference(option)?.to ?? []).map((to) => context.output(to));
  const fail = (cause: unknown): void => {
    if (!signal.aborted) options.onFail(cause);
  };
  /** Work that is still waiting when its node stops ends with an abort, which is not a failure. */
  const isEnding = (cause: unknown): boolean => signal.aborted && cause instanceof Error && cause.name === 'AbortError';
  const failedIn = (callback: 'handler' | 'task', cause: unknown): void => {
    if (!isEnding(cause)) guard.failed(callback, cause);
  };
  const failedHandler = (cause: unknown): void => failedIn('handler', cause);
  const onRefuse = (cause: unknown): void => {
    if (!signal.aborted) health.refused(cause);
  };
  const onSkip = (): void => void received.skipped++;
  const inputOf = (option: string): InputControl => {
    const known = inputs.get(option);
    if (known) return known;
    const made = createInput({
      option,
      outputs: outputs(option),
      consumer: spec.id,
      onFrame({ arrived }) {
        received.frames++;
        received.rate.note(received.frames, arrived);
      },
      onSkip,
      onFull: (is) => health.full(option, is),
      onRefuse,
      onAccept: health.accepted,
      onFail: failedHandler,
    });
    inputs.set(option, made);
    producer.connect(made);
    if (active) made.attach();
    return made;
  };
  const refsOf = <P extends keyof Ports>(option: string, port: P) => {
    const made = (reference(option)?.to ?? []).map((to) => createRef(context.provider(to), port, guard));
    const known = refs.get(option) ?? [];
    refs.set(option, [...known, ...(made as RefControl<keyof Ports>[])]);
    if (active) for (const ref of made) ref.activate();
    return made.map((control) => control.ref);
  };
  const everyRef = (): RefControl<keyof Ports>[] => [...refs.values()].flat();
  const whileActive = (attach: Effect['attach']): void => {
    const effect: Effect = { attach, release: undefined };
    effects.push(effect);
    if (active) effect.release = guard.call('attach', attach) ?? undefined;
  };
  const deactivate = (): void => {
    active = false;
    for (const input of inputs.values()) input.detach();
    for (const ref of everyRef()) ref.deactivate();
    for (const effect of effects) {
      const { release } = effect;
      effect.release = undefined;
      if (release) guard.call('release', release);
    }
  };

  const node: Node<never> = {
    id,
    use,
    options: spec.options as never,
    log,
    clock: context.clock,
    metrics: guardMetrics(options.metrics, guard),
    memory: context.memory.for(id),
    signal,
    output: held.output,
    parser: options.parser && guardParser(options.parser, guard),
    daemon: context.daemon,
    get kernel() {
      return context.kernel();
    },
    cameras: camerasOfNode(id, context.cameras, guard, whileActive),
    profile: (option = 'from') => context.profile(() => reference(option)?.to ?? []),
    input: (option = 'from') => guardInput(inputOf(option).input, guard),
    pass(step, how) {
      // Only the step is timed: time that downstream nodes spend on the event loop is their own.
      const { input } = inputOf('from');
      const timed = guard.timed('handler', step);
      const passing = passFrames({
        id: spec.id,
        input,
        output: held.output,
        step: timed,
        how,
        signal,
        onSkip,
        onRefuse,
        fail: failedHandler,
      });
      producer.pass(passing.captured);
      drains.push(passing.idle);
    },
    refs: refsOf,
    ref(option, port) {
      const [first] = refsOf(option, port);
      if (!first) throw misuse('no-reference', `${spec.id} needs the option "${option}" to name a node`);
      return first;
    },
    durable: async (name, durable) => {
      const finish = (dispose: () => void | Promise<void>) => guard.finish('dispose', dispose, DISPOSE_MS);
      const requester = { id, use, predecessors: options.predecessors, finish };
      const value = await context.durables.acquire(node, requester, name, durable);
      // The node may have been stopped while the state was created.
      if (!ended) return value;
      await context.durables.release(node);
      throw environment('stopping', `${id} is stopping`);
    },
    whileActive,
    defer(cleanup) {
      // A start that continues after its node was stopped: whatever it opens is closed again at once.
      if (ended) void cleanUp([cleanup], tasks, { ms: STOP_MS, guard, log });
      else cleanups.push(cleanup);
    },
    task(work) {
      const task = (async () => work(signal))().catch((cause: unknown) => failedIn('task', cause));
      const tracked = task.finally(() => tasks.delete(tracked));
      tasks.add(tracked);
    },
    degraded: health.degraded,
    healthy: health.healthy,
    lost(pictures) {
      received.skipped += pictures;
    },
    fail,
    resolve: context.resolve,
    stateFolder: context.stateFolder,
    async listen(address) {
      const { listener, release } = await context.listeners.acquire(address, id);
      if (signal.aborted) release();
      else cleanups.push(release);
      return guardListener(listener, whileActive, guard);
    },
  };

  return {
    node,
    spec: () => spec,
    activate() {
      active = true;
      producer.activate();
      for (const ref of everyRef()) ref.activate();
      for (const effect of effects) effect.release = effect.attach() ?? undefined;
      for (const input of inputs.values()) input.attach();
      held.open();
    },
    deactivate,
    relink(next) {
      spec = next;
      for (const [option, input] of inputs) input.retarget(outputs(option));
      for (const [option, controls] of refs) {
        const to = reference(option)?.to ?? [];
        controls.forEach((ref, index) => {
          const target = to[index % to.length];
          if (target !== undefined) ref.retarget(context.provider(target));
        });
      }
    },
    detach() {
      for (const input of inputs.values()) input.detach();
    },
    async drain() {
      await Promise.all([...[...inputs.values()].map((input) => input.drain()), ...drains.map((drain) => drain())]);
    },
    end() {
      ended = true;
      for (const input of inputs.values()) input.close();
      return { cleanups, tasks };
    },
    close() {
      held.close();
      producer.close();
    },
  };
}

const guardInput = (input: Input, guard: Guard): Input => ({
  ...input,
  each: (handler, how) => input.each(guard.timed('handler', handler), how),
});

function guardOutput(output: Output, guard: Guard): Output {
  return {
    ...output,
    onWant(start) {
      output.onWant((camera) => {
        const release = guard.call('want', () => start(camera));
        return () => {
          if (release) guard.call('release', release);
        };
      });
    },
    answer(kind, handler, cameras) {
      const timed = guard.timed('answer', handler);
      // An error of the handler is the answer to the requester.
      output.answer(kind, async (...args) => timed(...args), cameras);
    },
  };
}

/** A gauge that throws is not read again. */
function guardMetrics(metrics: Metrics, guard: Guard): Metrics {
  return {
    count: metrics.count,
    gauge(name, read) {
      let broken = false;
      metrics.gauge(name, () => {
        if (broken) return 0;
        const value = guard.call('gauge', read);
        broken = typeof value !== 'number';
        return value ?? 0;
      });
    },
  };
}

/** Bytes come from sockets and child processes, where an exception would be uncaught. */
function guardParser(parser: ParserFactory, guard: Guard): ParserFactory {
  return (sink, about) => {
    const made = parser(sink, about);
    const push = guard.timed('parser', (chunk: Buffer) => made.push(chunk));
    let broken = false;
    const unlessBroken = (work: () => void): void => {
      if (broken) return;
      try {
        work();
      } catch (cause) {
        broken = true;
        guard.failed('parser', cause);
      }
    };
    return {
      push(chunk) {
        if (broken) return;
        try {
          push(chunk);
        } catch (cause) {
          broken = true;
          guard.failed('parser', cause);
        }
      },
      end: () => unlessBroken(() => made.end()),
    };
  };
}

/** Connections go to the instance in effect. */
function guardListener(listener: Listener, whileActive: (attach: () => Release) => void, guard: Guard): Listener {
  return {
    ...listener,
    accept(onConnection) {
      const guarded = (socket: Socket): void => {
        try {
          onConnection(socket);
        } catch (cause) {
          socket.destroy();
          guard.failed('connection', cause);
        }
      };
      let accepting: Release | undefined;
      let released = false;
      whileActive(() => {
        if (!released) accepting = listener.accept(guarded);
        return () => accepting?.();
      });
      return () => {
        released = true;
        accepting?.();
      };
    },
  };
}
