// The boundary of a multipart body, as announced in the Content-Type and as cameras really send it.

/** Longest delimiter line that is accepted; RFC 2046 §5.1.1 allows a boundary of 70 characters. */
export const LONGEST_DELIMITER = 202;

/**
 * The boundary parameter of a Content-Type, with or without quotes (RFC 2045 §5.1); without them it goes up to the next semicolon,
 * as some contain spaces. undefined if there is none.
 */
export function boundaryOf(contentType: string): string | undefined {
  const match = /[;\s]\s*boundary\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"?|([^;"]+))/i.exec(contentType);
  const boundary = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]?.trim();
  return boundary === undefined || boundary === '' ? undefined : boundary;
}

export interface FoundDelimiter {
  /** With its dashes, as in the stream. */
  readonly delimiter: string;
  /** The rest of its line. */
  readonly rest: string;
  /** True if it is not the announced one. */
  readonly isTentative: boolean;
}

/** The delimiter at the beginning of this line: the known one, the announced one, or else any two dashes. */
export function findDelimiter(
  line: string,
  known: string | undefined,
  announced: string | undefined,
): FoundDelimiter | undefined {
  if (known !== undefined && line.startsWith(known)) {
    return { delimiter: known, rest: line.slice(known.length), isTentative: false };
  }
  const text = line.trimEnd();
  if (!text.startsWith('-') || text.length < 3) return undefined;
  // Some cameras put dashes into the boundary parameter that they then count as the delimiter's: leading dashes are not compared.
  const dashes = text.length - bare(text).length;
  const name = announced === undefined ? '' : bare(announced.trimEnd());
  if (name !== '' && text.startsWith(name, dashes)) {
    const end = dashes + name.length;
    return { delimiter: text.slice(0, end), rest: line.slice(end), isTentative: false };
  }
  if (text.length > LONGEST_DELIMITER || !/^--.*[^-\s]/.test(text)) return undefined;
  return { delimiter: text, rest: '', isTentative: announced !== undefined };
}

const bare = (text: string): string => text.replace(/^-+/, '');
