// The header lines of one part: its content type, length and capture time.

export interface PartHead {
  /** Lower case, without parameters; undefined if there is none. */
  readonly type: string | undefined;
  /** Bytes of the body. */
  readonly length: number | undefined;
  /** Capture time, milliseconds since the epoch. */
  readonly time: number | undefined;
}

/** The year 2001. Earlier times are from clocks that were never set, which count from 1970. */
const EARLIEST = 978_307_200_000;
/** The year 2200. Later times are not in seconds. */
const LATEST = 7_258_118_400_000;

/** `lines`: the lines before the empty one, without their ends. Unknown and malformed ones are ignored. */
export function readPartHead(lines: readonly string[]): PartHead {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const type = fields.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const length = fields.get('content-length');
  return {
    type: type === '' ? undefined : type,
    length: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    time: timeOf(fields.get('x-timestamp')),
  };
}

/** "Content-Type: image/jpeg" */
export const isHeaderLine = (text: string): boolean => /^[!-9;-~]+[ \t]*:/.test(text.trimStart());

/** Headers after the delimiter on its line, where some cameras put all of them: each begins with a name and a colon. */
export function headLines(rest: string): string[] {
  const text = rest.trim();
  if (text === '') return [];
  return text.split(/\s+(?=[A-Za-z][\w-]*\s*:\s)/);
}

/** X-Timestamp of mjpg-streamer and similar servers: seconds with up to six decimals. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,12}(\.\d{1,9})?$/.test(text)) return undefined;
  const time = Math.round(Number(text) * 1e6) / 1e3;
  return time >= EARLIEST && time <= LATEST ? time : undefined;
}

/** True if the Content-Type is not that of a picture. Many cameras send none, or octet-stream. */
export const isOtherThanPicture = (type: string | undefined): boolean =>
  type !== undefined && !type.startsWith('image/') && type !== 'application/octet-stream';
