// The boundary of a multipart body, as the Content-Type names it and as cameras really send it.

/** Longest delimiter line that is believed; RFC 2046 §5.1.1 allows a boundary of 70 characters. */
export const LONGEST_DELIMITER = 202;

/** The boundary parameter of a Content-Type, with or without quotes (RFC 2045 §5.1); undefined when there is none. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(contentType);
  const boundary = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
  return boundary === undefined || boundary === '' ? undefined : boundary;
}

/**
 * True when the line opens the first part: two dashes and the boundary. Some cameras put dashes into the boundary parameter that
 * they then count as the delimiter's, so that leading dashes are not compared. Without a boundary any line with dashes will do.
 */
export function isDelimiter(line: string, boundary: string | undefined): boolean {
  const text = line.trimEnd();
  if (text.length > LONGEST_DELIMITER || text.length < 3) return false;
  if (boundary === undefined) return /^--.*[^-\s]/.test(text);
  return text.startsWith('-') && bare(text) === bare(boundary.trimEnd());
}

/** Closing dashes are no part of a delimiter either. */
const bare = (text: string): string => text.replace(/^-+/, '');
