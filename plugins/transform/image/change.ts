// Plans and applies the changes to one picture with sharp.

import { rejected } from '../../../core/contract/final.ts';
import { environment, type Image } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { TransformImageOptions } from '../../../schemas/transform/image.ts';
import { readExif, writeExif } from '../../kit/image/exif.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import type { Sharp } from '../../kit/image/sharp.ts';
import type { Lossless } from './jpegtran.ts';
import { orientation, strip } from './strip.ts';
import { JPEGTRAN, turned } from './turn.ts';

export type ChangeOptions = Omit<TransformImageOptions, 'from' | 'parallel' | 'mode'>;

const DEFAULT_QUALITY = 80;

/** What changes pixels with; each is looked for when it is first needed. */
export interface Means {
  sharp(): Promise<Sharp>;
  /** undefined when jpegtran is not installed. */
  readonly lossless: Lossless | undefined;
}

/** Whether pixels must be decoded and encoded again; if not, the picture passes unchanged or only loses its metadata. */
export function needsPixels(image: Image, options: ChangeOptions): boolean {
  const { width, height, type } = image;
  const format = options.format === 'keep' ? type : `image/${options.format}`;
  if (format !== type || options.rotate !== 0 || options.flip !== 'none') return true;
  if (options.quality !== undefined && type === 'image/jpeg') return true;
  const turned = orientation(image.data, type);
  // Without its orientation metadata a rotated picture would be shown on its side.
  if (options.strip_metadata && turned !== 1) return true;
  const [wide, high] = turned >= 5 ? [height, width] : [width, height];
  return changesSize(wide, high, options);
}

function changesSize(width: number, height: number, options: ChangeOptions): boolean {
  const { width: toWidth, height: toHeight, fit, enlarge } = options;
  if (toWidth === undefined && toHeight === undefined) return false;
  if (toWidth === undefined || toHeight === undefined || fit === 'inside') {
    const scale = Math.min(
      (toWidth ?? Number.POSITIVE_INFINITY) / width,
      (toHeight ?? Number.POSITIVE_INFINITY) / height,
    );
    return enlarge ? scale !== 1 : scale < 1;
  }
  if (!enlarge && width <= toWidth && height <= toHeight) return false;
  return width !== toWidth || height !== toHeight;
}

/** Whether the picture is turned or mirrored and nothing else, so that its pixels need not be decoded. */
const onlyTurns = (image: Image, options: ChangeOptions): boolean =>
  image.type === 'image/jpeg' &&
  options.rotate_by !== 'encode' &&
  (options.rotate !== 0 || options.flip !== 'none') &&
  !needsPixels(image, { ...options, rotate: 0, flip: 'none', strip_metadata: false });

/** Rejects for good when the picture is damaged or has too many pixels. Returns the same object when nothing changes. */
export async function change(image: Image, options: ChangeOptions, means: Means): Promise<Image> {
  if (image.width * image.height > options.max_pixels) {
    throw rejected(`A picture of ${image.width}x${image.height} exceeds max_pixels (${options.max_pixels}).`);
  }
  if (!needsPixels(image, options)) {
    const data = options.strip_metadata ? strip(image.data, image.type) : image.data;
    return data === image.data ? image : { ...image, data, hasHeadroom: false };
  }
  const whole = onlyTurns(image, options) ? await turn(image, options, means.lossless) : undefined;
  return whole ?? encode(image, options, await means.sharp());
}

/** undefined when it cannot be done without loss. */
async function turn(image: Image, options: ChangeOptions, lossless: Lossless | undefined): Promise<Image | undefined> {
  const before = readExif(image.data).orientation;
  const after = turned(before ?? 1, options);
  if (options.rotate_by === 'tag') {
    const bare = options.strip_metadata ? strip(image.data, image.type) : image.data;
    const data = writeExif(bare, { orientation: after }, 'drop');
    return isRefusal(data) ? undefined : { ...image, data, hasHeadroom: false };
  }
  const pixels = await lossless?.(image.data, JPEGTRAN[after - 1] ?? []);
  if (!pixels) return undefined;
  const data = options.strip_metadata ? strip(pixels, image.type) : upright(pixels, before);
  const found = toImage(data, false);
  return isRefusal(found) ? undefined : found;
}

/** Turned pixels need no tag any more, and their thumbnail still lies as before. */
function upright(pixels: Buffer, before: number | undefined): Buffer {
  const data = writeExif(pixels, before === undefined ? {} : { orientation: 1 }, 'drop');
  return isRefusal(data) ? pixels : data;
}

async function encode(image: Image, options: ChangeOptions, sharp: Sharp): Promise<Image> {
  try {
    const { data, info } = await pipeline(sharp, image, options).toBuffer({ resolveWithObject: true });
    const type = info.format === 'png' ? 'image/png' : 'image/jpeg';
    return { data, type, width: info.width, height: info.height, hasHeadroom: false };
  } catch (cause) {
    const why = `The picture cannot be decoded: ${sentence(cause)}.`;
    // A damaged picture would fail again; one that failed for lack of memory may succeed.
    throw /memory/i.test(why) ? environment('transform-failed', why, cause) : rejected(why, cause);
  }
}

function pipeline(sharp: Sharp, image: Image, options: ChangeOptions) {
  const input = { failOn: 'error', limitInputPixels: options.max_pixels, sequentialRead: true } as const;
  let work = sharp(image.data, input).autoOrient();
  if (options.rotate !== 0) work = work.rotate(options.rotate);
  // sharp mirrors before it rotates: after a quarter turn its left and right are top and bottom.
  const quarter = options.rotate === 90 || options.rotate === 270;
  if (options.flip === 'both' || options.flip === (quarter ? 'vertical' : 'horizontal')) work = work.flop();
  if (options.flip === 'both' || options.flip === (quarter ? 'horizontal' : 'vertical')) work = work.flip();
  if (options.width !== undefined || options.height !== undefined) {
    work = work.resize({
      ...(options.width === undefined ? {} : { width: options.width }),
      ...(options.height === undefined ? {} : { height: options.height }),
      fit: options.fit,
      withoutEnlargement: !options.enlarge,
    });
  }
  if (!options.strip_metadata) work = work.keepMetadata();
  const jpeg = options.format === 'jpeg' || (options.format === 'keep' && image.type === 'image/jpeg');
  return jpeg ? work.jpeg({ quality: options.quality ?? DEFAULT_QUALITY }) : work.png();
}
