// Removes thumbnails embedded in a JPEG's header, for viewers that split streams at FF D8 and FF D9.

import { createCollector } from './collector.ts';
import { followSegments, type Segment } from './jpeg-header.ts';
import { APP1, EOI, isFreeForm, SOI } from './jpeg-markers.ts';

const EXIF = Buffer.from('Exif\0\0', 'latin1');
const START = Buffer.from([0xff, SOI]);
const END = Buffer.from([0xff, EOI]);

/** Up to this many bytes a loop is faster than a call of a native search. */
const SHORT = 512;

/**
 * The JPEG without embedded thumbnails. EXIF keeps the data before its thumbnail (orientation, time); any other application
 * segment or comment that contains FF D8 or FF D9 is removed. Returns the same buffer when nothing is removed, otherwise a copy with
 * headroom. Reads only the header.
 */
export function withoutThumbnail(data: Buffer): Buffer {
  let replacements: { segment: Segment; by: Buffer }[] | undefined;
  if (data[0] !== 0xff || data[1] !== SOI) return data;
  followSegments(data, 2, (segment) => {
    if (isFreeForm(segment.code) && holdsEnds(data, segment.from, segment.to)) {
      replacements ??= [];
      replacements.push({ segment, by: reduced(segment, data.subarray(segment.from, segment.to)) });
    }
    return true;
  });
  if (!replacements) return data;
  const result = createCollector();
  result.expect(data.length);
  let at = 0;
  for (const { segment, by } of replacements) {
    result.append(data, at, segment.start);
    result.append(by, 0, by.length);
    at = segment.to;
  }
  result.append(data, at, data.length);
  return result.take();
}

/** True when `data[from, to)` contains an SOI or an EOI. */
function holdsEnds(data: Buffer, from: number, to: number): boolean {
  if (to - from > SHORT) {
    const content = data.subarray(from, to);
    return content.includes(START) || content.includes(END);
  }
  for (let at = from; at + 1 < to; at++) {
    if (data[at] === 0xff && (data[at + 1] === SOI || data[at + 1] === EOI)) return true;
  }
  return false;
}

/** The rest of the segment, marker and length included; empty when the whole segment must be removed. */
function reduced(segment: Segment, content: Buffer): Buffer {
  const nothing = Buffer.alloc(0);
  if (segment.code !== APP1 || !content.subarray(0, 6).equals(EXIF) || content.length < 14) return nothing;
  const tiff = content.subarray(6);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const word = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const first = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (first + 2 > tiff.length) return nothing;
  // IFD0 is a count, 12 bytes per entry, and the offset of IFD1, which describes the thumbnail (EXIF 2.3 §4.5.2).
  const next = first + 2 + 12 * word(first);
  const cut = tiff.indexOf(START);
  if (next + 4 > tiff.length || cut < next + 4) return nothing;
  const kept = Buffer.from(tiff.subarray(0, cut));
  kept.fill(0, next, next + 4);
  if (kept.includes(START) || kept.includes(END)) return nothing;
  const size = 2 + EXIF.length + kept.length;
  return Buffer.concat([Buffer.from([0xff, APP1, size >> 8, size & 0xff]), EXIF, kept]);
}
