// The brightness of a picture, from a tiny copy of it.

import { environment, type Frame } from '../../../core/contract/plugin.ts';
import type { Sharp } from '../../kit/image/sharp.ts';

/** Pixels of a side: a JPEG is decoded at an eighth of its size, without most of its data. */
const SIDE = 16;

/** The mean of all pixels, from 0 (black) to 100 (white). Rejects with a Fault when the picture cannot be read. */
export async function brightnessOf({ data, camera }: Pick<Frame, 'data' | 'camera'>, sharp: Sharp): Promise<number> {
  try {
    const pixels = await sharp(data).resize(SIDE, SIDE, { fit: 'fill' }).greyscale().raw().toBuffer();
    return (pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length / 255) * 100;
  } catch (cause) {
    throw environment(
      'unreadable-picture',
      `a picture of ${camera} cannot be read, so its brightness is unknown`,
      cause,
    );
  }
}
