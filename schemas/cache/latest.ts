// Generated from latest.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Keeps the newest frame of every camera and passes all frames on. Snapshots, streams and pages read from it, so that a viewer never waits for a camera. Costs one frame of memory per camera.
 */
export interface CacheLatestOptions {
  /**
   * Where the frames come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * A camera that has sent nothing for this long is offline.
   */
  stale_after: Milliseconds;
  /**
   * The largest number of cameras to cache. Frames of further cameras are passed on but not cached.
   */
  max_cameras: number;
}
