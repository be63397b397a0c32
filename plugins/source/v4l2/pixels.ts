// Encodes the raw formats of cameras as JPEG: unpacks them to RGB or grey, which sharp encodes.

import { environment, type Image } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { loadSharp } from '../../kit/image/sharp.ts';
import type { VideoFormat } from './formats.ts';

/** Compressed formats, whose buffers are JPEGs already. */
const JPEG_FORMATS: ReadonlySet<string> = new Set(['MJPG', 'JPEG']);
/** Raw formats: bytes of a picture of `stride` bytes a line. */
const RAW_SIZES: Readonly<Record<string, (stride: number, height: number) => number>> = {
  YUYV: (stride, height) => stride * height,
  UYVY: (stride, height) => stride * height,
  NV12: (stride, height) => stride * height + stride * (height >> 1),
  YU12: (stride, height) => stride * height + 2 * (stride >> 1) * (height >> 1),
  GREY: (stride, height) => stride * height,
  RGB3: (stride, height) => stride * height,
  BGR3: (stride, height) => stride * height,
};

export const FORMATS: readonly string[] = [...JPEG_FORMATS, ...Object.keys(RAW_SIZES)];
export const isJpegFormat = (pixels: string): boolean => JPEG_FORMATS.has(pixels);
export const isKnownFormat = (pixels: string): boolean => FORMATS.includes(pixels);

/** Bytes of a raw picture; undefined for compressed formats. */
export const rawSize = ({ pixels, stride, height }: VideoFormat): number | undefined =>
  RAW_SIZES[pixels]?.(stride, height);

/** @throws Fault `environment`: sharp is missing or cannot encode it */
export async function encode(data: Buffer, format: VideoFormat, quality: number): Promise<Image> {
  const sharp = await loadSharp();
  const { width, height } = format;
  const { pixels, channels } = unpack(data, format);
  try {
    const raw = { width, height, channels };
    const jpeg = await sharp(pixels, { raw }).jpeg({ quality, optimizeCoding: false }).toBuffer();
    return { data: jpeg, type: 'image/jpeg', width, height, hasHeadroom: false };
  } catch (cause) {
    throw environment('encode-failed', `The picture cannot be encoded: ${sentence(cause)}.`, cause);
  }
}

/** Rows without padding, as RGB or grey. */
export function unpack(data: Buffer, format: VideoFormat): { pixels: Buffer; channels: 1 | 3 } {
  const { pixels, width, height, stride } = format;
  if (pixels === 'GREY') return { pixels: packed(data, width, height, stride), channels: 1 };
  if (pixels === 'RGB3') return { pixels: packed(data, 3 * width, height, stride), channels: 3 };
  const rgb = Buffer.allocUnsafe(3 * width * height);
  if (pixels === 'BGR3') {
    for (let y = 0, out = 0; y < height; y++) {
      for (let x = 0, at = y * stride; x < width; x++, at += 3, out += 3) {
        rgb[out] = data[at + 2] ?? 0;
        rgb[out + 1] = data[at + 1] ?? 0;
        rgb[out + 2] = data[at] ?? 0;
      }
    }
    return { pixels: rgb, channels: 3 };
  }
  const planar = pixels === 'NV12' || pixels === 'YU12';
  const luma = pixels === 'UYVY' ? 1 : 0;
  const chroma = stride >> 1;
  const second = stride * height;
  const third = second + chroma * (height >> 1);
  for (let y = 0, out = 0; y < height; y++) {
    const row = y * stride;
    const half = y >> 1;
    for (let x = 0; x < width; x += 2) {
      // Two pixels share their colour (ITU-R BT.601, 4:2:2; the planar formats share it between two rows as well).
      let [y0, y1, u, v] = [row + x, row + x + 1, 0, 0];
      if (!planar) {
        const at = row + 2 * x;
        y0 = at + luma;
        y1 = y0 + 2;
        u = at + 1 - luma;
        v = u + 2;
      } else if (pixels === 'NV12') {
        u = second + half * stride + x;
        v = u + 1;
      } else {
        u = second + half * chroma + (x >> 1);
        v = third + half * chroma + (x >> 1);
      }
      out = pixel(rgb, out, data[y0] ?? 0, data[u] ?? 128, data[v] ?? 128);
      if (x + 1 < width) out = pixel(rgb, out, data[y1] ?? 0, data[u] ?? 128, data[v] ?? 128);
    }
  }
  return { pixels: rgb, channels: 3 };
}

/** Limited range, as cameras send it: 16 is black and 235 white. Fixed point, 8 fractional bits. */
function pixel(rgb: Buffer, out: number, y: number, u: number, v: number): number {
  const light = 298 * (y - 16) + 128;
  const [d, e] = [u - 128, v - 128];
  rgb[out] = clamp((light + 409 * e) >> 8);
  rgb[out + 1] = clamp((light - 100 * d - 208 * e) >> 8);
  rgb[out + 2] = clamp((light + 516 * d) >> 8);
  return out + 3;
}

const clamp = (value: number): number => Math.max(0, Math.min(255, value));

function packed(data: Buffer, row: number, height: number, stride: number): Buffer {
  if (stride === row) return data.subarray(0, row * height);
  const rows = Buffer.allocUnsafe(row * height);
  for (let y = 0; y < height; y++) data.copy(rows, y * row, y * stride, y * stride + row);
  return rows;
}

/** Mean brightness, 0 to 255. Decodes an eighth of the size; throws when the picture cannot be decoded. */
export async function brightness({ data, width }: Image): Promise<number> {
  const sharp = await loadSharp();
  const small = sharp(data, { failOn: 'error' }).resize({ width: Math.max(1, width >> 3) });
  const grey = await small.greyscale().raw().toBuffer();
  let total = 0;
  for (const value of grey) total += value;
  return total / grey.length;
}
