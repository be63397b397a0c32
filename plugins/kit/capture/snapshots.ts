// A source that takes single pictures, at an interval or on request.

import { createSingleFlight } from '../../../core/base/single-flight.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import type { ParsedImage } from '../../../core/contract/plugin.ts';
import { environment, isFault } from '../../../core/contract/problems.ts';
import { atInterval } from './interval.ts';
import { createOnDemandRunner } from './on-demand.ts';
import { captureInTime, type DemandOptions, type SourceNode } from './sink.ts';

export interface SnapshotsOptions extends DemandOptions {
  /** Milliseconds from the start of one picture to the start of the next. */
  readonly every: Milliseconds;
}

/**
 * @param shoot takes one picture; undefined means that the camera works and its picture has not changed, which is only allowed when
 *   `fresh` is false. Rejects with a Fault of blame `environment` that gives the reason if there is none.
 * @param rest for a camera that stays open between pictures: called in `mode: on_demand` when it is no longer needed, captures
 *   included. A capture then also keeps it open for `linger`.
 */
export function publishSnapshots(
  node: SourceNode,
  options: SnapshotsOptions,
  shoot: (signal: AbortSignal, fresh: boolean) => Promise<ParsedImage | undefined>,
  rest?: () => Promise<void>,
): void {
  const camera = options.camera ?? node.id;
  node.output.announce(camera);
  let fresh = false;
  // The loop and captures share one request in flight: a camera serves one program at a time.
  const singleFlight = createSingleFlight<Frame | undefined>(async (signal) => {
    try {
      const image = await shoot(signal, fresh);
      node.healthy();
      return image && node.output.stamp(camera === node.id ? image : { ...image, camera });
    } catch (cause) {
      if (!signal.aborted && isFault(cause) && cause.blame === 'environment') node.degraded(cause.message);
      throw cause;
    } finally {
      fresh = false;
    }
  });
  node.defer(() => singleFlight.idle());

  const captureNow = async (given: AbortSignal): Promise<Frame> => {
    fresh = true;
    let frame = await singleFlight(given);
    if (!frame) {
      // It joined a request of the loop that was in flight and returned "unchanged".
      fresh = true;
      frame = await singleFlight(given);
    }
    if (!frame) throw environment('capture-failed', `The camera ${camera} sent no new picture.`);
    return frame;
  };
  // An extra picture between two of the interval, for all consumers.
  node.output.answer(
    'command',
    async (_camera, { name }, caller) => {
      if (name !== 'capture') return false;
      void node.output.emit(await captureInTime(node, camera, options.capture_timeout, caller, captureNow));
      return true;
    },
    (id) => id === camera,
  );

  const run = (signal: AbortSignal): Promise<void> =>
    atInterval(node, options.every, signal, async () => {
      const frame = await singleFlight(signal);
      if (frame) void node.output.emit(frame);
      else node.metrics.count('unchanged_total');
    });
  if (options.mode === 'always') {
    node.task(run);
    return;
  }

  const { clock, signal } = node;
  const onFail = (cause: unknown): void => node.fail(cause);
  const runAndRest = async (running: AbortSignal): Promise<void> => {
    try {
      await run(running);
    } finally {
      await rest?.();
    }
  };
  const source = createOnDemandRunner({ linger: options.linger, clock, signal, run: runAndRest, onFail });
  node.defer(() => source.stopped());
  node.output.onWant((wanted) => (wanted === undefined || wanted === camera ? source.hold() : () => {}));
  const capture = (_camera: string, _scope: unknown, caller: AbortSignal): Promise<Frame> =>
    captureInTime(node, camera, options.capture_timeout, caller, async (given) => {
      const release = rest ? source.hold() : undefined;
      try {
        return await captureNow(given);
      } finally {
        release?.();
      }
    });
  node.output.answer('capture', capture, (id) => id === camera);
}
