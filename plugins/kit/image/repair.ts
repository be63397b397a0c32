// Repairs JPEGs that every browser shows: stray bytes between segments, and a missing EOI after a complete scan.

import { allocate, settle } from '../../../core/contract/frame.ts';
import { isSegment, SOI } from './jpeg-markers.ts';
import { scanLength } from './scan-length.ts';

/** Maximum stray bytes to remove from one gap; libjpeg skips any number. */
export const MAX_STRAY = 64;
/** Maximum bytes after the scan: line ends, padding, or half an EOI. */
const MAX_TRAILING = 4;
const END = Buffer.from([0xff, 0xd9]);

/** The JPEG without the stray bytes before its segments, up to its first scan; undefined when there are none, or too many. */
export function withoutStrayBytes(data: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  let from = 0;
  let at = 2;
  while (at + 3 < data.length) {
    if (data[at] !== 0xff) {
      const next = data.indexOf(0xff, at);
      if (next === -1 || next - at > MAX_STRAY) return undefined;
      pieces.push(data.subarray(from, at));
      from = next;
      at = next;
    }
    while (data[at + 1] === 0xff) at++;
    const code = data[at + 1] ?? 0;
    if (code === SOI || !isSegment(code) || at + 4 > data.length) return undefined;
    if (code === 0xda) break;
    at += 2 + data.readUInt16BE(at + 2);
  }
  return pieces.length === 0 ? undefined : joined([...pieces, data.subarray(from)]);
}

/** The JPEG with the missing EOI added; undefined when its only scan is incomplete. */
export function withEnd(data: Buffer): Buffer | undefined {
  const end = scanLength(data);
  // Data after the last block means that the scan was misread.
  if (end === undefined || data.length - end > MAX_TRAILING) return undefined;
  return joined([data.subarray(0, end), END]);
}

/** The pieces in a new buffer with headroom. */
function joined(pieces: readonly Buffer[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const data = settle(allocate(length), length);
  let at = 0;
  for (const piece of pieces) at += piece.copy(data, at);
  return data;
}
