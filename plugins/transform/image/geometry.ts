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
  const most = enlarge ? Number.POSITIVE_INFINITY : 1;
  const wide = (width ?? Number.POSITIVE_INFINITY) / picture.width;
  const high = (height ?? Number.POSITIVE_INFINITY) / picture.height;
  if (width === undefined && height === undefined) return { scaled: picture, final: picture };
  if (width === undefined || height === undefined || fit === 'inside' || fit === 'contain') {
    const scaled = scale(picture, Math.min(wide, high, most));
    const isBox = width !== undefined && height !== undefined && fit === 'contain';
    return { scaled, final: isBox ? { width, height } : scaled };
  }
  if (fit === 'fill') {
    const scaled = scale(picture, Math.min(wide, most), Math.min(high, most));
    return { scaled, final: scaled };
  }
  const scaled = scale(picture, Math.min(Math.max(wide, high), most));
  return { scaled, final: { width: Math.min(width, scaled.width), height: Math.min(height, scaled.height) } };
}

const scale = ({ width, height }: Size, wide: number, high = wide): Size => ({
  width: Math.max(1, Math.round(width * wide)),
  height: Math.max(1, Math.round(height * high)),
});
