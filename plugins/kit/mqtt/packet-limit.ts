// Checks the fixed headers of an MQTT byte stream (MQTT 3.1.1 §2.2) for packets that are too large.

import { createRemainingLength, MALFORMED, UNFINISHED } from './remaining-length.ts';

export type PacketLimit = (chunk: Uint8Array) => 'fine' | 'too-large' | 'malformed';

/**
 * Call it with every chunk of one direction of a connection. It reports a packet that announces more than `most` bytes in all before
 * the packet's body has been buffered.
 */
export function packetLimit(most: number): PacketLimit {
  const remaining = createRemainingLength();
  let body = 0;
  let inHeader = false;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (body > 0) {
        const step = Math.min(body, chunk.length - at);
        body -= step;
        at += step;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (!inHeader) {
        inHeader = true;
        continue;
      }
      const length = remaining.take(byte);
      if (length === UNFINISHED) continue;
      if (length === MALFORMED) return 'malformed';
      if (1 + remaining.size() + length > most) return 'too-large';
      body = length;
      inHeader = false;
    }
    return 'fine';
  };
}
