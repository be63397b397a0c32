// Copies EXIF, XMP, colour profile and comments from a JPEG to one that was made from its pixels.

import { readExif, writeExif } from '../../kit/image/exif.ts';
import { followSegments, isRefusal } from '../../kit/image/jpeg-header.ts';
import { COM } from '../../kit/image/jpeg-markers.ts';

const APP1 = 0xe1;
const APP13 = 0xed;
const APP15 = 0xef;

/** `pixels` is upright and has no metadata; the orientation is set to match, and the thumbnail is dropped. */
export function carryMetadata(original: Buffer, pixels: Buffer): Buffer {
  const kept: Buffer[] = [];
  followSegments(original, 2, ({ code, start, to }) => {
    // APP0 and APP14 describe the storage of the pixels; the new JPEG has its own.
    if (code === COM || (code >= APP1 && code <= APP13) || code === APP15) kept.push(original.subarray(start, to));
    return true;
  });
  if (kept.length === 0) return pixels;
  const at = afterJfif(pixels);
  const data = Buffer.concat([pixels.subarray(0, at), ...kept, pixels.subarray(at)]);
  return withUprightTag(data, readExif(original).orientation);
}

/** Removes the orientation of pixels that are upright, and their thumbnail, which is not turned. */
export function withUprightTag(pixels: Buffer, before: number | undefined): Buffer {
  const data = writeExif(pixels, before === undefined ? {} : { orientation: 1 }, 'drop');
  return isRefusal(data) ? pixels : data;
}

/** JFIF must come first (T.871 section 10.1). */
function afterJfif(jpeg: Buffer): number {
  let at = 2;
  followSegments(jpeg, 2, ({ code, start, to }) => {
    if (start === 2 && code === 0xe0) at = to;
    return false;
  });
  return at;
}
