// Decodes the Remaining Length of an MQTT packet byte by byte (MQTT 3.1.1 §2.2.3). Allocates no memory per packet.

/** Maximum bytes of a Remaining Length. */
const LENGTH_BYTES = 4;

/** UNFINISHED: more bytes follow. MALFORMED: the length has more bytes than the protocol allows. */
export const UNFINISHED = -1;
export const MALFORMED = -2;

export interface RemainingLength {
  /** Reads the next byte; returns the length once it is complete, otherwise UNFINISHED or MALFORMED. */
  take(byte: number): number;
  /** Number of bytes of the last length. */
  size(): number;
}

export function createRemainingLength(): RemainingLength {
  let length = 0;
  let taken = 0;
  let whole = 0;
  return {
    take(byte) {
      length += (byte & 0x7f) * 128 ** taken++;
      if (byte & 0x80) return taken < LENGTH_BYTES ? UNFINISHED : MALFORMED;
      const result = length;
      whole = taken;
      length = 0;
      taken = 0;
      return result;
    },
    size: () => whole,
  };
}
