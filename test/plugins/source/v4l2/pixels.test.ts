// Tests of raw formats: every one is unpacked to the same picture, padded rows included, and that picture is right.

import sharp from 'sharp';
import t from 'tap';
import type { VideoFormat } from '../../../../plugins/source/v4l2/formats.ts';
import { brightness, encode, FORMATS, isJpegFormat, rawSize, unpack } from '../../../../plugins/source/v4l2/pixels.ts';

/** Four colours in ITU-R BT.601 limited range: Y, U, V and their RGB values. */
const COLOURS = [
  { yuv: [81, 90, 240], rgb: [255, 0, 0] },
  { yuv: [145, 54, 34], rgb: [0, 255, 0] },
  { yuv: [41, 240, 110], rgb: [0, 0, 255] },
  { yuv: [235, 128, 128], rgb: [255, 255, 255] },
] as const;

const WIDTH = 16;
const HEIGHT = 8;
const PADDING = 12;

/** Four vertical stripes, four pixels wide. */
const colourAt = (x: number) => COLOURS[Math.floor(x / 4)] ?? COLOURS[0];

function film(pixels: string): { data: Buffer; format: VideoFormat } {
  const perPixel = { GREY: 1, NV12: 1, YU12: 1, RGB3: 3, BGR3: 3 }[pixels] ?? 2;
  const stride = perPixel * WIDTH + PADDING;
  const format = { width: WIDTH, height: HEIGHT, pixels, stride };
  const data = Buffer.alloc(rawSize(format) ?? 0, 77);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const { yuv, rgb } = colourAt(x);
      const [luma, u, v] = yuv;
      const row = y * stride;
      if (pixels === 'GREY') data[row + x] = luma;
      else if (pixels === 'RGB3') data.set(rgb, row + 3 * x);
      else if (pixels === 'BGR3') data.set([...rgb].reverse(), row + 3 * x);
      else if (pixels === 'YUYV') data.set([luma, x % 2 === 0 ? u : v], row + 2 * x);
      else if (pixels === 'UYVY') data.set([x % 2 === 0 ? u : v, luma], row + 2 * x);
      else {
        data[row + x] = luma;
        const half = stride >> 1;
        const chroma = stride * HEIGHT;
        if (pixels === 'NV12') data.set([u, v], chroma + (y >> 1) * stride + (x & ~1));
        else {
          data[chroma + (y >> 1) * half + (x >> 1)] = u;
          data[chroma + half * (HEIGHT >> 1) + (y >> 1) * half + (x >> 1)] = v;
        }
      }
    }
  }
  return { data, format };
}

t.test('every raw format gives the recorded colours', async (t) => {
  for (const name of FORMATS.filter((format) => !isJpegFormat(format) && format !== 'GREY')) {
    const { data, format } = film(name);

    const { pixels, channels } = unpack(data, format);

    t.equal(channels, 3);
    t.equal(pixels.length, 3 * WIDTH * HEIGHT);
    for (let x = 0; x < WIDTH; x++) {
      const at = 3 * (5 * WIDTH + x);
      const off = colourAt(x).rgb.map((value, index) => Math.abs(value - (pixels[at + index] ?? 0)));
      t.ok(Math.max(...off) <= 3, `${name} at ${x}`);
    }
  }
});

t.test('grey stays grey, and an encoded picture has the recorded size', async (t) => {
  const { data, format } = film('GREY');

  const image = await encode(data, format, 95);
  const { channels, width, height } = await sharp(image.data).metadata();

  t.same([image.width, image.height, width, height], [WIDTH, HEIGHT, WIDTH, HEIGHT]);
  t.ok(channels === 1 || channels === 3);
});

t.test('brightness is that of the whole picture, and a picture without tables to decode it is refused', async (t) => {
  const { data, format } = film('YUYV');
  const image = await encode(data, format, 90);
  const at = image.data.indexOf(Buffer.from([0xff, 0xdb]));
  const quantised = Buffer.concat([image.data.subarray(0, at), image.data.subarray(at + 2 + 67)]);

  const mean = await brightness(image);

  t.ok(mean > 60 && mean < 180, `it is ${mean}`);
  await t.rejects(brightness({ ...image, data: quantised }));
});
