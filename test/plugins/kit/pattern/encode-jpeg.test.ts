// The JPEG encoder of drawn pictures: ffmpeg decodes the content of the canvas, and unchanged parts are not encoded again.

import { execFile } from 'node:child_process';
import t from 'tap';
import { HEADROOM } from '../../../../core/contract/frame.ts';
import { readJpegHeader } from '../../../../plugins/kit/image/jpeg-header.ts';
import { scanLength } from '../../../../plugins/kit/image/scan-length.ts';
import { type Canvas, createCanvas } from '../../../../plugins/kit/pattern/canvas.ts';
import { createJpegEncoder } from '../../../../plugins/kit/pattern/encode-jpeg.ts';
import { random } from '../../../support/jpeg.ts';

/** The three planes of the picture, at full size, as decoded by ffmpeg; fails on any error output. */
function decode(jpeg: Buffer, width: number, height: number): Promise<Uint8Array[]> {
  const argv = ['-v', 'warning', '-f', 'mjpeg', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'yuvj420p', 'pipe:1'];
  return new Promise((resolve, reject) => {
    const child = execFile('ffmpeg', argv, { encoding: 'buffer', maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const half = (width / 2) * (height / 2);
      if (error) reject(error);
      else if (/error|invalid|overread|EOI/i.test(stderr.toString())) reject(new Error(stderr.toString()));
      else resolve([stdout.subarray(0, 4 * half), stdout.subarray(4 * half, 5 * half), stdout.subarray(5 * half)]);
    });
    child.stdin?.end(jpeg);
  });
}

/** Root mean square and greatest difference of two planes. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  let squares = 0;
  let most = 0;
  for (let at = 0; at < a.length; at++) {
    const apart = Math.abs((a[at] ?? 0) - (b[at] ?? 0));
    squares += apart * apart;
    most = Math.max(most, apart);
  }
  return { mean: Math.sqrt(squares / a.length), most };
}

/** A canvas of noise of this strength around different means, so that codes of all lengths occur. */
function noisy(canvas: Canvas, strength: number): Canvas {
  const next = random(strength);
  for (const plane of canvas.planes) {
    for (let at = 0; at < plane.length; at++) {
      plane[at] = Math.max(0, Math.min(255, 60 + ((at >> 8) & 127) + strength * (next() - 0.5)));
    }
  }
  return canvas;
}

/** The length of the picture up to its last block, and its total length. */
const ends = (jpeg: Buffer): unknown[] => [scanLength(jpeg), jpeg.length];

for (const strength of [0, 20, 120, 400]) {
  t.test(`a canvas with noise of strength ${strength} is decoded within the quantiser's steps`, async (t) => {
    const canvas = noisy(createCanvas(160, 96), strength);

    const jpeg = createJpegEncoder(canvas)();

    const planes = await decode(jpeg, 160, 96);
    for (const [index, plane] of canvas.planes.entries()) {
      const { mean, most } = difference(plane, planes[index] ?? plane);
      // Steps of luminance are 2 to 12, those of colours 3 to 17: half a step at most for each coefficient.
      t.ok(mean < (index === 0 ? 2.6 : 3.6) && most <= (index === 0 ? 12 : 18), `${index}: ${mean} ${most}`);
    }
    t.same(ends(jpeg), [jpeg.length - 2, jpeg.length], 'no extra bit');
    t.equal(jpeg.byteOffset, HEADROOM);
  });
}

t.test('the extremes of all planes are kept', async (t) => {
  const inks = [
    [0, 0, 255],
    [255, 255, 0],
    [128, 128, 128],
    [129, 127, 130],
  ] as const;
  const canvas = createCanvas(320, 64);
  for (const [index, ink] of inks.entries()) canvas.fill(80 * index, 0, 80, 64, ink);

  const planes = await decode(createJpegEncoder(canvas)(), 320, 64);

  t.same(
    inks.map((_, index) => [planes[0]?.[80 * index], planes[1]?.[40 * index], planes[2]?.[40 * index]]),
    inks,
  );
  for (const [index, plane] of canvas.planes.entries()) t.ok(plane.every((value, at) => value === planes[index]?.[at]));
});

t.test('a checkerboard of single pixels is sharp', async (t) => {
  const canvas = createCanvas(16, 16);
  const [luminance] = canvas.planes;
  for (let at = 0; at < luminance.length; at++) luminance[at] = ((at & 1) ^ ((at >> 4) & 1)) * 255;

  const [decoded] = await decode(createJpegEncoder(canvas)(), 16, 16);

  t.ok(difference(luminance, decoded ?? luminance).most <= 12);
});

t.test('the header has the size and the tables', (t) => {
  const jpeg = createJpegEncoder(createCanvas(1000, 300))();

  t.match(readJpegHeader(jpeg), { width: 1000, height: 300, coding: 0xc0, tables: true });
  t.equal(jpeg.toString('latin1', 6, 10), 'JFIF');
  t.end();
});

t.test('in a sequence of pictures only marked units are read again', async (t) => {
  const canvas = noisy(createCanvas(240, 48), 30);
  const encode = createJpegEncoder(canvas);
  const first = encode();
  t.ok(
    canvas.changed.every((mark) => mark === 0),
    'nothing is left to encode',
  );
  t.ok(encode().equals(first));
  t.not(encode().buffer, first.buffer, 'each picture has its own memory');

  // The 25th unit of 45, in the fifth interval.
  canvas.planes[0].fill(0);
  canvas.changed[24] = 1;
  const second = encode();

  const before = await decode(first, 240, 48);
  const after = await decode(second, 240, 48);
  const [a, b] = [before[0] ?? Buffer.alloc(0), after[0] ?? Buffer.alloc(0)];
  const different = new Set<number>();
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) different.add(Math.floor(at / 240 / 16) * 15 + ((at % 240) >> 4));
  }
  t.same([...different], [24]);
  t.ok(
    canvas.changed.every((mark) => mark === 0),
    'nothing is left to encode',
  );
  canvas.changed.fill(1);
  const fresh = createCanvas(240, 48);
  for (const [index, plane] of canvas.planes.entries()) fresh.planes[index]?.set(plane);
  t.ok(encode().equals(createJpegEncoder(fresh)()), 'all marked: the same as a first picture');
});

t.test('restart markers count up to seven and start again', (t) => {
  const jpeg = createJpegEncoder(createCanvas(16 * 60, 16))();
  const markers: number[] = [];
  const start = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  for (let at = start + 14; at < jpeg.length; at++) if (jpeg[at] === 0xff) markers.push(jpeg[at + 1] ?? 0);

  t.same(
    markers.filter((code) => code !== 0),
    [...[0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2].map((count) => 0xd0 + count), 0xd9],
  );
  t.end();
});

t.test('an interval with the largest possible units is encoded completely', async (t) => {
  const canvas = createCanvas(80, 16);
  const next = random(3);
  // Black or white at random.
  for (const plane of canvas.planes) for (let at = 0; at < plane.length; at++) plane[at] = next() < 0.5 ? 0 : 255;

  const jpeg = createJpegEncoder(canvas)();

  const planes = await decode(jpeg, 80, 16);
  t.ok(difference(canvas.planes[0], planes[0] ?? Buffer.alloc(0)).mean < 3);
  t.same(ends(jpeg), [jpeg.length - 2, jpeg.length]);
});
