// Real pictures of a small camera, each different, with a number in a comment.

import sharp from 'sharp';

/** JPEGs of 64 by 48 pixels with a comment before their tables. */
export function realJpegs(count: number): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const pixels = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, at) => (at * (index + 3) + (at >> 4)) & 0xff));
      const jpeg = await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
        .jpeg({ quality: 60 })
        .toBuffer();
      const comment = Buffer.from(`\xff\xfe\x00\x0a${String(index).padStart(8, '0')}`, 'latin1');
      return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
    }),
  );
}
