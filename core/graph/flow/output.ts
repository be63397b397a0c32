// The output of one node id: it outlives instances, so that consumers stay subscribed across restarts.

import { isFinal } from '../../contract/final.ts';
import type { Frame } from '../../contract/frame.ts';
import type { Delivery, Output } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { environment } from '../../contract/problems.ts';
import { createRate } from './rate.ts';
import { createReadiness } from './readiness.ts';
import type { Sequence } from './sequence.ts';
import { type CaptureFunction, shareCaptures } from './share-captures.ts';
import type { Subscription } from './subscription.ts';
import type { YoungCollection } from './young-collection.ts';

/** Cameras that one node may announce or send; frames of further ones still flow but are not listed. */
export const MAX_CAMERAS = 100_000;

export interface NodeOutput {
  readonly id: string;
  /** Frames and bytes since the node was first started. */
  readonly sent: { readonly frames: number; readonly bytes: number };
  /** Frames per second. */
  rate(): number;
  /** The consumers that the profile names. Until one is there, the newest frame of each camera is kept for it. */
  expect(consumers: ReadonlyMap<string, Delivery>): void;
  /** `consumer` is the id of the node behind the link; none for one that merely watches. */
  add(subscription: Subscription, consumer?: string): void;
  remove(subscription: Subscription): void;
  want(camera: string | undefined): Release;
  cameras(): readonly string[];
  canCapture(camera: string): boolean;
  capture(camera: string, signal: AbortSignal): Promise<Frame>;
  /** The side of one running instance. `upstream` lists the cameras of its own inputs. */
  open(upstream: () => readonly string[]): Producer;
}

export interface Producer {
  readonly output: Output;
  /** From now on wants and captures go to this instance; the one before is left alone. */
  activate(): void;
  close(): void;
}

/** Cameras of which a frame is kept for a consumer that is away. */
export const MAX_MISSED = 4096;

const DONE = Promise.resolve();
/** The key of a want for all cameras. */
const ALL = '';

export interface NodeOutputOptions {
  readonly id: string;
  readonly sequence: Sequence;
  readonly youngCollection: YoungCollection;
  now(): number;
  monotonic(): number;
}

export function createNodeOutput(options: NodeOutputOptions): NodeOutput {
  const { id } = options;
  const subscriptions = new Map<Subscription, string | undefined>();
  const readiness = createReadiness();
  /** The newest frame of each camera that an expected consumer has missed. */
  const missed = new Map<string, Frame>();
  const wants = new Map<string, number>();
  const producers: OpenProducer[] = [];
  const sent = { frames: 0, bytes: 0 };
  const rate = createRate();

  const emit = (frame: Frame, wait = false): Promise<void> => {
    sent.frames++;
    sent.bytes += frame.data.length;
    rate.note(sent.frames, frame.arrived);
    if (!readiness.complete && !wait) miss(frame);
    if (wait && !readiness.settled) return readiness.wait().then(() => hand(frame, wait));
    return hand(frame, wait);
  };
  const miss = (frame: Frame): void => {
    if (missed.size < MAX_MISSED || missed.has(frame.camera)) missed.set(frame.camera, frame);
  };
  const hand = (frame: Frame, wait: boolean): Promise<void> => {
    let pending: Promise<void>[] | undefined;
    for (const subscription of subscriptions.keys()) {
      const result = subscription.push(frame, wait);
      if (!result) continue;
      if (pending) pending.push(result);
      else pending = [result];
    }
    if (!pending) return DONE;
    return wait ? agreed(pending) : Promise.allSettled(pending).then(nothing);
  };

  const capture = shareCaptures((camera, signal) => {
    const producer = producers.at(-1);
    if (!producer?.captures(camera)) {
      return Promise.reject(environment('no-capture', `${id} cannot take a picture of ${camera} on demand`));
    }
    return producer.capture(camera, signal);
  });

  return {
    id,
    sent,
    rate: () => rate.read(sent.frames, options.monotonic()),
    expect(consumers) {
      readiness.expect(consumers);
      if (readiness.complete) missed.clear();
    },
    add(subscription, consumer) {
      if (subscriptions.has(subscription)) return;
      subscriptions.set(subscription, consumer);
      if (consumer === undefined) return;
      readiness.arrive(consumer);
      for (const frame of missed.values()) subscription.push(frame, false)?.catch(nothing);
      if (readiness.complete) missed.clear();
    },
    remove(subscription) {
      const consumer = subscriptions.get(subscription);
      if (!subscriptions.delete(subscription) || consumer === undefined) return;
      readiness.leave(consumer);
    },
    cameras: () => [...new Set(producers.flatMap((producer) => producer.cameras()))],
    canCapture: (camera) => producers.at(-1)?.captures(camera) ?? false,
    capture,
    want(camera = ALL) {
      const count = wants.get(camera) ?? 0;
      wants.set(camera, count + 1);
      if (count === 0) producers.at(-1)?.start(camera);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (wants.get(camera) ?? 1) - 1;
        if (left > 0) wants.set(camera, left);
        else {
          wants.delete(camera);
          for (const producer of producers) producer.stop(camera);
        }
      };
    },
    open(upstream) {
      const producer = openProducer({ ...options, emit, upstream });
      return {
        output: producer.output,
        activate() {
          const before = producers.at(-1);
          const at = producers.indexOf(producer);
          if (at >= 0) producers.splice(at, 1);
          producers.push(producer);
          producer.activate([...wants.keys()]);
          if (before && before !== producer) before.stopAll();
        },
        close() {
          const at = producers.indexOf(producer);
          if (at >= 0) producers.splice(at, 1);
          producer.stopAll();
        },
      };
    },
  };
}

const nothing = (): void => {};

/**
 * Waits for every consumer, so that a frame which one of them will never take is not answered for before the others have it.
 * Rejects with a refusal that may pass where there is one: then the frame must be sent again, whoever else rejects it for good.
 */
async function agreed(answers: readonly Promise<void>[]): Promise<void> {
  const [only] = answers;
  if (answers.length === 1) return only;
  const outcomes = await Promise.allSettled(answers);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => ({ reason }));
  const told = refused.find(({ reason }) => !isFinal(reason)) ?? refused[0];
  if (told) throw told.reason;
}

interface OpenProducer {
  readonly output: Output;
  cameras(): readonly string[];
  captures(camera: string): boolean;
  readonly capture: CaptureFunction;
  activate(cameras: readonly string[]): void;
  start(camera: string): void;
  stop(camera: string): void;
  stopAll(): void;
}

interface ProducerOptions extends NodeOutputOptions {
  emit(frame: Frame, wait?: boolean): Promise<void>;
  upstream(): readonly string[];
}

function openProducer({
  id,
  sequence,
  youngCollection,
  now,
  monotonic,
  emit,
  upstream,
}: ProducerOptions): OpenProducer {
  const own = new Set<string>();
  const starters: ((camera: string | undefined) => Release)[] = [];
  const started = new Map<string, Release[]>();
  const wanted = new Set<string>();
  let active = false;
  let taker: { take: CaptureFunction; takes: (camera: string) => boolean } | undefined;

  const startOne = (camera: string, starter: (camera: string | undefined) => Release): void => {
    const release = starter(camera === ALL ? undefined : camera);
    const releases = started.get(camera);
    if (releases) releases.push(release);
    else started.set(camera, [release]);
  };
  const stop = (camera: string): void => {
    wanted.delete(camera);
    const releases = started.get(camera);
    started.delete(camera);
    for (const release of releases ?? []) release();
  };
  const start = (camera: string): void => {
    if (!active || wanted.has(camera)) return;
    wanted.add(camera);
    for (const starter of starters) startOne(camera, starter);
  };
  const note = (camera: string): void => {
    if (!own.has(camera) && own.size < MAX_CAMERAS) own.add(camera);
  };

  return {
    cameras: () => [...own, ...upstream()],
    captures: (camera) => taker?.takes(camera) ?? false,
    capture: (camera, signal) =>
      taker ? taker.take(camera, signal) : Promise.reject(environment('no-capture', `${id} takes no pictures`)),
    activate(cameras) {
      active = true;
      for (const camera of cameras) start(camera);
    },
    start,
    stop,
    stopAll() {
      active = false;
      for (const camera of [...wanted]) stop(camera);
    },
    output: {
      stamp(capture) {
        const camera = capture.camera ?? id;
        youngCollection.note(capture.data.length);
        return {
          camera,
          seq: sequence.next(camera),
          time: capture.time ?? now(),
          arrived: monotonic(),
          type: capture.type,
          data: capture.data,
          width: capture.width,
          height: capture.height,
          hasHeadroom: capture.hasHeadroom,
          meta: capture.meta ?? NO_META,
        };
      },
      emit(frame, wait) {
        note(frame.camera);
        return emit(frame, wait);
      },
      announce: note,
      onWant(starter) {
        starters.push(starter);
        for (const camera of wanted) startOne(camera, starter);
      },
      onCapture(take, takes = (camera) => own.has(camera)) {
        taker = { take, takes };
      },
    },
  };
}

const NO_META = Object.freeze({});
