// The input of one node instance: its subscription, which moves between producers without losing frames.

import type { Frame } from '../../contract/frame.ts';
import type { FrameHandler, Input } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { createWants } from './demand.ts';
import type { NodeOutput } from './output.ts';
import { noAnswer } from './requests.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { camerasOf, findAnswering, type Upstream } from './upstream.ts';

export interface InputControl extends Upstream {
  readonly input: Input;
  /** Starts the frames; none come before this. */
  attach(): void;
  /** Stops the frames; those already received are still processed. */
  detach(): void;
  /** Switches to these outputs: subscribes to the new ones before it unsubscribes from the old ones. */
  retarget(outputs: readonly NodeOutput[]): void;
  drain(): Promise<void>;
  close(): void;
}

export interface InputOptions {
  /** The option that names the outputs. */
  readonly option: string;
  readonly outputs: readonly NodeOutput[];
  /** Id of the node that owns the input. */
  readonly consumer: string;
  onFrame(frame: Frame): void;
  onSkip(): void;
  onFull(full: boolean): void;
  onRefuse(cause: unknown): void;
  onAccept(): void;
  onFail(cause: unknown): void;
}

export function createInput(options: InputOptions): InputControl {
  let outputs = options.outputs;
  let subscription: Subscription | undefined;
  let always = false;
  let attached = false;
  let demand: Release | undefined;
  const listeners: ((cameras: readonly string[]) => void)[] = [];
  /** Cameras that have left; their frames may still be passing through upstream nodes. */
  const left = new Set<string>();
  const isLate = (camera: string): boolean => {
    if (!left.has(camera)) return false;
    if (camerasOf(outputs).has(camera)) left.delete(camera);
    return left.has(camera);
  };

  /** Cache of the outputs that react to wants; empty if a thousand cameras all send permanently. */
  let cachedOutputs: readonly NodeOutput[] | undefined;
  const demandOutputs = (): readonly NodeOutput[] => {
    cachedOutputs ??= outputs.filter((output) => output.onDemand);
    return cachedOutputs;
  };
  const demanded = createWants({
    began(camera) {
      if (demanded.size() > 1) {
        for (const output of demandOutputs()) output.began(camera);
        return;
      }
      // `follow` passes on the very first want.
      cachedOutputs = undefined;
      for (const output of outputs) output.follow(demanded.wants);
    },
    ended(camera) {
      for (const output of demandOutputs()) output.ended(camera);
      if (demanded.size() === 0) for (const output of outputs) output.unfollow(demanded.wants);
    },
    onDemandChanged() {
      cachedOutputs = undefined;
    },
  });
  const { want } = demanded;
  const join = (): void => {
    if (!subscription) return;
    for (const output of outputs) output.add(subscription, options.consumer);
    if (always) demand ??= want(undefined);
  };

  return {
    option: options.option,
    outputs: () => outputs,
    want,
    leave(cameras) {
      for (const camera of cameras) left.add(camera);
      for (const listener of listeners) {
        try {
          listener(cameras);
        } catch (cause) {
          options.onFail(cause);
        }
      }
    },
    input: {
      each(handler: FrameHandler, { delivery, queue, parallel, demand: requested = 'always' }) {
        if (subscription) throw new Error('an input accepts only one handler');
        always = requested === 'always';
        subscription = createSubscription({
          handler: (frame, wait) => {
            if (left.size > 0 && !wait && isLate(frame.camera)) return undefined;
            options.onFrame(frame);
            return handler(frame, wait);
          },
          delivery,
          ...(queue === undefined ? {} : { queue }),
          ...(parallel === undefined ? {} : { parallel }),
          onSkip: options.onSkip,
          onFull: options.onFull,
          onRefuse: options.onRefuse,
          onAccept: options.onAccept,
          onFail: options.onFail,
        });
        if (attached) join();
      },
      cameras: () => [...camerasOf(outputs)].sort(),
      want,
      onLeft: (listener) => void listeners.push(listener),
      answers: (kind, camera) => findAnswering(outputs, kind, camera) !== undefined,
      async ask(kind, camera, args, signal) {
        const output = findAnswering(outputs, kind, camera);
        if (!output) throw noAnswer(kind, camera);
        return output.ask(kind, camera, args, signal);
      },
    },
    attach() {
      attached = true;
      join();
    },
    detach() {
      attached = false;
      if (subscription) for (const output of outputs) output.remove(subscription);
      demand?.();
      demand = undefined;
    },
    retarget(next) {
      const before = outputs;
      outputs = next;
      cachedOutputs = undefined;
      if (attached && subscription) for (const output of next) output.add(subscription, options.consumer);
      if (demanded.size() > 0) {
        for (const output of next) output.follow(demanded.wants);
        for (const output of before) if (!next.includes(output)) output.unfollow(demanded.wants);
      }
      if (subscription) for (const output of before) if (!next.includes(output)) output.remove(subscription);
    },
    drain: async () => subscription?.drain(),
    close() {
      subscription?.close();
      listeners.length = 0;
      for (const output of outputs) output.unfollow(demanded.wants);
      demanded.clear();
    },
  };
}
