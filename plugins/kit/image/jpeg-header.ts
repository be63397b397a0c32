// Reads a JPEG's header before its first scan: size, coding, and whether it has Huffman tables.

import { DHT, isFrameHeader, isFreeForm, isSegment, MAX_FILL, MAX_SEGMENTS, SOI, SOS } from './jpeg-markers.ts';

export interface JpegHeader {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** The SOF marker: 0xc0 baseline, 0xc1 extended sequential, 0xc2 progressive. */
  readonly coding: number;
  /** True when there is a DHT segment before the first scan. */
  readonly tables: boolean;
  /** Position of the FF of the first SOS marker; `bytes.length` when the bytes end before it. */
  readonly scan: number;
}

export interface Segment {
  readonly code: number;
  /** Position of the segment, fill bytes included. */
  readonly start: number;
  /** Its content, without marker and length. */
  readonly from: number;
  readonly to: number;
}

/** The reason why bytes are not a whole picture, as a constant phrase. */
export interface Refusal {
  readonly reason: string;
}

export const isRefusal = (result: object): result is Refusal => 'reason' in result;

/**
 * Follows the segments from `at` (after the SOI) and calls `visit` for each, up to the first SOS or the end, or until `visit` returns
 * false. Returns the position of the FF at which it stopped, or the reason why it could not continue.
 */
export function followSegments(bytes: Buffer, at: number, visit: (segment: Segment) => boolean): number | Refusal {
  for (let count = 0; at < bytes.length; count++) {
    let code = at;
    if (bytes[code] !== 0xff || count === MAX_SEGMENTS) return { reason: 'malformed JPEG' };
    while (bytes[code] === 0xff && code - at < MAX_FILL) code++;
    const marker = bytes[code];
    if (marker === undefined) return { reason: 'truncated' };
    if (marker === SOS) return code - 1;
    if (marker === SOI) return { reason: 'truncated' };
    if (!isSegment(marker)) return { reason: 'malformed JPEG' };
    if (code + 2 >= bytes.length) return { reason: 'truncated' };
    const to = code + 1 + bytes.readUInt16BE(code + 1);
    if (to < code + 3) return { reason: 'malformed JPEG' };
    if (to > bytes.length) return { reason: 'truncated' };
    if (!visit({ code: marker, start: at, from: code + 3, to })) return at;
    at = to;
  }
  return at;
}

/** `bytes` begin with SOI and reach at least up to the first SOS marker (T.81 §B.2.2 for the frame header). */
export function readJpegHeader(bytes: Buffer): JpegHeader | Refusal {
  let width = 0;
  let height = 0;
  let coding = 0;
  let tables = false;
  let torn = false;
  const scan = followSegments(bytes, 2, ({ code, from, to }) => {
    torn = !isFreeForm(code) && holdsStart(bytes, from, to);
    if (code === DHT) tables = true;
    if (isFrameHeader(code) && to - from >= 9 && coding === 0) {
      coding = code;
      height = bytes.readUInt16BE(from + 1);
      width = bytes.readUInt16BE(from + 3);
    }
    return !torn;
  });
  if (torn) return { reason: 'truncated' };
  if (typeof scan !== 'number') return scan;
  if (width === 0 || height === 0) return { reason: 'JPEG without a size' };
  return { width, height, coding, tables, scan };
}

/**
 * True when `bytes[from, to)` contains an SOI followed by the first marker of a JPEG: a segment of tables was truncated, and the next
 * frame begins inside it. Application segments and comments may contain anything, FF D8 included: after a truncated one the next
 * picture is complete, or is lost to an invalid marker.
 */
function holdsStart(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at + 1 < to; at++) {
    const isStart = bytes[at] === 0xff && bytes[at + 1] === SOI && bytes[at + 2] === 0xff;
    if (isStart && isSegment(bytes[at + 3] ?? 0)) return true;
  }
  return false;
}
