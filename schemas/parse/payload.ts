// Generated from payload.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Finds the picture in a message of one of these forms: a raw JPEG or PNG, bare base64, a data URL, or a JSON object that holds base64 or a data URL under one of the configured keys. Costs a decoded copy of the picture.
 */
export interface ParsePayloadOptions {
  /**
   * Keys of a JSON message under which the picture may be, tried in order. "screen.image" reaches into objects.
   *
   * @minItems 1
   * @maxItems 32
   */
  keys: string[];
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
