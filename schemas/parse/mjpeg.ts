// Generated from mjpeg.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Splits a stream of concatenated JPEGs in any chunking, as rpicam-vid, v4l2-ctl and ffmpeg write them. It follows the marker segments, so thumbnails inside a picture never split it; truncated pictures are dropped, garbage between pictures is skipped, and the Huffman tables that USB cameras leave out are inserted. Costs one copy of every picture.
 */
export interface ParseMjpegOptions {
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
