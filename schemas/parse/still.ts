// Generated from still.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Reads one JPEG or PNG from a stream, as a capture program writes it to standard output. Bytes before a JPEG are skipped. A JPEG is passed on as soon as its last byte has arrived. Costs one copy of the picture.
 */
export interface ParseStillOptions {
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
