// Thumbnails are removed from JPEGs for streams.

import sharp from 'sharp';
import t from 'tap';
import { recognise } from '../../../../plugins/kit/image/recognise.ts';
import { withoutThumbnail } from '../../../../plugins/kit/image/thumbnail.ts';
import { sampleJpeg } from '../../../support/jpeg.ts';

const jpeg = sampleJpeg({ thumbnail: true });
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();

t.test('a thumbnail is stripped and the rest of EXIF stays', async (t) => {
  const stripped = withoutThumbnail(jpeg);
  const found = recognise(stripped);

  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd8]), 2), -1);
  t.equal(stripped.indexOf(Buffer.from([0xff, 0xd9])), stripped.length - 2);
  t.ok(stripped.includes('Exif'));
  t.match(found, { type: 'image/jpeg', width: 64, height: 48, length: stripped.length });
  const [a, b] = await Promise.all([jpeg, stripped].map((data) => sharp(data).raw().toBuffer()));
  t.ok(a?.equals(b ?? Buffer.alloc(0)), 'the picture is the same');
});

t.test('a JPEG without a thumbnail is not copied, and comments that hold markers go', async (t) => {
  const plain = sampleJpeg();
  const commented = sampleJpeg({ comment: Buffer.from([1, 2, 0xff, 0xd9, 3]) });

  t.equal(withoutThumbnail(plain), plain);
  t.equal(withoutThumbnail(png), png);
  t.ok(withoutThumbnail(commented).equals(plain));
});
