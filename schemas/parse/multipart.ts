// Generated from multipart.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Reads the pictures of an HTTP camera's multipart stream, with and without Content-Length, and with the boundary variants that cameras use. Parts that are not pictures are skipped. A part's X-Timestamp becomes the time of the picture. Costs one copy of every picture.
 */
export interface ParseMultipartOptions {
  /**
   * The boundary, for streams without a Content-Type. By default it comes from the Content-Type or from the first line of the stream.
   */
  boundary?: string;
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
