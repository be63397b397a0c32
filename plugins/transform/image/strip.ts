// Removes metadata from a JPEG or PNG without decoding it.

import type { ImageType } from '../../../core/contract/plugin.ts';
import { readExif } from '../../kit/image/exif.ts';
import { followSegments } from '../../kit/image/jpeg-header.ts';
import { COM } from '../../kit/image/jpeg-markers.ts';

const APP0 = 0xe0;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const ICC = Buffer.from('ICC_PROFILE\0', 'latin1');
/** PNG chunks of metadata that does not affect the pixels (W3C PNG §11.3.3 and §11.3.4, eXIf). */
const PNG_FACTS: ReadonlySet<string> = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME']);

/** Returns the same buffer if there is no metadata. */
export function strip(data: Buffer, type: ImageType): Buffer {
  return type === 'image/png' ? stripPng(data) : stripJpeg(data);
}

function stripJpeg(data: Buffer): Buffer {
  const parts: Buffer[] = [data.subarray(0, 2)];
  const end = followSegments(data, 2, ({ code, start, from, to }) => {
    const isApp = code >= APP0 && code <= APP15;
    // JFIF, colour profiles and Adobe's colour transform affect the picture's appearance.
    const isNeeded = code === APP0 || code === APP14 || (code === APP2 && data.subarray(from, to).indexOf(ICC) === 0);
    if (code !== COM && (!isApp || isNeeded)) parts.push(data.subarray(start, to));
    return true;
  });
  if (typeof end !== 'number') return data;
  parts.push(data.subarray(end));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return length === data.length ? data : Buffer.concat(parts, length);
}

function stripPng(data: Buffer): Buffer {
  const parts: Buffer[] = [data.subarray(0, 8)];
  let at = 8;
  let length = 8;
  while (at + 12 <= data.length) {
    const end = at + 12 + data.readUInt32BE(at);
    if (!PNG_FACTS.has(data.toString('latin1', at + 4, at + 8))) {
      parts.push(data.subarray(at, end));
      length += Math.min(end, data.length) - at;
    }
    at = end;
  }
  return length === data.length ? data : Buffer.concat(parts);
}

/** EXIF orientation, 1 to 8; 1 if there is none, which means no rotation (Exif 2.3 §4.6.4). */
export function orientation(data: Buffer, type: ImageType): number {
  return type === 'image/jpeg' ? (readExif(data).orientation ?? 1) : 1;
}
