// One camera of a node: its stream and its stills share the device, so that it is never opened twice.

import { createSingleFlight } from '../../../core/base/single-flight.ts';
import type { Milliseconds } from '../../../core/base/units.ts';
import { isFault, type Release } from '../../../core/contract/plugin.ts';
import type { CameraSpec, OpenContext } from './open.ts';
import type { Shot } from './shot.ts';
import { takeStill } from './still.ts';
import { type CameraStream, createCameraStream, type StreamOwner } from './stream.ts';
import type { WarmUp } from './warm-up.ts';

export type Mode = 'still' | 'on_demand' | 'always';

export interface Watcher {
  onShot(shot: Shot): void;
  onFault(cause: Error): void;
}

export interface Camera {
  readonly spec: CameraSpec;
  /** The next picture: from the stream if it runs or may run, else a still. Concurrent calls share it. */
  take(signal: AbortSignal): Promise<Shot>;
  /** Opens the camera for one picture and closes it; while watchers keep the stream open, the picture is from the stream. */
  alone(signal: AbortSignal): Promise<Shot>;
  /** Keeps the stream open; the watcher receives all of its pictures and faults. */
  watch(watcher: Watcher): Release;
  /** Closes the stream if it has no watcher. */
  rest(): void;
  /** Like rest(); resolves when the device is free, or at once if watchers keep the stream open. */
  free(): Promise<void>;
}

export interface CameraOptions {
  readonly spec: CameraSpec;
  readonly mode: Mode;
  readonly warmUp: WarmUp;
  readonly context: OpenContext;
  /** The problem with the pictures, as a sentence; undefined when one has arrived. */
  onTrouble(why: string | undefined): void;
  onFail(cause: unknown): void;
}

export interface CameraControl {
  readonly camera: Camera;
  readonly owner: StreamOwner;
}

/** @param stream the stream, created earlier by `createStream`, perhaps by a predecessor of the node */
export function createCamera(options: CameraOptions, stream: () => CameraStream): CameraControl {
  const { spec, mode, warmUp, context, onTrouble } = options;
  const watchers = new Set<Watcher>();
  let trouble: string | undefined = '';
  const report = (why: string | undefined): void => {
    if (why === trouble) return;
    trouble = why;
    onTrouble(why);
  };

  const owner: StreamOwner = {
    spec,
    warmUp,
    context,
    onShot(shot) {
      report(undefined);
      for (const watcher of [...watchers]) watcher.onShot(shot);
    },
    onFault(cause) {
      report(cause.message);
      for (const watcher of [...watchers]) watcher.onFault(cause);
    },
    onFail: options.onFail,
  };
  const watch = (watcher: Watcher): Release => {
    watchers.add(watcher);
    const release = stream().hold();
    return () => {
      watchers.delete(watcher);
      release();
    };
  };
  const still = createSingleFlight<Shot>(async (signal) => {
    await stream().closed();
    signal.throwIfAborted();
    try {
      const shot = await takeStill(spec, warmUp, context, signal);
      report(undefined);
      return shot;
    } catch (cause) {
      if (!signal.aborted && isFault(cause) && cause.blame === 'environment') report(cause.message);
      throw cause;
    }
  });
  const next = (signal: AbortSignal): Promise<Shot> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        release();
        settle();
      };
      const onAbort = (): void => end(() => reject(signal.reason));
      const release = watch({
        onShot: (shot) => end(() => resolve(shot)),
        onFault: (cause) => end(() => reject(cause)),
      });
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });

  const camera: Camera = {
    spec,
    take: (signal) => (mode === 'still' && !stream().open ? still(signal) : next(signal)),
    async alone(signal) {
      if (!stream().rest()) return next(signal);
      const shot = await still(signal);
      await still.idle();
      return shot;
    },
    watch,
    rest() {
      stream().rest();
    },
    async free() {
      if (stream().rest()) await stream().closed();
    },
  };
  return { camera, owner };
}

export const createStream = (owner: StreamOwner, mode: Mode, linger: Milliseconds): CameraStream =>
  createCameraStream(owner, mode === 'still' ? 0 : linger);
