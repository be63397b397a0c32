// Statistics per camera of a node: time, size and rate of its frames. Numbers only, so that no frame is kept in memory.

import type { Frame, ImageType } from '../../contract/frame.ts';

/** Cameras of one node that are counted; further ones are delivered but not counted. */
export const MAX_TALLIED = 4096;
/** Weight of the newest gap between two frames. */
const NEWEST = 0.2;
/** A camera counts as silent after this many milliseconds, or SILENT_GAPS of its gaps if that is longer, without a frame. */
const SILENT_MS = 5000;
const SILENT_GAPS = 3;

export interface Tallied {
  readonly frames: number;
  /** Of the newest frame: milliseconds since the epoch, and monotonic. */
  readonly time: number;
  readonly arrived: number;
  readonly type: ImageType;
  readonly width: number;
  readonly height: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds between two frames, smoothed; 0 before the second one. */
  readonly gap: number;
}

export interface CameraTally {
  note(frame: Frame): void;
  get(camera: string): Tallied | undefined;
  /** Drops all other cameras. */
  keep(cameras: ReadonlySet<string>): void;
}

export function createCameraTally(): CameraTally {
  const known = new Map<string, { -readonly [Key in keyof Tallied]: Tallied[Key] }>();
  return {
    note({ camera, time, arrived, type, width, height, data }) {
      const before = known.get(camera);
      const size = data.length;
      if (!before) {
        if (known.size < MAX_TALLIED)
          known.set(camera, { frames: 1, time, arrived, type, width, height, size, gap: 0 });
        return;
      }
      const gap = arrived - before.arrived;
      const started = before.gap > 0 && !isSilent(before, arrived);
      // One by one: Object.assign is several times slower, and this runs for every frame.
      before.time = time;
      before.arrived = arrived;
      before.type = type;
      before.width = width;
      before.height = height;
      before.size = size;
      before.frames++;
      before.gap = started ? before.gap + (gap - before.gap) * NEWEST : gap;
    },
    get: (camera) => known.get(camera),
    keep(cameras) {
      for (const camera of known.keys()) if (!cameras.has(camera)) known.delete(camera);
    },
  };
}

const isSilent = ({ gap, arrived }: Tallied, now: number): boolean =>
  now - arrived > Math.max(SILENT_MS, SILENT_GAPS * gap);

/** Frames per second; 0 before the second frame and once the camera is silent. `now`: monotonic milliseconds. */
export const rateOf = (tallied: Tallied, now: number): number =>
  tallied.gap === 0 || isSilent(tallied, now) ? 0 : 1000 / tallied.gap;
