// Checks the fixed headers of an MQTT byte stream (MQTT 3.1.1 §2.2) for packets that are too large.

/** Remaining Length has at most this many bytes (§2.2.3). */
const LENGTH_BYTES = 4;

export type PacketLimit = (chunk: Uint8Array) => 'fine' | 'too-large' | 'malformed';

/**
 * Told every chunk of one direction of a connection, it says when a packet announces more than `most` bytes in all: before its
 * body has been buffered.
 */
export function packetLimit(most: number): PacketLimit {
  let body = 0;
  let header = 0;
  let length = 0;
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
      if (header === 0) {
        header = 1;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** (header - 1);
      header++;
      if (byte & 0x80) {
        if (header > LENGTH_BYTES) return 'malformed';
        continue;
      }
      if (length + header > most) return 'too-large';
      body = length;
      header = 0;
    }
    return 'fine';
  };
}
