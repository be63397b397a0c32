// Generated from still.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * The stream ends after one JPEG or PNG, as a capture program writes it to its standard output. Anything before a JPEG is skipped. A JPEG is handed on as soon as its last byte is there. Costs one copy of the picture.
 */
export interface ParseStillOptions {
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
