// Runs the step of nodes that change, drop or delay frames, in order, and acknowledges once the downstream consumers have.

import type { Frame, Input, Output, PassOptions, PassStep } from '../../contract/plugin.ts';
import { environment, isFault } from '../../contract/problems.ts';
import type { CaptureStep } from './requests.ts';

/** Cameras whose newest frame waits for the step or for a want; frames of further cameras are skipped. */
export const MAX_HELD_CAMERAS = 4096;
/** Frames queued for the step; further ones are refused, or skipped if the source does not wait. */
export const MAX_QUEUED = 256;

export interface Pass {
  readonly id: string;
  readonly input: Input;
  readonly output: Output;
  readonly step: PassStep;
  readonly how: PassOptions;
  readonly signal: AbortSignal;
  onSkip(): void;
  onRefuse(cause: unknown): void;
  fail(cause: unknown): void;
}

interface Job {
  readonly camera: string;
  run(): Promise<void> | undefined;
}

export interface PassControl {
  /** The step for pictures captured upstream. */
  readonly captured: CaptureStep;
  /** Resolves when no step runs or is queued. */
  idle(): Promise<void>;
}

/** Subscribes to the input and runs the step. */
export function passFrames({ id, input, output, step, how, signal, onSkip, onRefuse, fail }: Pass): PassControl {
  const { order, parallel = 1, work = 'always' } = how;
  const queue: Job[] = [];
  /** The newest frame of each camera that the step has not started on. */
  const held = new Map<string, Frame>();
  /** Cameras whose frame is in the step: one frame per camera at a time, to keep the order. */
  const busy = new Set<string>();
  const wants = new Map<string | undefined, number>();
  // A captured picture may also arrive as a normal frame: the step runs once.
  const running = new WeakMap<Frame, Promise<Frame | undefined>>();
  const idleWaiters: (() => void)[] = [];

  const isWanted = (camera: string): boolean => work === 'always' || wants.has(undefined) || wants.has(camera);
  const apply = (frame: Frame, stepSignal = signal): Frame | undefined | Promise<Frame | undefined> => {
    const known = running.get(frame);
    if (known) return known;
    const result = step(frame, stepSignal);
    if (isPromise(result)) running.set(frame, result);
    return result;
  };

  const next = (): void => {
    while (busy.size < parallel) {
      const at = queue.findIndex((job) => !busy.has(job.camera));
      const [job] = at < 0 ? newest() : queue.splice(at, 1);
      if (!job) break;
      begin(job);
    }
    if (busy.size === 0 && queue.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
  };
  const newest = (): readonly Job[] => {
    for (const [camera, frame] of held) {
      if (busy.has(camera) || !isWanted(camera)) continue;
      held.delete(camera);
      return [{ camera, run: () => passOn(frame) }];
    }
    return [];
  };
  const begin = (job: Job): void => {
    const work = job.run();
    if (!work) return;
    busy.add(job.camera);
    void work.finally(() => {
      busy.delete(job.camera);
      next();
    });
  };
  /** For a frame without acknowledgement. Does not wait for downstream consumers: a slow one must not delay the next frame. */
  const passOn = (frame: Frame): Promise<void> | undefined => {
    const send = (changed: Frame | undefined): void => {
      if (changed) void output.emit(changed);
    };
    try {
      const result = apply(frame);
      if (isPromise(result)) return result.then(send).catch(unsent);
      send(result);
    } catch (cause) {
      unsent(cause);
    }
    return undefined;
  };
  const unsent = (cause: unknown): void => {
    onRefuse(cause);
    refused(cause);
  };
  const refused = (cause: unknown): void => {
    if (!isFault(cause) || cause.blame !== 'environment') fail(cause);
  };

  /** Runs the step on a frame when its turn comes. The camera stays busy until the step has settled. */
  const enqueue = <T>(camera: string, run: () => Promise<T>): Promise<T> => {
    if (queue.length >= MAX_QUEUED) {
      return Promise.reject(
        environment('node-busy', `${MAX_QUEUED} frames wait for ${id}. Send this one again later.`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      const job: Job = {
        camera,
        run: () =>
          run().then(resolve, (cause) => {
            refused(cause);
            reject(cause);
          }),
      };
      queue.push(job);
      next();
    });
  };
  const takeAll = async (frame: Frame, wait: boolean): Promise<void> => {
    let sent: Promise<void> | undefined;
    await enqueue(frame.camera, async () => {
      const changed = await apply(frame);
      // Sent in order, but awaited only by the caller.
      if (changed) sent = output.emit(changed, wait);
      sent?.catch(() => {});
    });
    return sent;
  };
  const takeNewest = (frame: Frame): void => {
    const { camera } = frame;
    if (!busy.has(camera) && busy.size < parallel && isWanted(camera) && queue.length === 0) {
      if (held.size > 0) held.delete(camera);
      begin({ camera, run: () => passOn(frame) });
      return;
    }
    const replaces = held.has(camera);
    const isOver = !replaces && held.size >= MAX_HELD_CAMERAS;
    if (isOver || (replaces && isWanted(camera))) onSkip();
    if (isOver) return;
    held.set(camera, frame);
    if (isWanted(camera)) next();
  };
  /** A step that answers synchronously costs no promise, no queue and no turn of the event loop. */
  const takeInOrder = (frame: Frame, wait: boolean): Promise<void> | undefined => {
    if (busy.has(frame.camera) || busy.size >= parallel || queue.length > 0) {
      if (wait) return takeAll(frame, true);
      if (queue.length < MAX_QUEUED) return takeAll(frame, false);
      onSkip();
      return undefined;
    }
    let result: ReturnType<PassStep>;
    try {
      result = apply(frame);
    } catch (cause) {
      refused(cause);
      return Promise.reject(cause);
    }
    if (isPromise(result)) return takeAll(frame, wait);
    const sent = result && output.emit(result, wait);
    // A source without `wait` needs no result, so no promise is made for each of its frames.
    return wait ? sent : undefined;
  };

  input.each(order === 'live' ? (frame, wait) => (wait ? takeInOrder(frame, true) : takeNewest(frame)) : takeInOrder, {
    delivery: 'through',
    demand: 'none',
  });
  if (work === 'wanted') {
    output.onWant((camera) => {
      const release = input.want(camera);
      wants.set(camera, (wants.get(camera) ?? 0) + 1);
      // A new viewer sees the newest frame at once.
      next();
      return () => {
        const left = (wants.get(camera) ?? 1) - 1;
        if (left > 0) wants.set(camera, left);
        else wants.delete(camera);
        release();
      };
    });
    output.answer(
      'capture',
      async (camera, scope, requestSignal) => {
        if (input.answers('capture', camera))
          return captured(await input.ask('capture', camera, scope, requestSignal), requestSignal);
        const frame = held.get(camera);
        if (!frame) throw environment('no-answer', `${id} has no frame of the camera ${camera}.`);
        return captured(frame, requestSignal);
      },
      (camera) => held.has(camera),
    );
  }

  const captured: CaptureStep = async (frame, requestSignal) => {
    const changed = await enqueue(frame.camera, async () => apply(frame, requestSignal));
    if (!changed) throw environment('frame-dropped', `${id} dropped the picture of the camera ${frame.camera}.`);
    return changed;
  };
  const idle = (): Promise<void> =>
    busy.size === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve));
  return { captured, idle };
}

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> => value instanceof Promise;
