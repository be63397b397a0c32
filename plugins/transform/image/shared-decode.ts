// Decodes a picture once for all nodes that request its pixels in the same turn of the event loop.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Image } from '../../../core/contract/plugin.ts';
import type { Sharp } from '../../kit/image/sharp.ts';
import type { Size } from './geometry.ts';

/** Upright RGB pixels. */
export interface Pixels extends Size {
  readonly data: Buffer;
  readonly channels: 1 | 2 | 3 | 4;
}

interface Batch {
  readonly wanted: Size[];
  readonly pixels: Promise<Pixels | undefined>;
}

/** By the bytes of the picture, which all consumers of a frame share. A batch is closed at the end of its turn. */
const batches = new WeakMap<Buffer, Batch>();

/**
 * The pixels at the largest requested size, which is at least `wanted`; undefined if no other node requests them: then
 * the caller decodes and scales in one step. `decode` runs once.
 */
export function sharePixels(
  picture: Buffer,
  wanted: Size,
  decode: (size: Size) => Promise<Pixels>,
): Promise<Pixels | undefined> {
  const open = batches.get(picture);
  if (open) {
    open.wanted.push(wanted);
    return open.pixels;
  }
  const sizes = [wanted];
  const pixels = nextTurn().then(() => {
    batches.delete(picture);
    if (sizes.length === 1) return undefined;
    return decode({
      width: Math.max(...sizes.map(({ width }) => width)),
      height: Math.max(...sizes.map(({ height }) => height)),
    });
  });
  batches.set(picture, { wanted: sizes, pixels });
  return pixels;
}

/** Upright pixels, stretched to `size`. */
export async function decodePixels(sharp: Sharp, image: Image, size: Size, input: object): Promise<Pixels> {
  const work = sharp(image.data, input)
    .autoOrient()
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .raw();
  const { data, info } = await work.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
