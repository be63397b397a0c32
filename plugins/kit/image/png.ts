// Recognises a whole PNG by its chunks (W3C PNG, third edition, §5), without decoding or checksums.

import type { Refusal } from './jpeg-header.ts';

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Maximum chunks of one picture; encoders write some kilobytes into each. */
const MAX_CHUNKS = 32 * 1024;

export interface PngSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bytes up to the end of the IEND chunk. */
  readonly length: number;
}

export const startsLikePng = (data: Buffer): boolean => data.subarray(0, 8).equals(PNG_SIGNATURE);

/** `data` begins with the signature. */
export function readPng(data: Buffer): PngSize | Refusal {
  if (data.length < 33) return { reason: 'truncated' };
  if (data.toString('latin1', 12, 16) !== 'IHDR' || data.readUInt32BE(8) !== 13) return { reason: 'malformed PNG' };
  const width = data.readUInt32BE(16);
  const height = data.readUInt32BE(20);
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) return { reason: 'PNG without a size' };
  let at = 8;
  for (let count = 0; at + 12 <= data.length && count < MAX_CHUNKS; count++) {
    const type = data.toString('latin1', at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) return { reason: 'malformed PNG' };
    at += 12 + data.readUInt32BE(at);
    if (type === 'IEND') return at <= data.length ? { width, height, length: at } : { reason: 'truncated' };
  }
  return { reason: 'truncated' };
}
