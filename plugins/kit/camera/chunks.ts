// Reads a chunked body (RFC 9112 §7.1) and tolerates missing and repeated line ends.

import type { Oddity } from './oddities.ts';

/** Characters of a chunk's size line with its extensions, and of the trailer. */
export const MAX_CHUNK_LINE = 4096;
export const MAX_TRAILER = 16 * 1024;
/** The beginning of a body that is announced as chunked and is not: no chunk size begins with these. */
const BODY = /^(?:\s*--|\xff\xd8|\x89P)/;
const SIZE = /^\s*(?:0x)?([0-9a-f]{1,13})\s*(?:;.*)?$/i;

export interface ChunkReader {
  /** Passes the data of chunks to `take`; returns where it stopped: at the end of the bytes, or of the body. */
  push(bytes: Buffer, take: (part: Buffer) => void): number;
  /** `raw`: the body is not chunked at all. `done`: the last chunk and the trailer have been read. */
  readonly state: 'open' | 'raw' | 'done' | 'malformed';
}

/** The part of the body that the next byte belongs to. */
type Phase = 'size' | 'data' | 'behind' | 'trailer';

export function createChunkReader(odd: (oddity: Oddity) => void): ChunkReader {
  let state: ChunkReader['state'] = 'open';
  let phase: Phase = 'size';
  let line = '';
  let left = 0;
  let trailer = 0;
  let isFirst = true;

  /** A whole line without its end, or undefined. */
  const lineFrom = (bytes: Buffer, at: number): { next: number; text: string | undefined } => {
    const end = bytes.indexOf(0x0a, at);
    const stop = end === -1 ? bytes.length : end;
    line += bytes.toString('latin1', at, Math.min(stop, at + MAX_CHUNK_LINE + 1));
    if (end === -1) return { next: stop, text: undefined };
    const text = line.replace(/\r$/, '');
    line = '';
    return { next: end + 1, text };
  };
  const readSize = (text: string): void => {
    if (text.trim() === '' && !isFirst) {
      odd('bad_chunk');
      return;
    }
    const size = SIZE.exec(text)?.[1];
    if (size === undefined) {
      state = 'malformed';
      return;
    }
    isFirst = false;
    left = Number.parseInt(size, 16);
    phase = left === 0 ? 'trailer' : 'data';
  };
  const readTrailer = (text: string): void => {
    trailer += text.length;
    if (text === '') state = 'done';
    else if (trailer > MAX_TRAILER) state = 'malformed';
  };

  return {
    get state() {
      return state;
    },
    push(bytes, take) {
      let at = 0;
      while (state === 'open' && at < bytes.length) {
        if (phase === 'data') {
          const part = bytes.subarray(at, Math.min(bytes.length, at + left));
          left -= part.length;
          at += part.length;
          if (left === 0) phase = 'behind';
          take(part);
        } else if (phase === 'behind') {
          const byte = bytes[at];
          if (byte === 0x0d || byte === 0x0a) at++;
          else odd('bad_chunk');
          if (byte !== 0x0d) phase = 'size';
        } else {
          const [before, start] = [line, at];
          const read = lineFrom(bytes, at);
          at = read.next;
          if (isFirst && BODY.test(read.text ?? line)) {
            // The bytes read as a chunk size are the beginning of the body.
            state = 'raw';
            odd('not_chunked');
            if (before !== '') take(Buffer.from(before, 'latin1'));
            take(bytes.subarray(start));
            return bytes.length;
          }
          if (line.length > MAX_CHUNK_LINE) state = 'malformed';
          else if (read.text !== undefined && phase === 'size') readSize(read.text);
          else if (read.text !== undefined) readTrailer(read.text);
        }
      }
      return at;
    },
  };
}
