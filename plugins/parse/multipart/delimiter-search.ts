// Finds the end of a part of unknown length across chunks.

/** Delimiters shorter than this must stand at the beginning of a line to be believed: a picture may hold them by chance. */
const TELLING = 10;

export interface DelimiterSearch {
  /**
   * Looks in `chunk` from `at` on, for a delimiter that may have begun in the chunk before. Undefined: not there (yet).
   * `body` is where the body ends, negative when that was in an earlier chunk; `next` is just behind the delimiter.
   */
  find(chunk: Buffer, at: number): { body: number; next: number } | undefined;
}

/** One for each body: it begins behind the empty line that ends the part's head. */
export function createDelimiterSearch(delimiter: string): DelimiterSearch {
  const needle = Buffer.from(delimiter.length < TELLING ? `\n${delimiter}` : delimiter, 'latin1');
  let tail: Buffer = Buffer.from('\n');
  return {
    find(chunk, at) {
      const reach = needle.length - 1;
      const seam = Buffer.concat([tail, chunk.subarray(at, at + reach)]);
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
