// Finds the end of a part of unknown length across chunks.

/** Shorter delimiters are accepted only at the beginning of a line: a picture may contain them by chance. */
const SAFE_LENGTH = 10;
const LINE_END = Buffer.from('\n');
const EMPTY = Buffer.alloc(0);
const DASH = 0x2d;

export interface DelimiterSearch {
  /**
   * Searches `chunk` from `at` on for a delimiter, which may have begun in the chunk before. Undefined if it is not there (yet).
   * `body` is the end of the body, negative if that was in an earlier chunk; `next` is just after the delimiter.
   */
  find(chunk: Buffer, at: number): { body: number; next: number } | undefined;
}

/** The bytes that a body is searched for. */
export const needleOf = (delimiter: string): { readonly delimiter: string; readonly bytes: Buffer } => ({
  delimiter,
  bytes: Buffer.from(delimiter.length < SAFE_LENGTH ? `\n${delimiter}` : delimiter, 'latin1'),
});

/** One for each body, which begins after the empty line that ends the part's head. */
export function createDelimiterSearch(needle: Buffer): DelimiterSearch {
  let tail: Buffer = LINE_END;
  return {
    find(chunk, at) {
      const reach = needle.length - 1;
      // Most bodies do not begin with a dash.
      const isApart = tail === LINE_END && chunk.length - at >= reach && chunk[at] !== DASH;
      const seam = isApart ? EMPTY : Buffer.concat([tail, chunk.subarray(at, at + reach)]);
      const before = seam.indexOf(needle);
      if (before !== -1 && before < tail.length) {
        const body = at + before - tail.length;
        return { body, next: body + needle.length };
      }
      const body = chunk.indexOf(needle, at);
      if (body !== -1) return { body, next: body + needle.length };
      const rest = chunk.length - at;
      tail =
        rest >= reach
          ? Buffer.from(chunk.subarray(chunk.length - reach))
          : seam.subarray(Math.max(0, seam.length - reach));
      return undefined;
    },
  };
}
