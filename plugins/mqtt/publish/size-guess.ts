// Guesses the packet limit of a broker that does not announce it (MQTT 3.1.1): it closes the connection on each large message.

import { formatSize } from '../../../core/base/units.ts';

/** Messages below this many bytes are never held back. */
const SMALLEST = 16 * 1024;
/** Broken connections in a row before messages are held back. */
const BREAKS = 2;
/** How long messages are held back before one is tried again. Milliseconds. */
export const HELD_MS = 600_000;

export interface SizeGuess {
  /** The connection broke during the transmission of a message with so many bytes. */
  cut(bytes: number): void;
  /** The reason to hold back a message of this size, as a sentence; undefined if it may be sent. */
  tooLarge(bytes: number): string | undefined;
}

export function createSizeGuess(now: () => number): SizeGuess {
  let smallest = Number.POSITIVE_INFINITY;
  let times = 0;
  let until = 0;
  return {
    cut(bytes) {
      if (bytes < SMALLEST) return;
      times = bytes >= smallest / 2 ? times + 1 : 1;
      smallest = Math.min(bytes, smallest);
      if (times >= BREAKS) until = now() + HELD_MS;
    },
    tooLarge(bytes) {
      if (times < BREAKS || bytes < smallest) return undefined;
      if (now() < until) {
        return `The broker closed the connection ${times} times while a picture of ${formatSize(smallest)} was sent; such pictures are probably larger than it accepts. Make them smaller (transform/image), or raise max_packet_size of the broker.`;
      }
      times = 0;
      smallest = Number.POSITIVE_INFINITY;
      return undefined;
    },
  };
}
