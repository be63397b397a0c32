// Recognises a whole JPEG or PNG and its size in pixels, or returns the reason for a refusal. Decodes nothing.

import type { Image, ImageType } from '../../../core/contract/frame.ts';
import { createCollector } from './collector.ts';
import { findMarker } from './entropy.ts';
import { STANDARD_DHT } from './huffman.ts';
import { isRefusal, type JpegHeader, type Refusal, readJpegHeader } from './jpeg-header.ts';
import { EOI, isEntropy, isFrameHeader, isSegment, MAX_FILL, MAX_SEGMENTS, SOI, SOS } from './jpeg-markers.ts';
import { readPng, startsLikePng } from './png.ts';

export interface Recognised {
  readonly type: ImageType;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bytes of the picture; any further bytes are padding or garbage. */
  readonly length: number;
  /** Position at which to insert the standard Huffman tables, for a JPEG without tables. */
  readonly tablesAt?: number;
}

/** The picture must begin with the first byte; `length` excludes bytes after it. */
export function recognise(data: Buffer): Recognised | Refusal {
  if (data.length === 0) return { reason: 'empty' };
  if (startsLikePng(data)) {
    const png = readPng(data);
    return isRefusal(png) ? png : { type: 'image/png', ...png };
  }
  if (data[0] !== 0xff || data[1] !== SOI) return { reason: 'neither JPEG nor PNG' };
  const header = readJpegHeader(data);
  if (isRefusal(header)) return header;
  const length = jpegEnd(data, header.scan);
  if (typeof length !== 'number') return length;
  const { width, height } = header;
  const missing = lacksTables(header) ? { tablesAt: header.scan } : {};
  return { type: 'image/jpeg', width, height, length, ...missing };
}

/** True for a sequential JPEG without tables, which uses the standard ones; a progressive one cannot be repaired. */
export const lacksTables = (header: JpegHeader): boolean => !header.tables && header.coding <= 0xc1;

/**
 * The picture in `data`, trimmed and with missing tables added. `data` is kept, not copied, unless tables are inserted.
 * `hasHeadroom`: true if it lies in a buffer from `allocate`.
 */
export function toImage(data: Buffer, hasHeadroom: boolean): Image | Refusal {
  const found = recognise(data);
  if (isRefusal(found)) return found;
  const { type, width, height, length, tablesAt } = found;
  if (tablesAt === undefined) return { data: data.subarray(0, length), type, width, height, hasHeadroom };
  const collector = createCollector();
  collector.expect(length + STANDARD_DHT.length);
  collector.append(data, 0, tablesAt);
  collector.append(STANDARD_DHT, 0, STANDARD_DHT.length);
  collector.append(data, tablesAt, length);
  return { data: collector.take(), type, width, height, hasHeadroom: true };
}

/** End of the JPEG with its first SOS marker at `at`: follows every scan and every segment between them. */
function jpegEnd(data: Buffer, at: number): number | Refusal {
  let scanning = false;
  for (let count = 0; ; ) {
    if (scanning) {
      at = findMarker(data, at);
      if (at === -1) return { reason: 'truncated' };
    } else if (at < data.length && data[at] !== 0xff) return { reason: 'malformed JPEG' };
    const fill = at + MAX_FILL;
    while (data[at] === 0xff && at < fill) at++;
    const code = data[at++];
    if (scanning && code !== undefined && isEntropy(code)) continue;
    if (code === EOI) return at;
    if (code === undefined || code === SOI || at + 2 > data.length) return { reason: 'truncated' };
    if (!isSegment(code) || isFrameHeader(code) || ++count > MAX_SEGMENTS) return { reason: 'malformed JPEG' };
    const size = data.readUInt16BE(at);
    if (size < 2 || (code === SOS && (size < 8 || size > 14 || size % 2 === 1))) return { reason: 'malformed JPEG' };
    at += size;
    scanning = code === SOS;
  }
}
