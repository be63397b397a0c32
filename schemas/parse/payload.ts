// Generated from payload.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Reads the picture from a message in one of these forms: a raw JPEG or PNG, base64, a data URL, a JSON string, or a JSON object or urlencoded form with base64 or a data URL under one of the configured keys. JSON may be UTF-8 or UTF-16, with or without a byte order mark. Costs a decoded copy of the picture.
 */
export interface ParsePayloadOptions {
  /**
   * Keys of a JSON message that may hold the picture, tried in order. "screen.image" reads from a nested object.
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
