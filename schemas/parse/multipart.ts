// Generated from multipart.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Cuts the pictures out of an HTTP camera's multipart stream, with and without Content-Length, whatever the camera does with the boundary. Parts that are no picture are skipped. X-Timestamp of a part becomes the time of the picture. Costs one copy of every picture.
 */
export interface ParseMultipartOptions {
  /**
   * The boundary, for streams that come without a Content-Type. By default it is taken from there or from the first line of the stream.
   */
  boundary?: string;
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
