// Extracts the body of a camera's response: by length, in chunks, or up to the end of the connection.

import { type ChunkReader, createChunkReader } from './chunks.ts';
import type { Framing } from './framing.ts';
import type { Oddity } from './oddities.ts';

/** The bytes are valid only during the call. Returning true stops further calls. */
export type Take = (chunk: Buffer) => boolean | void;

export interface BodyReader {
  /** The following bytes go to `take`. */
  handTo(take: Take): void;
  /** Bytes from the connection, valid only during the call. */
  push(chunk: Buffer): void;
  /** Continues behind the end that the framing gave, up to the end of the connection. */
  readOn(): void;
  /** Call it when the connection has ended. */
  close(): void;
  /** `complete`: as long as the framing says. `cut`: the connection ended before. */
  readonly state: 'open' | 'complete' | 'cut' | 'malformed';
  /** True after `take` returned true. */
  readonly isEnough: boolean;
  /** True if no byte followed the end. */
  readonly isExact: boolean;
}

/** Bytes behind the end that are kept for `readOn`. */
const MAX_BEYOND = 1024 * 1024;

export function createBodyReader(framing: Framing, odd: (oddity: Oddity) => void): BodyReader {
  const isEmpty = framing.is === 'none' || (framing.is === 'length' && framing.bytes === 0);
  const chunks: ChunkReader | undefined = framing.is === 'chunked' ? createChunkReader(odd) : undefined;
  let mode: Framing['is'] = framing.is;
  let state: BodyReader['state'] = isEmpty ? 'complete' : 'open';
  let left = framing.is === 'length' ? framing.bytes : 0;
  let take: Take = () => {};
  let isEnough = false;
  let beyond: Buffer[] = [];
  let beyondBytes = 0;

  const hand = (bytes: Buffer): void => {
    if (bytes.length > 0 && !isEnough && take(bytes) === true) isEnough = true;
  };
  const keep = (bytes: Buffer): void => {
    beyondBytes += bytes.length;
    if (bytes.length > 0 && beyondBytes <= MAX_BEYOND) beyond.push(Buffer.from(bytes));
  };

  return {
    get state() {
      return state;
    },
    get isEnough() {
      return isEnough;
    },
    get isExact() {
      return beyondBytes === 0;
    },
    handTo(next) {
      take = next;
      isEnough = false;
    },
    push(chunk) {
      if (state !== 'open') return keep(chunk);
      if (mode === 'length') {
        const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
        left -= part.length;
        if (left === 0) state = 'complete';
        hand(part);
        keep(chunk.subarray(part.length));
      } else if (mode === 'chunked' && chunks) {
        const stopped = chunks.push(chunk, hand);
        if (chunks.state === 'raw') mode = 'close';
        if (chunks.state === 'malformed') state = 'malformed';
        if (chunks.state === 'done') {
          state = 'complete';
          keep(chunk.subarray(stopped));
        }
      } else hand(chunk);
    },
    readOn() {
      mode = 'close';
      state = 'open';
      const rest = beyond;
      beyond = [];
      beyondBytes = 0;
      for (const bytes of rest) {
        odd('longer_than_length');
        hand(bytes);
      }
    },
    close() {
      if (state !== 'open') return;
      state = mode === 'close' ? 'complete' : 'cut';
      if (mode === 'length') odd('shorter_than_length');
    },
  };
}
