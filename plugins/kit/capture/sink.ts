// Publishes a source's frames: to all in `mode: always`, only to viewers and captures in `mode: on_demand`.

import { withDeadline } from '../../../core/base/deadline.ts';
import { formatDuration, type Milliseconds } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { Node, ParsedImage } from '../../../core/contract/plugin.ts';
import { environment, type Fault, isFault } from '../../../core/contract/problems.ts';
import { createOnDemandRunner } from './on-demand.ts';

/** The parts of a node that the frame publishers here use. */
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
  /** No picture will come for now: waiting captures fail with this cause. */
  failed(cause: Error): void;
  /** True if there is no viewer and no capture: work that ends now need not be restarted. */
  idle(): boolean;
}

/**
 * Runs a source that produces pictures by itself: always, or while there is a viewer or a capture. A capture gets the first picture
 * that arrives after its request; pictures without a viewer are not sent on.
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
    // A camera does not wait for its consumers, so the promise is of no use here (and it never rejects).
    const sink: Sink = { hand: (image) => void node.output.emit(stamp(image)), failed() {}, idle: () => false };
    node.task((signal) => run(sink, signal));
    return;
  }

  const waiting = new Set<{ resolve(frame: Frame): void; reject(cause: Error): void }>();
  let viewers = 0;
  const sink: Sink = {
    hand(image) {
      if (viewers === 0 && waiting.size === 0) return;
      const frame = stamp(image);
      for (const { resolve } of waiting) resolve(frame);
      waiting.clear();
      if (viewers > 0) void node.output.emit(frame);
    },
    failed(cause) {
      for (const { reject } of waiting) reject(cause);
      waiting.clear();
    },
    idle: () => viewers === 0 && waiting.size === 0,
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
    viewers++;
    const release = source.hold();
    return () => {
      viewers--;
      release();
    };
  });
  const capture = async (_camera: string, _scope: unknown, caller: AbortSignal): Promise<Frame> => {
    const release = source.hold();
    try {
      return await captureInTime(node, camera, options.capture_timeout, caller, (given) => {
        return new Promise<Frame>((resolve, reject) => {
          const waiter = { resolve, reject };
          waiting.add(waiter);
          given.addEventListener('abort', () => waiting.delete(waiter), { once: true });
        });
      });
    } catch (cause) {
      // No other part sees a run that starts and gives no picture: it may be stopped before its feed counts as silent.
      if (isFault(cause) && cause.code === 'capture-timeout') node.degraded(cause.message);
      throw cause;
    } finally {
      release();
    }
  };
  node.output.answer('capture', capture, (id) => id === camera);
}

/** Runs one capture against its deadline, the caller's signal and the end of the node. */
export async function captureInTime<T>(
  node: SourceNode,
  camera: string,
  deadline: Milliseconds,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = (): Fault =>
    environment('capture-timeout', `The camera ${camera} sent no picture within ${formatDuration(deadline)}.`);
  try {
    return await withDeadline({ ms: deadline, late, clock: node.clock, signals: [caller, node.signal] }, work);
  } catch (cause) {
    if (caller.aborted || !node.signal.aborted) throw cause;
    throw environment('capture-failed', `The camera ${camera} is stopping.`, cause);
  }
}
