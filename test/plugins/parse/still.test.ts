// parse/still: a stream of one picture.

import sharp from 'sharp';
import t from 'tap';
import still from '../../../plugins/parse/still.ts';
import { parserConformance } from '../../conformance/parse.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { everyByte, parse } from '../../support/parsing.ts';

const options = { max_frame: 8 * 1024 * 1024 };
const jpeg = sampleJpeg({ thumbnail: true });
const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
  .png()
  .toBuffer();
const pictures = [jpeg, sampleJpeg({ progressive: true }), sampleJpeg({ restartInterval: 2 }), png];

t.test('parse/still finds the picture after the messages of a program', async (t) => {
  const bytes = Buffer.concat([Buffer.from('Preview window unavailable\n'), jpeg]);
  const { images, skipped } = parse(still, options, bytes, everyByte(bytes));

  t.ok(images[0]?.data.equals(jpeg));
  t.same(skipped, [{ bytes: 27, reason: 'garbage' }]);
});

t.test('parse/still passes on one JPEG before the stream ends', async (t) => {
  const seen: number[] = [];
  const skipped: string[] = [];
  const parser = still.create(
    options,
    { image: ({ data }) => seen.push(data.length), skipped: (_, why) => skipped.push(why) },
    {},
  );

  parser.push(Buffer.concat([jpeg, jpeg]));

  t.same(seen, [jpeg.length]);
  t.same(skipped, ['more than one picture']);
});

t.test('parse/still reports an empty stream', async (t) => {
  t.same(parse(still, options, Buffer.alloc(0)).skipped, [{ bytes: 0, reason: 'empty' }]);
});

parserConformance(t, still, { options, limited: { max_frame: 60 }, pictures, message: (picture) => picture });
