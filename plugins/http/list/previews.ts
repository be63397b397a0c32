// Previews of pictures as base64: whole, or made small once for each picture.

import type { Frame } from '../../../core/contract/frame.ts';
import { loadSharp } from '../../kit/image/sharp.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';

/** Pictures made small at one time. */
const PARALLEL = 2;
const MAX_WAITING = 4096;
const MAX_PIXELS = 100_000_000;
/** Enough to tell what a camera shows; a list of 100 stays under 1 MB. */
const QUALITY = 50;

export type PreviewKind = 'thumbnail' | 'whole' | 'none';

export interface Previews {
  /** Empty when there is none. Rejects when sharp is not installed. */
  of(frame: Frame): Promise<string>;
  forget(cameras: ReadonlySet<string>): void;
}

export function createPreviews(kind: PreviewKind, width: number): Previews {
  /** The newest preview of each camera; a list that is asked for often makes none twice. */
  const made = new Map<string, { readonly seq: number; readonly text: Promise<string> }>();
  const queue = createKeyedQueue({ parallel: PARALLEL, waiting: MAX_WAITING });

  const shrink = async (frame: Frame): Promise<string> => {
    const sharp = await loadSharp();
    const small = await sharp(frame.data, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .resize({ width, withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer()
      // A picture that cannot be decoded has no preview, and the others have theirs.
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
