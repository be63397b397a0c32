// Computes the sizes of a changed picture: after scaling, and after cropping or bars. Pure.

import type { TransformImageOptions } from '../../../schemas/transform/image.ts';

export interface Size {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

export interface Geometry {
  readonly scaled: Size;
  /** Smaller than `scaled` if edges are cut off, larger if bars are added. */
  readonly final: Size;
}

type Resizing = Pick<TransformImageOptions, 'width' | 'height' | 'fit' | 'enlarge'>;

/** `picture`: the displayed size, turned by the EXIF orientation and by the option `rotate`. */
export function geometryOf(picture: Size, { width, height, fit, enlarge }: Resizing): Geometry {
  if (width === undefined && height === undefined) return { scaled: picture, final: picture };
  const least = enlarge ? 0 : 1;
  // Factors by which the picture shrinks; 0 sets no limit.
  const wide = picture.width / (width ?? Number.POSITIVE_INFINITY);
  const high = picture.height / (height ?? Number.POSITIVE_INFINITY);
  if (width === undefined || height === undefined || fit === 'inside' || fit === 'contain') {
    const scaled = shrink(picture, Math.max(wide, high, least));
    const isBox = width !== undefined && height !== undefined && fit === 'contain';
    return { scaled, final: isBox ? { width, height } : scaled };
  }
  if (fit === 'fill') {
    const scaled = shrink(picture, Math.max(wide, least), Math.max(high, least));
    return { scaled, final: scaled };
  }
  const scaled = shrink(picture, Math.max(Math.min(wide, high), least));
  return { scaled, final: { width: Math.min(width, scaled.width), height: Math.min(height, scaled.height) } };
}

const shrink = ({ width, height }: Size, wide: number, high = wide): Size => ({
  width: shrinkSide(width, wide),
  height: shrinkSide(height, high),
});

/** The same steps as in sharp and libvips: others differ in the last digit, and by a pixel where the result ends in a half. */
function shrinkSide(pixels: number, factor: number): number {
  const scale = 1 / factor;
  return Math.max(1, Math.round(scale < 1 ? pixels / (1 / scale) : pixels * scale));
}
