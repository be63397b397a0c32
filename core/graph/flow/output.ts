// The output of one node id. It outlives instances, so that consumers stay subscribed across restarts.

import type { Frame } from '../../contract/frame.ts';
import type { Delivery, Output, RequestKind } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { type CameraTally, createCameraTally } from './camera-tally.ts';
import { createDeliver } from './deliver.ts';
import { createDemand, type Wantable } from './demand.ts';
import type { Flow } from './flow.ts';
import { createInstanceOutput, type InstanceOutput } from './producer.ts';
import { createRate } from './rate.ts';
import { type Answer, type Args, type CaptureStep, forward, noAnswer } from './requests.ts';
import { shareCaptures } from './share-captures.ts';
import type { Subscription } from './subscription.ts';
import { camerasOf, findAnswering, type Upstream } from './upstream.ts';

export interface NodeOutput extends Wantable {
  readonly id: string;
  /** Frames and bytes since the node was first started. */
  readonly sent: { readonly frames: number; readonly bytes: number };
  /** Statistics of the cameras that the node itself sends. */
  readonly tally: CameraTally;
  /** Frames per second. */
  rate(): number;
  /** Sets the consumers that the profile names. While one is missing, the newest frame of each camera is kept for it. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  /** `consumer`: id of the node behind the subscription; undefined for a tap. */
  add(subscription: Subscription, consumer?: string): void;
  remove(subscription: Subscription): void;
  /** Ids of the nodes that are subscribed. */
  consumers(): readonly string[];
  /** Cameras that are wanted now; "" means all. */
  wanted(): readonly string[];
  /** Every camera whose frames this output can send. */
  cameras(): readonly string[];
  /** The cameras of the node itself, without those of upstream nodes. */
  announced(): Iterable<string>;
  /** The inputs of the running instance. */
  upstreams(): readonly Upstream[];
  answersItself(kind: RequestKind, camera: string): boolean;
  answers(kind: RequestKind, camera: string): boolean;
  /** `visited`: outputs that the request has already passed. */
  ask<Kind extends RequestKind>(
    kind: Kind,
    camera: string,
    args: Args<Kind>,
    signal: AbortSignal,
    visited?: ReadonlySet<NodeOutput>,
  ): Promise<Answer<Kind>>;
  /** Call before a reload: records which cameras can reach the inputs of this node. */
  noteCameras(): void;
  /** Call after a reload: reports to the inputs which recorded cameras can no longer come. */
  releaseCameras(): void;
  /** The node replaces `from`: takes over its recorded cameras. */
  inheritCameras(from: NodeOutput): void;
  /** By option. */
  readonly notedCameras: ReadonlyMap<string, ReadonlySet<string>>;
  /** Calls `listener` when the node has left the profile. */
  onEnd(listener: () => void): Release;
  /** The node has left the profile. */
  end(): void;
  /** Opens the output of one running instance. */
  open(): Producer;
}

export interface Producer {
  readonly output: Output;
  /** Adds an input of the instance. */
  connect(input: Upstream): void;
  /** Sets the step that every picture captured upstream goes through. */
  pass(step: CaptureStep): void;
  /** Directs wants and requests to this instance from now on; stops the work of the previous one. */
  activate(): void;
  close(): void;
}

const NONE: readonly Upstream[] = [];

type Routes = {
  readonly [Kind in RequestKind]: (
    camera: string,
    args: Args<Kind>,
    signal: AbortSignal,
    visited: ReadonlySet<NodeOutput>,
  ) => Promise<Answer<Kind>>;
};

export function createNodeOutput(id: string, flow: Flow): NodeOutput {
  const accepted: InstanceOutput[] = [];
  /** The instance that was accepted last: its cameras remain known during a restart. */
  let last: InstanceOutput | undefined;
  const noted = new Map<string, Set<string>>();
  const deliver = createDeliver(flow.refusals);
  const demand = createDemand(() => accepted);
  const sent = { frames: 0, bytes: 0 };
  const rate = createRate();
  const tally = createCameraTally();
  const ends = new Set<() => void>();

  const upstreams = (): readonly Upstream[] => last?.upstreams ?? NONE;
  const before = (): readonly NodeOutput[] => upstreams().flatMap((input) => input.outputs());
  const answersItself = (kind: RequestKind, camera: string): boolean => {
    const answers = accepted.at(-1)?.answers;
    return answers?.covers(kind, camera, (candidate) => last?.cameras.has(candidate) ?? false) ?? false;
  };

  const answer = async <Kind extends RequestKind>(
    kind: Kind,
    camera: string,
    args: Args<Kind>,
    signal: AbortSignal,
    visited: ReadonlySet<NodeOutput>,
  ): Promise<Answer<Kind>> => {
    const instance = accepted.at(-1);
    if (!instance) throw noAnswer(kind, camera);
    const further = new Set([...visited, output]);
    const covers = (candidate: string): boolean =>
      instance.cameras.has(candidate) || findAnswering(before(), kind, candidate, further) !== undefined;
    const handler = instance.answers.get(kind);
    if (handler && instance.answers.covers(kind, camera, covers)) return handler(camera, args, signal);
    return forward(before(), kind, camera, args, signal, further);
  };
  const routes: Routes = {
    capture: shareCaptures(async (camera, args, signal, visited) => {
      const step = accepted.at(-1)?.step;
      const isOwn = answersItself('capture', camera);
      const frame = await answer('capture', camera, args, signal, visited);
      return step && !isOwn ? step(frame, signal) : frame;
    }),
    command: (camera, args, signal, visited) => answer('command', camera, args, signal, visited),
  };

  const output: NodeOutput = {
    id,
    sent,
    tally,
    rate: () => rate.read(sent.frames, flow.clock.monotonic()),
    expect: deliver.expect,
    add: deliver.add,
    remove: deliver.remove,
    get onDemand() {
      return demand.onDemand;
    },
    want: demand.want,
    follow: demand.follow,
    unfollow: demand.unfollow,
    began: demand.began,
    ended: demand.ended,
    consumers: deliver.consumers,
    wanted: demand.wanted,
    cameras: () => [...camerasOf([output])],
    announced: () => last?.cameras ?? [],
    upstreams,
    notedCameras: noted,
    noteCameras() {
      for (const { option, outputs } of upstreams()) {
        const cameras = camerasOf(outputs());
        for (const camera of noted.get(option) ?? []) cameras.add(camera);
        noted.set(option, cameras);
      }
    },
    releaseCameras() {
      for (const input of upstreams()) {
        const now = camerasOf(input.outputs());
        const left: string[] = [];
        for (const camera of noted.get(input.option) ?? []) if (!now.has(camera)) left.push(camera);
        noted.set(input.option, now);
        if (left.length > 0) input.leave(left);
      }
    },
    inheritCameras(from) {
      for (const [option, cameras] of from.notedCameras) noted.set(option, new Set(cameras));
    },
    answersItself,
    answers: (kind, camera) => findAnswering([output], kind, camera) !== undefined,
    ask: (kind, camera, args, signal, visited = new Set()) => routes[kind](camera, args, signal, visited),
    onEnd(listener) {
      ends.add(listener);
      return () => void ends.delete(listener);
    },
    end() {
      for (const listener of [...ends]) listener();
    },
    open() {
      const emit = (frame: Frame, wait = false): Promise<void> => {
        sent.frames++;
        sent.bytes += frame.data.length;
        rate.note(sent.frames, frame.arrived);
        if (instance.cameras.has(frame.camera)) tally.note(frame);
        return deliver.send(frame, wait);
      };
      const instance = createInstanceOutput(id, flow, { emit, acknowledged: deliver.acknowledged }, demand);
      const drop = (): void => {
        const at = accepted.indexOf(instance);
        if (at >= 0) accepted.splice(at, 1);
        demand.targetsChanged();
      };
      return {
        output: instance.output,
        connect: instance.connect,
        pass(step) {
          instance.step = step;
        },
        activate() {
          const replaced = accepted.at(-1);
          drop();
          accepted.push(instance);
          instance.accept(last);
          last = instance;
          if (replaced && replaced !== instance) replaced.stopAll();
        },
        close() {
          drop();
          instance.stopAll();
        },
      };
    },
  };
  return output;
}
