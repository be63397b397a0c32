// Reads one line of text from chunks of bytes, ended by LF or CR LF, with a length limit.

export interface LineReader {
  /**
   * Reads bytes from `at` on, up to the end of the line. Returns the next position; `line` is set when a line has ended.
   */
  take(chunk: Buffer, at: number): number;
  /** The line that has ended, without its end; undefined while there is none. Text beyond the limit is dropped. */
  readonly line: string | undefined;
  /** True if no byte of the next line has been read, or only a CR. */
  readonly isEmpty: boolean;
  /** Drops the bytes of the next line that have been read. */
  skip(): void;
  /** Bytes of the line, including its end and the text beyond the limit. */
  readonly bytes: number;
}

export function createLineReader(most: number): LineReader {
  let text = '';
  let bytes = 0;
  let done = true;
  return {
    take(chunk, at) {
      if (done) {
        text = '';
        bytes = 0;
        done = false;
      }
      const found = chunk.indexOf(0x0a, at);
      const end = found === -1 ? chunk.length : found + 1;
      bytes += end - at;
      if (text.length < most) text += chunk.toString('latin1', at, Math.min(end, at + most - text.length));
      done = found !== -1;
      return end;
    },
    get line() {
      return done ? text.replace(/\r?\n$/, '') : undefined;
    },
    get isEmpty() {
      return done || text === '\r';
    },
    skip() {
      done = true;
      text = '';
    },
    get bytes() {
      return bytes;
    },
  };
}
