// Makes smaller versions of the newest pictures, once per class for all viewers.

import type { Frame } from '../../../core/contract/frame.ts';
import { CLASSES, type PictureClass, type Reduction } from './classes.ts';

/** Most pictures of all cameras that are encoded at the same time. */
export const MAX_PARALLEL = 2;
/** Bytes: smaller pictures are sent unchanged. */
export const MIN_BYTES = 12 * 1024;

/** Makes one picture smaller. Rejects when it cannot be decoded. */
export type Encode = (data: Buffer, reduction: Reduction) => Promise<Pick<Frame, 'data' | 'width' | 'height'>>;

export interface Reducer {
  /** The newest version in this class; undefined before the first. */
  newest(camera: string, as: PictureClass): Frame | undefined;
  /** Adds a new picture of a camera that has viewers in this class. A picture that comes too early waits until the next one replaces it. */
  push(frame: Frame, as: PictureClass): void;
  /** Starts waiting pictures that are due. */
  sweep(): void;
  /** Deletes the versions without viewers. */
  keepOnly(isWatched: (camera: string, as: PictureClass) => boolean): void;
  readonly size: () => number;
}

export interface ReducerOptions {
  encode: Encode;
  /** Monotonic milliseconds. */
  now(): number;
  onReduced(frame: Frame, as: PictureClass): void;
  count(name: string): void;
}

interface Version {
  readonly camera: string;
  readonly as: PictureClass;
  waiting: Frame | undefined;
  newest: Frame | undefined;
  isBusy: boolean;
  dueAt: number;
}

export function createReducer({ encode, now, onReduced, count }: ReducerOptions): Reducer {
  const versions = new Map<string, Version>();
  let busy = 0;

  const run = async (version: Version, frame: Frame, reduction: Reduction): Promise<void> => {
    version.waiting = undefined;
    version.isBusy = true;
    version.dueAt = now() + 1000 / reduction.fps;
    busy++;
    const reduced = await reduce(frame, reduction);
    busy--;
    version.isBusy = false;
    version.newest = reduced;
    onReduced(reduced, version.as);
    sweep();
  };
  const reduce = async (frame: Frame, reduction: Reduction): Promise<Frame> => {
    try {
      const made = await encode(frame.data, reduction);
      count('pictures_reduced_total');
      // Some originals are smaller than the result.
      if (made.data.length >= frame.data.length) return frame;
      return { ...frame, ...made, type: 'image/jpeg', hasHeadroom: false };
    } catch {
      count('pictures_not_reduced_total');
      return frame;
    }
  };
  const start = (version: Version): void => {
    const { waiting, isBusy, dueAt, as } = version;
    const reduction = CLASSES[as];
    if (!waiting || !reduction || isBusy || busy >= MAX_PARALLEL) return;
    // Frames jitter, so a frame that is slightly early counts as due.
    if (now() < dueAt - 100 / reduction.fps) return;
    void run(version, waiting, reduction);
  };
  const sweep = (): void => {
    for (const [key, version] of [...versions]) {
      if (busy >= MAX_PARALLEL) return;
      if (!version.waiting) continue;
      // Moves the version to the end, so that every camera gets its turn.
      versions.delete(key);
      versions.set(key, version);
      start(version);
    }
  };
  return {
    size: () => versions.size,
    newest: (camera, as) => versions.get(`${as} ${camera}`)?.newest,
    push(frame, as) {
      const key = `${as} ${frame.camera}`;
      const version = versions.get(key) ?? {
        camera: frame.camera,
        as,
        waiting: undefined,
        newest: undefined,
        isBusy: false,
        dueAt: 0,
      };
      versions.set(key, version);
      if (frame.data.length < MIN_BYTES) {
        version.newest = frame;
        onReduced(frame, as);
        return;
      }
      version.waiting = frame;
      start(version);
    },
    sweep,
    keepOnly(isWatched) {
      for (const [key, { camera, as }] of versions) if (!isWatched(camera, as)) versions.delete(key);
    },
  };
}
