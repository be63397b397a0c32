// Generated from length-prefixed.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Reads a signed 32-bit length, then that many bytes: one JPEG or PNG. A negative length, or one above `max_frame`, is refused before memory is reserved for it; the parser then continues at the next picture. A length of zero is ignored. Memory grows with the received bytes, never with the announced length. Costs one copy of every picture.
 */
export interface ParseLengthPrefixedOptions {
  /**
   * The order of the four bytes.
   */
  byte_order: 'little' | 'big';
  /**
   * The largest picture, in bytes as received. Larger ones are dropped without being buffered, and counted.
   */
  max_frame: Bytes;
}
