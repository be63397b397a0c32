// The input of one node instance: its subscriptions, which move between producers without losing frames.

import type { Frame } from '../../contract/frame.ts';
import type { FrameHandler, Input } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import type { NodeOutput } from './output.ts';
import { noAnswer } from './requests.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { camerasOf, findAnswering, type Upstream } from './upstream.ts';

export interface InputControl extends Upstream {
  readonly input: Input;
  /** Frames begin to come; before this, none do. */
  attach(): void;
  /** Frames stop coming; those already taken are worked on. */
  detach(): void;
  /** From now on frames come from these: the new ones are subscribed to before the old ones are let go. */
  retarget(outputs: readonly NodeOutput[]): void;
  drain(): Promise<void>;
  close(): void;
}

export interface InputOptions {
  /** The option that names the outputs. */
  readonly option: string;
  readonly outputs: readonly NodeOutput[];
  /** The id of the node whose input it is. */
  readonly consumer: string;
  onFrame(frame: Frame): void;
  onSkip(): void;
  onFull(full: boolean): void;
  onRefuse(cause: unknown): void;
  onAccept(): void;
  onFail(cause: unknown): void;
}

interface Want {
  readonly camera: string | undefined;
  releases: Release[];
}

export function createInput(options: InputOptions): InputControl {
  let outputs = options.outputs;
  let subscription: Subscription | undefined;
  let always = false;
  let attached = false;
  let demand: Release | undefined;
  const wants = new Set<Want>();
  const listeners: ((cameras: readonly string[]) => void)[] = [];
  /** Cameras that have left: frames of theirs may still be on their way through the nodes before. */
  const left = new Set<string>();
  const isLate = (camera: string): boolean => {
    if (!left.has(camera)) return false;
    if (camerasOf(outputs).has(camera)) left.delete(camera);
    return left.has(camera);
  };

  const ask = (camera: string | undefined): Release[] => outputs.map((output) => output.want(camera));
  const want = (camera?: string): Release => {
    const held: Want = { camera, releases: ask(camera) };
    wants.add(held);
    return () => {
      wants.delete(held);
      for (const release of held.releases.splice(0)) release();
    };
  };
  const join = (): void => {
    if (!subscription) return;
    for (const output of outputs) output.add(subscription, options.consumer);
    if (always) demand ??= want();
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
      each(handler: FrameHandler, { delivery, queue, parallel, demand: asked = 'always' }) {
        if (subscription) throw new Error('an input takes one handler');
        always = asked === 'always';
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
      if (attached && subscription) for (const output of next) output.add(subscription, options.consumer);
      for (const held of wants) {
        const old = held.releases;
        held.releases = ask(held.camera);
        for (const release of old) release();
      }
      if (subscription) for (const output of before) if (!next.includes(output)) output.remove(subscription);
    },
    drain: async () => subscription?.drain(),
    close() {
      subscription?.close();
      listeners.length = 0;
      for (const held of wants) for (const release of held.releases.splice(0)) release();
      wants.clear();
    },
  };
}
