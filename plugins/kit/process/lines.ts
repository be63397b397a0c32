// Splits bytes into lines of text with a limit on their length. Pure.

/** Feeds bytes in any chunking, gives whole lines without their ends. */
export interface LineReader {
  push(chunk: Buffer): void;
  /** Hands on what has no end yet. */
  end(): void;
}

/**
 * A line ends with LF, CR LF or a lone CR (progress displays). Of a line over `maxLength` bytes the rest is left out and "…" is added.
 * Empty lines are not handed on; control characters are replaced, so that a program cannot drive the reader's terminal.
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
