// Keeps a camera's stream open while it is held, across faults of the camera and reloads of the profile.

import type { Milliseconds } from '../../../core/base/units.ts';
import { isFault, type Release } from '../../../core/contract/plugin.ts';
import { createOnDemandRunner } from '../../kit/capture/on-demand.ts';
import { createRetry } from '../../kit/capture/retry.ts';
import { applyControls, type CameraSpec, type OpenContext, openCamera } from './open.ts';
import type { Shot } from './shot.ts';
import { createWarmUp, type WarmUp } from './warm-up.ts';

/** The node that owns the stream now. */
export interface StreamOwner {
  readonly spec: CameraSpec;
  readonly warmUp: WarmUp;
  readonly context: OpenContext;
  onShot(shot: Shot): void;
  /** The stream has failed and is opened again. */
  onFault(cause: Error): void;
  /** The stream has stopped permanently. */
  onFail(cause: unknown): void;
}

export interface CameraStream {
  /** Makes this the owner. Changed controls are set while the stream runs. */
  adopt(owner: StreamOwner): void;
  /** The stream runs until released, and `linger` longer. */
  hold(): Release;
  /** True while the device is open, or is being opened. */
  readonly open: boolean;
  /** Resolves when the device is free: at once when it is closed, or when the last hold was released and the linger is over. */
  closed(): Promise<void>;
  /** Closes the stream now if it is not held; true if it is, or will be, closed. */
  rest(): boolean;
  /** Ends the stream; the device is free when it resolves. */
  dispose(): Promise<void>;
}

export function createCameraStream(first: StreamOwner, linger: Milliseconds): CameraStream {
  let owner = first;
  const control = new AbortController();
  let holds = 0;
  let running = 0;
  const waiters: (() => void)[] = [];

  const run = async (signal: AbortSignal): Promise<void> => {
    running++;
    try {
      await keepOpen(signal);
    } finally {
      running--;
      for (const wake of waiters.splice(0)) wake();
    }
  };
  const keepOpen = async (signal: AbortSignal): Promise<void> => {
    const retry = createRetry();
    while (!signal.aborted) {
      const { spec, warmUp, context } = owner;
      let shots = 0;
      const warm = createWarmUp(warmUp, context, (shot) => {
        shots++;
        owner.onShot(shot);
      });
      try {
        await openCamera(spec, context, { skip: warmUp.pictures ?? 0, owner: () => owner }, signal, warm);
      } catch (cause) {
        if (signal.aborted) return;
        if (!isFault(cause) || cause.blame !== 'environment') throw cause;
        if (shots > 0) retry.reset();
        context.metrics.count('streams_lost_total');
        owner.onFault(cause);
        await context.clock.sleep(retry.after(cause), signal).catch(() => {});
      }
    }
  };
  const runner = createOnDemandRunner({
    linger,
    clock: first.context.clock,
    signal: control.signal,
    run,
    onFail: (cause) => owner.onFail(cause),
  });

  return {
    adopt(next) {
      const before = owner;
      owner = next;
      if (running === 0 || JSON.stringify(before.spec.controls) === JSON.stringify(next.spec.controls)) return;
      applyControls(next.spec, next.context, control.signal).catch((cause) => {
        if (!control.signal.aborted && isFault(cause)) next.context.onControls(cause.message);
      });
    },
    hold() {
      holds++;
      const release = runner.hold();
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holds--;
        release();
      };
    },
    rest() {
      runner.rest();
      return holds === 0;
    },
    get open() {
      return running > 0;
    },
    closed: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    async dispose() {
      control.abort();
      await runner.stopped();
    },
  };
}
