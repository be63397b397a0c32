// Generated from image.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Recognises a JPEG or PNG, reads its size in pixels without decoding it, and refuses anything else with a reason. Padding after the picture is removed. Costs one copy of the picture.
 */
export interface ParseImageOptions {
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
