// Finds the next picture of a stream that is out of step: a plausible length before an SOI marker.

import { type ByteOrder, LENGTH_BYTES } from '../../kit/image/length-prefixed.ts';

/** SOI and the first byte of the marker that follows it (T.81 §B.2.1). */
const START = Buffer.from([0xff, 0xd8, 0xff]);
const WINDOW = LENGTH_BYTES + START.length;

export interface Found {
  /** Bytes that are not part of a picture. */
  readonly skipped: number;
  /** The length and the first bytes of the picture; undefined if none is found so far. */
  readonly start: Buffer | undefined;
  /** Bytes of the chunk that `start` and `skipped` cover. */
  readonly used: number;
}

export interface Resync {
  /** Begins the search in these bytes, which were refused as a length and a start; they may contain the beginning of a real one. */
  begin(read: Buffer): void;
  /** The chunk is valid only during the call. */
  search(chunk: Buffer): Found;
}

export function createResync({ order, max }: { readonly order: ByteOrder; readonly max: number }): Resync {
  let tail = Buffer.alloc(0);
  /** Bytes of `tail` that have been reported as skipped. */
  let reported = 0;
  /** 1 while `tail` begins with the refused length, which must not be found again. */
  let first = 0;

  const lengthAt = (bytes: Buffer, at: number): number =>
    order === 'little' ? bytes.readInt32LE(at) : bytes.readInt32BE(at);

  return {
    begin(read) {
      tail = Buffer.from(read);
      reported = read.length;
      first = 1;
    },
    search(chunk) {
      const bytes = Buffer.concat([tail, chunk]);
      for (let at = bytes.indexOf(START); at !== -1; at = bytes.indexOf(START, at + 1)) {
        const from = at - LENGTH_BYTES;
        if (from < first) continue;
        const length = lengthAt(bytes, from);
        if (length < WINDOW || length > max) continue;
        const end = at + START.length;
        const skipped = Math.max(0, from - reported);
        return { skipped, start: Buffer.from(bytes.subarray(from, end)), used: end - tail.length };
      }
      const keep = Math.min(bytes.length, WINDOW - 1);
      const skipped = Math.max(0, bytes.length - keep - reported);
      reported = Math.max(0, reported - (bytes.length - keep));
      tail = Buffer.from(bytes.subarray(bytes.length - keep));
      if (bytes.length > keep) first = 0;
      return { skipped, start: undefined, used: chunk.length };
    },
  };
}
