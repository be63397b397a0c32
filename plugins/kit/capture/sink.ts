// Publishes a source's frames: to all in `mode: always`, only to viewers and captures in `mode: on_demand`.

import { withDeadline } from '../../../core/base/deadline.ts';
import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Node, ParsedImage } from '../../../core/contract/plugin.ts';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';
import { createOnDemandRunner } from './on-demand.ts';

/** What the rooms of core/source ask of a source's node. */
export type SourceNode = Omit<Node<unknown>, 'options'>;

/** Options that sources share. */
export interface DemandOptions {
  readonly mode: 'always' | 'on_demand';
  readonly linger: Milliseconds;
  readonly capture_timeout: Milliseconds;
  /** The camera's id; the node's own when it is not set. */
  readonly camera?: string;
}

export interface Sink {
  hand(image: ParsedImage): void;
  /** There will be no picture for now: captures that wait for one fail with this. */
  failed(cause: Error): void;
  /** Nobody watches or waits: what ends now need not be started again. */
  idle(): boolean;
}

/**
 * Runs a source that brings pictures by itself: always, or while somebody watches or waits for a capture. A capture gets the first
 * picture that comes after it was asked for; what nobody watches is not sent on.
 * @param run hands pictures to the sink until its signal aborts
 */
export function publishFrames(
  node: SourceNode,
  options: DemandOptions,
  run: (sink: Sink, signal: AbortSignal) => Promise<void>,
): void {
  const camera = options.camera ?? node.id;
  const stamp = (image: ParsedImage): Frame => node.output.stamp(camera === node.id ? image : { ...image, camera });
  node.output.announce(camera);
  if (options.mode === 'always') {
    // A camera does not wait, so the promise tells nothing (and never rejects).
    const sink: Sink = { hand: (image) => void node.output.emit(stamp(image)), failed() {}, idle: () => false };
    node.task((signal) => run(sink, signal));
    return;
  }

  const waiting = new Set<{ resolve(frame: Frame): void; reject(cause: Error): void }>();
  let watchers = 0;
  const sink: Sink = {
    hand(image) {
      if (watchers === 0 && waiting.size === 0) return;
      const frame = stamp(image);
      for (const { resolve } of waiting) resolve(frame);
      waiting.clear();
      if (watchers > 0) void node.output.emit(frame);
    },
    failed(cause) {
      for (const { reject } of waiting) reject(cause);
      waiting.clear();
    },
    idle: () => watchers === 0 && waiting.size === 0,
  };
  const { clock, signal } = node;
  const source = createOnDemandRunner({
    linger: options.linger,
    clock,
    signal,
    run: (running) => run(sink, running),
    onFail: (cause) => node.fail(cause),
  });
  node.defer(() => source.stopped());
  node.output.onWant((wanted) => {
    if (wanted !== undefined && wanted !== camera) return () => {};
    watchers++;
    const release = source.hold();
    return () => {
      watchers--;
      release();
    };
  });
  const capture = async (_camera: string, _scope: unknown, asked: AbortSignal): Promise<Frame> => {
    const release = source.hold();
    try {
      return await captureInTime(node, camera, options.capture_timeout, asked, (given) => {
        return new Promise<Frame>((resolve, reject) => {
          const waiter = { resolve, reject };
          waiting.add(waiter);
          given.addEventListener('abort', () => waiting.delete(waiter), { once: true });
        });
      });
    } catch (cause) {
      // Nobody else sees that it starts and gives nothing: it may be stopped before its feed counts as silent.
      if (isFault(cause) && cause.code === 'capture-timeout') node.degraded(cause.message);
      throw cause;
    } finally {
      release();
    }
  };
  node.output.answer('capture', capture, (asked) => asked === camera);
}

/** Runs one capture against its deadline, the caller's signal and the end of the node. */
export async function captureInTime<T>(
  node: SourceNode,
  camera: string,
  deadline: Milliseconds,
  asked: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = (): Fault =>
    environment('capture-timeout', `The camera ${camera} sent no picture within ${formatDuration(deadline)}.`);
  try {
    return await withDeadline({ ms: deadline, late, clock: node.clock, signals: [asked, node.signal] }, work);
  } catch (cause) {
    if (asked.aborted || !node.signal.aborted) throw cause;
    throw environment('capture-failed', `The camera ${camera} is stopping.`, cause);
  }
}
