// Collects the chunks of one picture in a buffer with headroom, with one copy.

import { allocate, HEADROOM, settle, TAILROOM } from '../../../core/contract/frame.ts';

/** Smallest initial buffer: the size of a small camera's picture. */
const LEAST = 16 * 1024;

export interface Collector {
  /** Bytes collected so far. */
  readonly length: number;
  /** Appends a copy of `chunk[from, to)`. */
  append(chunk: Uint8Array, from: number, to: number): void;
  /** Removes the last bytes. */
  drop(bytes: number): void;
  /** The bytes so far; valid until the next call. */
  peek(): Buffer;
  /** Returns the bytes in a buffer of their own with headroom, and starts over. */
  take(): Buffer;
  /** Discards the bytes and keeps the buffer. */
  clear(): void;
  /** Sets the expected size of the next picture. */
  expect(bytes: number): void;
}

/** Pictures of one camera have similar sizes: a buffer begins with the size of the previous picture and some spare. */
export function createCollector(expected = LEAST): Collector {
  let buffer: Buffer | undefined;
  let capacity = 0;
  let length = 0;
  let guess = expected;

  const reserve = (bytes: number): Buffer => {
    if (buffer !== undefined && bytes <= capacity) return buffer;
    capacity = buffer === undefined ? Math.max(guess, bytes) : Math.max(2 * capacity, bytes);
    const larger = allocate(capacity);
    if (buffer !== undefined) buffer.copy(larger, HEADROOM, HEADROOM, HEADROOM + length);
    buffer = larger;
    return larger;
  };

  return {
    get length() {
      return length;
    },
    append(chunk, from, to) {
      if (to <= from) return;
      const target = reserve(length + to - from);
      // `set` of a view is as fast as Buffer.copy and accepts any typed array.
      target.set(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to), HEADROOM + length);
      length += to - from;
    },
    drop(bytes) {
      length = Math.max(0, length - bytes);
    },
    peek() {
      return settle(reserve(length), length);
    },
    take() {
      const source = reserve(length);
      const data = settle(capacity > 2 * length + LEAST ? fitted(source, length) : source, length);
      guess = headroomGuess(length);
      buffer = undefined;
      length = 0;
      return data;
    },
    clear() {
      length = 0;
      if (capacity > 2 * guess + TAILROOM) buffer = undefined;
    },
    expect(bytes) {
      if (length === 0 && bytes > capacity) buffer = undefined;
      guess = Math.max(bytes, 1);
    },
  };
}

/** Without this copy, a picture much smaller than the previous one would keep that one's memory allocated. */
function fitted(source: Buffer, length: number): Buffer {
  const small = allocate(length);
  source.copy(small, HEADROOM, HEADROOM, HEADROOM + length);
  return small;
}

/** Initial buffer size for the picture after one of `length` bytes. */
export const headroomGuess = (length: number): number => Math.max(LEAST, length + (length >> 3));
