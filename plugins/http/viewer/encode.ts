// Encodes smaller JPEGs with sharp, if it is installed.

import { loadSharp, type Sharp } from '../../kit/image/sharp.ts';
import type { Encode } from './reducer.ts';

/** Most pixels of a picture to decode. */
const MAX_PIXELS = 50_000_000;

export interface Encoder {
  /** False after sharp failed to load: then a slow connection gets fewer pictures, but not smaller ones. */
  readonly isThere: () => boolean;
  /** Loads sharp on first use. */
  ready(): Promise<boolean>;
  readonly encode: Encode;
}

export function createEncoder(load: () => Promise<Sharp> = loadSharp): Encoder {
  let isMissing = false;
  let loading: Promise<Sharp> | undefined;
  const sharpOnce = (): Promise<Sharp> => {
    loading ??= load().catch((cause: unknown) => {
      isMissing = true;
      throw cause;
    });
    return loading;
  };
  return {
    isThere: () => !isMissing,
    ready: () =>
      sharpOnce().then(
        () => true,
        () => false,
      ),
    async encode(data, { width, quality }) {
      const sharp = await sharpOnce();
      const made = await sharp(data, { limitInputPixels: MAX_PIXELS, sequentialRead: true })
        .autoOrient()
        .resize({ width, withoutEnlargement: true })
        .jpeg({ quality })
        .toBuffer({ resolveWithObject: true });
      return { data: made.data, width: made.info.width, height: made.info.height };
    },
  };
}
