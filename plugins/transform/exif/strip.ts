// A JPEG without its metadata: EXIF, XMP, IPTC and comments go; what decoding needs (JFIF, ICC, Adobe) stays.

import { followSegments } from '../../kit/image/jpeg-header.ts';

const APP1 = 0xe1;
const APP13 = 0xed;
const COM = 0xfe;
const GONE: ReadonlySet<number> = new Set([APP1, APP13, COM]);

/** The same buffer when there is nothing to remove. */
export function stripMetadata(jpeg: Buffer): Buffer {
  const parts: Buffer[] = [];
  let kept = 0;
  followSegments(jpeg, 2, ({ code, start, to }) => {
    if (GONE.has(code)) {
      parts.push(jpeg.subarray(kept, start));
      kept = to;
    }
    return true;
  });
  return kept === 0 ? jpeg : Buffer.concat([...parts, jpeg.subarray(kept)]);
}
