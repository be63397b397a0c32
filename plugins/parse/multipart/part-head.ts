// The header lines of one part: its content type, length and capture time.

export interface PartHead {
  /** Lower case, without parameters; undefined when the part does not say. */
  readonly type: string | undefined;
  /** Bytes of the body. */
  readonly length: number | undefined;
  /** Capture time, milliseconds since the epoch. */
  readonly time: number | undefined;
}

/** Clocks that were never set count from 1970: a time before 2001 is no time. */
const EARLIEST = 978_307_200_000;
/** Year 2200; beyond that a camera counts in something else than seconds. */
const LATEST = 7_258_118_400_000;

/** Lines as they stand before the empty line, without their ends. Unknown and malformed ones are ignored. */
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

/** Headers that stand behind the delimiter on its line, where some cameras put all of them: each begins with a name and a colon. */
export function headLines(rest: string): string[] {
  const text = rest.trim();
  if (text === '') return [];
  return text.split(/\s+(?=[A-Za-z][\w-]*\s*:\s)/);
}

/** X-Timestamp of mjpg-streamer and its kin: seconds with up to six decimals. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,12}(\.\d{1,9})?$/.test(text)) return undefined;
  const time = Math.round(Number(text) * 1e6) / 1e3;
  return time >= EARLIEST && time <= LATEST ? time : undefined;
}

/** True when the part says that it is something else than a picture. Many cameras say nothing, or octet-stream. */
export const isOtherThanPicture = (type: string | undefined): boolean =>
  type !== undefined && !type.startsWith('image/') && type !== 'application/octet-stream';
