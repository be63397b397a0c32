// Collects the bytes of one picture from lent chunks into a buffer with headroom, with one copy.

import { allocate, HEADROOM, settle, TAILROOM } from '../../../core/contract/frame.ts';

/** Smallest buffer to begin with: a small camera's picture. */
const LEAST = 16 * 1024;

export interface Collector {
  /** Bytes gathered so far. */
  readonly length: number;
  /** Copies `chunk[from, to)` behind what is there. */
  append(chunk: Uint8Array, from: number, to: number): void;
  /** Takes back the last bytes. */
  drop(bytes: number): void;
  /** What is there so far, only lent: valid until the next call. */
  peek(): Buffer;
  /** Hands over the bytes, which lie in a buffer of their own with room around them, and begins anew. */
  take(): Buffer;
  /** Forgets what is there and keeps the buffer. */
  clear(): void;
  /** The size of the next picture, where it is known. */
  expect(bytes: number): void;
}

/** A camera's pictures are alike: a buffer begins with the size of the picture before it and some more. */
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
      // `set` of a view is as fast as Buffer.copy and takes any typed array.
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
      const hasHeadroom = capacity > 2 * length + LEAST ? fitted(source, length) : source;
      const data = settle(hasHeadroom, length);
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

/** A picture much smaller than the one before would hold on to that one's memory. */
function fitted(source: Buffer, length: number): Buffer {
  const small = allocate(length);
  source.copy(small, HEADROOM, HEADROOM, HEADROOM + length);
  return small;
}

/** The size to begin with for the picture after one of `length` bytes. */
export const headroomGuess = (length: number): number => Math.max(LEAST, length + (length >> 3));
