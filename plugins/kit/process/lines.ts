// Splits bytes into lines of text with a limit on their length. Pure.

/** Reads bytes in chunks of any size, and passes on whole lines without their ends. */
export interface LineReader {
  push(chunk: Buffer): void;
  /** Passes on a last line without an end. */
  end(): void;
}

/**
 * A line ends with LF, CR LF or a lone CR (progress displays). A line over `maxLength` bytes is cut and ends with "…".
 * Empty lines are skipped; control characters are replaced, so that a program cannot control the reader's terminal.
 */
export function createLineReader(maxLength: number, onLine: (line: string) => void): LineReader {
  const line = Buffer.alloc(maxLength);
  let length = 0;
  let cut = false;
  const flush = () => {
    const text = line
      .toString('utf8', 0, length)
      .replaceAll('\t', ' ')
      .replace(/\p{Cc}/gu, '\ufffd')
      .trim();
    if (text !== '') onLine(cut ? `${text}…` : text);
    length = 0;
    cut = false;
  };
  return {
    push(chunk) {
      for (const byte of chunk) {
        if (byte === 0x0a || byte === 0x0d) flush();
        else if (length < maxLength) line[length++] = byte;
        else cut = true;
      }
    },
    end: flush,
  };
}
