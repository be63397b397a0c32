// Previews of pictures as base64: whole, or reduced once per picture.

import type { Frame } from '../../../core/contract/frame.ts';
import { loadSharp } from '../../kit/image/sharp.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';

/** Most pictures that are reduced at the same time. */
const PARALLEL = 2;
const MAX_WAITING = 4096;
const MAX_PIXELS = 100_000_000;
/** JPEG quality at which the scene is recognizable; a list of 100 stays under 1 MB. */
const QUALITY = 50;

export type PreviewKind = 'thumbnail' | 'whole' | 'none';

export interface Previews {
  /** Empty if there is no preview. Rejects if sharp is not installed. */
  of(frame: Frame): Promise<string>;
  forget(cameras: ReadonlySet<string>): void;
}

export function createPreviews(kind: PreviewKind, width: number): Previews {
  /** The newest preview of each camera, so that frequent requests make none twice. */
  const made = new Map<string, { readonly seq: number; readonly text: Promise<string> }>();
  const queue = createKeyedQueue({ parallel: PARALLEL, waiting: MAX_WAITING });

  const shrink = async (frame: Frame): Promise<string> => {
    const sharp = await loadSharp();
    const small = await sharp(frame.data, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .resize({ width, withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer()
      // A picture that cannot be decoded has no preview, without an effect on others.
      .catch(() => Buffer.alloc(0));
    return small.toString('base64');
  };
  return {
    async of(frame) {
      if (kind === 'none') return '';
      const known = made.get(frame.camera);
      if (known?.seq === frame.seq) return known.text;
      const text =
        kind === 'whole'
          ? Promise.resolve(frame.data.toString('base64'))
          : (queue.run(frame.camera, () => shrink(frame)) ?? Promise.resolve(''));
      made.set(frame.camera, { seq: frame.seq, text });
      return text;
    },
    forget(cameras) {
      for (const camera of made.keys()) if (!cameras.has(camera)) made.delete(camera);
    },
  };
}
