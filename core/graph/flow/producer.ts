// The output of one running instance: it numbers and emits frames, starts work on demand, and answers requests.

import { createHash } from 'node:crypto';
import type { Output } from '../../contract/plugin.ts';
import type { Release } from '../../contract/ports.ts';
import { ALL, type Demand } from './demand.ts';
import type { Flow } from './flow.ts';
import { type Answers, type CaptureStep, createAnswers } from './requests.ts';
import type { Upstream } from './upstream.ts';

/** Most characters of a key from a source; a longer or unprintable one is replaced by its hash. */
export const MAX_KEY = 128;
/** Cameras that one node may announce or send; frames of further ones are delivered but the cameras are not listed. */
export const MAX_CAMERAS = 100_000;

export interface InstanceOutput {
  readonly output: Output;
  /** The inputs of the instance. */
  readonly upstreams: readonly Upstream[];
  readonly answers: Answers;
  /** Cameras that the instance has announced or, if it has no input, sent. */
  readonly cameras: ReadonlySet<string>;
  /** True if it reacts to wants: it has registered `onWant`, or has an input. */
  readonly onDemand: boolean;
  /** Replaces `before` and starts work for the current wants. */
  accept(before: InstanceOutput | undefined): void;
  start(camera: string): void;
  stop(camera: string): void;
  stopAll(): void;
  /** Adds an input. */
  connect(input: Upstream): void;
  /** The step for each picture captured upstream. */
  step: CaptureStep | undefined;
}

type Starter = (camera: string | undefined) => Release;

export function createInstanceOutput(
  id: string,
  { clock, sequence, youngCollection }: Flow,
  { emit, acknowledged }: Pick<Output, 'emit' | 'acknowledged'>,
  demand: Pick<Demand, 'wanted' | 'targetsChanged'>,
): InstanceOutput {
  const cameras = new Set<string>();
  const upstreams: Upstream[] = [];
  const answers = createAnswers();
  const starters: Starter[] = [];
  const started = new Map<string, Release[]>();
  const wanted = new Set<string>();
  const noteBytes = youngCollection.of(id);
  let state: 'new' | 'accepted' | 'replaced' = 'new';
  /** It announces its cameras, so that it sends no others. */
  let announces = false;

  const startOne = (camera: string, starter: Starter): void => {
    const release = starter(camera === ALL ? undefined : camera);
    const releases = started.get(camera);
    if (releases) releases.push(release);
    else started.set(camera, [release]);
  };
  const onDemand = (): boolean => starters.length > 0 || upstreams.length > 0;
  const start = (camera: string): void => {
    if (state !== 'accepted' || wanted.has(camera)) return;
    wanted.add(camera);
    if (starters.length > 0) for (const starter of starters) startOne(camera, starter);
    else for (const input of upstreams) startOne(camera, input.want);
  };
  /** An instance that does not react to wants is not notified: it reads the current ones as soon as it does. */
  const startAll = (): void => {
    demand.targetsChanged();
    if (onDemand()) for (const camera of demand.wanted()) start(camera);
  };
  const stop = (camera: string): void => {
    wanted.delete(camera);
    const releases = started.get(camera);
    started.delete(camera);
    for (const release of releases ?? []) release();
  };
  const note = (camera: string): void => {
    if (!cameras.has(camera) && cameras.size < MAX_CAMERAS) cameras.add(camera);
  };

  return {
    upstreams,
    answers,
    cameras,
    step: undefined,
    get onDemand() {
      return onDemand();
    },
    accept(before) {
      // A source that accepts any camera can list its cameras only from its predecessor.
      if (state === 'new' && !announces && upstreams.length === 0)
        for (const camera of before?.cameras ?? []) note(camera);
      state = 'accepted';
      startAll();
    },
    start,
    stop,
    stopAll() {
      state = 'replaced';
      for (const camera of [...wanted]) stop(camera);
    },
    connect(input) {
      upstreams.push(input);
      if (starters.length === 0) for (const camera of wanted) startOne(camera, input.want);
      startAll();
    },
    output: {
      stamp(capture) {
        const camera = capture.camera ?? id;
        noteBytes(camera, capture.data.length);
        return {
          camera,
          key: capture.key === undefined ? sequence.ulid(clock.now()) : keyOf(capture.key),
          seq: sequence.next(camera),
          time: capture.time ?? clock.now(),
          arrived: clock.monotonic(),
          type: capture.type,
          data: capture.data,
          width: capture.width,
          height: capture.height,
          hasHeadroom: capture.hasHeadroom,
          meta: capture.meta ?? NO_META,
        };
      },
      emit(frame, wait) {
        // Frames that a node passes on come from upstream nodes, which list their cameras.
        if (upstreams.length === 0) note(frame.camera);
        return emit(frame, wait);
      },
      acknowledged,
      announce(camera) {
        announces = true;
        note(camera);
      },
      withdraw: (camera) => void cameras.delete(camera),
      onWant(starter) {
        starters.push(starter);
        for (const camera of wanted) startOne(camera, starter);
        startAll();
      },
      answer: answers.set,
    },
  };
}

const NO_META = Object.freeze({});
const PRINTABLE = /^[!-~]+$/;

const keyOf = (key: string): string =>
  key.length <= MAX_KEY && PRINTABLE.test(key) ? key : createHash('sha256').update(key).digest('base64url');
