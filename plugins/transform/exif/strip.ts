// Removes EXIF, XMP, IPTC and comments from a JPEG; segments for decoding (JFIF, ICC, Adobe) stay.

import { followSegments } from '../../kit/image/jpeg-header.ts';

const APP1 = 0xe1;
const APP13 = 0xed;
const COM = 0xfe;
const REMOVED: ReadonlySet<number> = new Set([APP1, APP13, COM]);

/** Returns the same buffer if there is no metadata. */
export function stripMetadata(jpeg: Buffer): Buffer {
  const parts: Buffer[] = [];
  let copied = 0;
  followSegments(jpeg, 2, ({ code, start, to }) => {
    if (REMOVED.has(code)) {
      parts.push(jpeg.subarray(copied, start));
      copied = to;
    }
    return true;
  });
  return copied === 0 ? jpeg : Buffer.concat([...parts, jpeg.subarray(copied)]);
}
