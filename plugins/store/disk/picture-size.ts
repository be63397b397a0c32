// Width and height of a kept file, from its head. Decodes nothing.

import { isRefusal, readJpegHeader } from '../../../core/image/jpeg-header.ts';
import type { ImageType } from '../../../core/plugin.ts';

/** Undefined when the bytes are no such picture. PNG: ISO/IEC 15948 §11.2.2, IHDR is the first chunk. */
export function pictureSize(data: Buffer, type: ImageType): { width: number; height: number } | undefined {
  if (type === 'image/png') {
    if (data.length < 24 || data.toString('latin1', 12, 16) !== 'IHDR') return undefined;
    return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
  }
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return undefined;
  const header = readJpegHeader(data);
  return isRefusal(header) ? undefined : { width: header.width, height: header.height };
}
