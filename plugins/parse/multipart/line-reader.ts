// Reads one line of text from chunks of bytes, ended by LF or CR LF, with a length limit.

export interface LineReader {
  /**
   * Takes bytes from `at` on, up to the end of the line. Returns where to go on; `line` is set when a line has ended.
   */
  take(chunk: Buffer, at: number): number;
  /** The line that has ended, without its end; undefined while there is none. Text beyond the cap is left out. */
  readonly line: string | undefined;
  /** No byte of the next line has been taken, or only a CR. */
  readonly isEmpty: boolean;
  /** Forgets what has been taken of the next line. */
  skip(): void;
  /** Bytes of it, its end included, whatever the cap. */
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
