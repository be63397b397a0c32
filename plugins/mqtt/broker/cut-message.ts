// Cuts the payload out of messages that are too large, so that the broker can answer them without reading the payload.

import { randomBytes } from 'node:crypto';

/** Replaces a payload that was cut out; its size follows. No client can guess it. */
const MARK = randomBytes(32);
const SIZE_BYTES = 4;

/** Size in bytes of the message whose payload was cut out; undefined for every other payload. */
export function cutSize(payload: Uint8Array): number | undefined {
  if (payload.length !== MARK.length + SIZE_BYTES || !MARK.equals(payload.subarray(0, MARK.length))) return undefined;
  return Buffer.from(payload).readUInt32BE(MARK.length);
}

/** Follows a stream of packets chunk by chunk, and collects the bytes to pass on. Positions are those in the chunk. */
export interface Cuts {
  next(chunk: Buffer): void;
  /** A packet begins here. */
  header(at: number): void;
  /** The fixed header of the packet has ended; the packet is passed on or cut. */
  begun(isCut: boolean): void;
  /** `head`: topic and packet id (MQTT 3.1.1 §3.3.2) of a PUBLISH with the first byte `first`; `length`: bytes after the fixed header. */
  named(first: number, head: Buffer, length: number): void;
  /** The packet ends before this position. */
  ended(at: number): void;
  /** The bytes of the chunk to pass on. */
  rest(): Buffer;
}

export function createCuts(): Cuts {
  let chunk: Buffer = Buffer.alloc(0);
  const out: Buffer[] = [];
  /** Bytes from here on are passed on. */
  let from = 0;
  /** Start of a fixed header that has not ended yet. */
  let headerAt: number | undefined;
  /** A fixed header that began in earlier chunks; a few bytes. */
  let held: Buffer = Buffer.alloc(0);
  let isCutting = false;

  return {
    next(given) {
      chunk = given;
      from = 0;
      if (headerAt !== undefined) headerAt = 0;
    },
    header(at) {
      headerAt = at;
    },
    begun(isCut) {
      if (isCut) out.push(chunk.subarray(from, headerAt));
      else if (held.length > 0) out.push(held);
      isCutting = isCut;
      headerAt = undefined;
      held = Buffer.alloc(0);
    },
    named(first, head, length) {
      if (!isCutting) return;
      const size = Buffer.alloc(SIZE_BYTES);
      size.writeUInt32BE(length);
      out.push(Buffer.from([first, ...lengthOf(head.length + MARK.length + SIZE_BYTES)]), head, MARK, size);
    },
    ended(at) {
      if (isCutting) from = at;
      isCutting = false;
    },
    rest() {
      if (headerAt !== undefined) held = Buffer.concat([held, chunk.subarray(headerAt)]);
      if (!isCutting) out.push(chunk.subarray(from, headerAt));
      const [only] = out;
      const passed = out.length === 1 && only ? only : Buffer.concat(out);
      out.length = 0;
      return passed;
    },
  };
}

/** The Remaining Length (MQTT 3.1.1 §2.2.3). */
function lengthOf(length: number): number[] {
  const low = length % 128;
  const high = Math.floor(length / 128);
  return high === 0 ? [low] : [low | 0x80, ...lengthOf(high)];
}
