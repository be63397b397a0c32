// transform/image: rotation and mirroring without loss, by jpegtran and by the EXIF tag, and re-encoding where neither is possible.

import sharp from 'sharp';
import t from 'tap';
import { readExif, writeExif } from '../../../plugins/kit/image/exif.ts';
import { type ChangeOptions, change, type Means } from '../../../plugins/transform/image/change.ts';
import { findJpegtran } from '../../../plugins/transform/image/jpegtran.ts';
import { turned } from '../../../plugins/transform/image/turn.ts';
import { collect } from '../../support/collect.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';

const OPTIONS: ChangeOptions = {
  fit: 'inside',
  enlarge: false,
  rotate: 0,
  rotate_by: 'lossless',
  flip: 'none',
  format: 'keep',
  strip_metadata: false,
  max_pixels: 50_000_000,
  encoder: 'sharp',
  encoding: 'compact',
  device: '/dev/dri/renderD128',
};
const ROTATIONS = [0, 90, 180, 270] as const;
const FLIPS = ['none', 'horizontal', 'vertical', 'both'] as const;

const image = (data: Buffer, width = 64, height = 48) => ({
  data,
  type: 'image/jpeg' as const,
  width,
  height,
  hasHeadroom: false,
});

function tagged(data: Buffer, orientation: number): Buffer {
  const result = writeExif(data, { orientation, make: 'Raspberry Pi' });
  if (!Buffer.isBuffer(result)) throw new Error(result.reason);
  return result;
}

/** As a viewer shows it: pixels turned by the tag. */
async function shown(data: Buffer): Promise<{ pixels: Buffer; width: number; height: number }> {
  const { data: pixels, info } = await sharp(data).autoOrient().raw().toBuffer({ resolveWithObject: true });
  return { pixels, width: info.width, height: info.height };
}

/** The largest difference of two samples. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [one, two] = [await shown(a), await shown(b)];
  if (one.width !== two.width || one.height !== two.height) return Number.POSITIVE_INFINITY;
  return one.pixels.reduce((most, value, at) => Math.max(most, Math.abs(value - (two.pixels[at] ?? 0))), 0);
}

/** The same options by decoding and encoding, as the measure of how it has to look. */
const measure = (data: Buffer, options: Partial<ChangeOptions>): Promise<{ data: Buffer }> =>
  change(image(data), { ...OPTIONS, ...options, rotate_by: 'encode', format: 'png' }, encoder);
const encoder: Means = { sharp: async () => sharp, lossless: undefined };

async function withoutSharp(): Promise<Means> {
  const lossless = findJpegtran(process.env.PATH ?? '');
  if (!lossless) throw new Error('jpegtran is not installed');
  return { sharp: () => Promise.reject(new Error('sharp was asked for')), lossless };
}

t.test('every rotation and mirroring of every orientation looks as it has to, without decoding', async (t) => {
  const means = await withoutSharp();
  for (const rotate_by of ['lossless', 'tag'] as const) {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const data = tagged(sampleJpeg({ detail: 5 }), orientation);
      for (const rotate of ROTATIONS) {
        for (const flip of FLIPS) {
          const turns = { rotate, flip };
          const result = await change(image(data), { ...OPTIONS, ...turns, rotate_by }, means);
          const wanted = await measure(data, turns);
          const off = await difference(result.data, wanted.data);
          if (off > 3) t.fail(`${rotate_by} of ${orientation} by ${rotate} and ${flip} is off by ${off}`);
        }
      }
    }
  }
  t.pass('256 pictures');
});

t.test('four quarter turns by jpegtran give back every byte of the pixels', async (t) => {
  const means = await withoutSharp();
  const original = sampleJpeg({ detail: 9 });
  let picture = image(original);

  const sizes: string[] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    const next = await change(picture, { ...OPTIONS, rotate: 90 }, means);
    picture = image(next.data, next.width, next.height);
    sizes.push(`${next.width}x${next.height}`);
  }

  t.same(sizes, ['48x64', '64x48', '48x64', '64x48']);
  t.equal(await difference(picture.data, original), 0);
});

t.test('the tag leaves the pixels alone; other tags stay, the thumbnail goes', async (t) => {
  const thumb = sampleJpeg({ width: 16, height: 16, seed: 8 });
  const data = sampleJpeg({ thumbnail: thumb });

  const byTag = await change(image(data), { ...OPTIONS, rotate: 270, rotate_by: 'tag' }, await withoutSharp());
  const byProgram = await change(image(data), { ...OPTIONS, rotate: 270 }, await withoutSharp());

  t.equal(readExif(byTag.data).orientation, 8);
  const scan = (jpeg: Buffer): Buffer => jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xdb])));
  t.ok(scan(byTag.data).equals(scan(data)));
  for (const result of [byTag, byProgram]) t.notOk(result.data.includes(thumb.subarray(20, 200)), 'no thumbnail');
  t.ok(data.includes(thumb.subarray(20, 200)), 'there was one');
  const kept = tagged(data, 3);
  const again = await change(image(kept), { ...OPTIONS, rotate: 90, rotate_by: 'tag' }, await withoutSharp());
  t.same(readExif(again.data), { orientation: 8, make: 'Raspberry Pi' });
});

t.test('turned pixels have no orientation left that would turn them again', async (t) => {
  const result = await change(image(tagged(sampleJpeg(), 6)), { ...OPTIONS, rotate: 90 }, await withoutSharp());

  t.equal(readExif(result.data).orientation, 1);
  t.match(result, { width: 64, height: 48 }, 'the tag and the rotation make 180 degrees');
});

t.test('metadata can be removed with the rotation', async (t) => {
  for (const rotate_by of ['lossless', 'tag'] as const) {
    const data = tagged(sampleJpeg(), 6);
    const options = { ...OPTIONS, rotate: 90, rotate_by, strip_metadata: true } as const;
    const result = await change(image(data), options, await withoutSharp());
    const wanted = await measure(data, { rotate: 90 });

    t.equal(readExif(result.data).make, undefined);
    t.ok((await difference(result.data, wanted.data)) <= 3, rotate_by);
  }
});

t.test('a size that is no multiple of the blocks, and a machine without jpegtran, are encoded again', async (t) => {
  const odd = await sharp({ create: { width: 63, height: 47, channels: 3, background: '#a05010' } })
    .jpeg()
    .toBuffer();
  const { lossless } = await withoutSharp();

  const cut = await change(image(odd, 63, 47), { ...OPTIONS, rotate: 90 }, { ...encoder, lossless });
  const plain = await change(image(sampleJpeg()), { ...OPTIONS, rotate: 90 }, encoder);

  t.match(cut, { width: 47, height: 63 });
  t.match(await sharp(cut.data).metadata(), { width: 47, height: 63 });
  t.match(plain, { width: 48, height: 64 });
});

t.test('a damaged picture is refused, not turned by half', async (t) => {
  const { lossless } = await withoutSharp();
  const whole = sampleJpeg();

  await t.rejects(
    change(image(whole.subarray(0, whole.length / 2)), { ...OPTIONS, rotate: 90 }, { ...encoder, lossless }),
    { code: 'rejected' },
  );
});

t.test('eight orientations make a group: turning back leads back', async (t) => {
  for (const start of [1, 2, 3, 4, 5, 6, 7, 8]) {
    t.equal(turned(turned(start, { rotate: 90, flip: 'none' }), { rotate: 270, flip: 'none' }), start);
    for (const flip of FLIPS) t.equal(turned(turned(start, { rotate: 0, flip }), { rotate: 0, flip }), start);
  }
});

t.test('a node that only rotates passes on the turned picture with its time and number', async (t) => {
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      front: { use: source/test-pattern, size: 64x48, fps: 20 }
      upright: { use: transform/image, from: front, rotate: 270 }
  `,
  );
  const [before, after] = [collect(camd, 'front'), collect(camd, 'upright')];

  const pair = await until(() => {
    const turnedOne = after.find(({ seq }) => before.some((frame) => frame.seq === seq));
    return turnedOne && { turnedOne, original: before.find(({ seq }) => seq === turnedOne.seq) };
  }, 'a picture and the same one turned');

  t.match(pair.turnedOne, { width: 48, height: 64, time: pair.original?.time });
});
