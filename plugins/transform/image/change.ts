// Plans and applies the changes to one picture with sharp.

import { rejected } from '../../../core/contract/final.ts';
import { environment, type Image } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { TransformImageOptions } from '../../../schemas/transform/image.ts';
import { readExif, writeExif } from '../../kit/image/exif.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import type { Sharp } from '../../kit/image/sharp.ts';
import { ffmpegArguments } from './ffmpeg/arguments.ts';
import type { Pool } from './ffmpeg/pool.ts';
import { geometryOf, type Size } from './geometry.ts';
import type { Lossless } from './jpegtran.ts';
import { carryMetadata, withUprightTag } from './metadata.ts';
import { decodePixels, type Pixels, sharePixels } from './shared-decode.ts';
import { orientation, strip } from './strip.ts';
import { JPEGTRAN, turned } from './turn.ts';

export type ChangeOptions = Omit<TransformImageOptions, 'from' | 'parallel' | 'mode'>;

const DEFAULT_QUALITY = 80;

/** The software that changes pixels; loaded or searched on first use. */
export interface Means {
  sharp(): Promise<Sharp>;
  /** undefined if jpegtran is not installed. */
  readonly lossless: Lossless | undefined;
  /** undefined if sharp encodes. */
  readonly ffmpeg?: Ffmpeg | undefined;
}

export interface Ffmpeg {
  readonly program: string;
  readonly pool: Pool;
}

/** True if pixels must be decoded and encoded again; if not, the picture passes unchanged or only loses its metadata. */
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

/** True if the picture is only turned or mirrored, so that its pixels need not be decoded. */
const onlyTurns = (image: Image, options: ChangeOptions): boolean =>
  image.type === 'image/jpeg' &&
  options.rotate_by !== 'encode' &&
  (options.rotate !== 0 || options.flip !== 'none') &&
  !needsPixels(image, { ...options, rotate: 0, flip: 'none', strip_metadata: false });

/** Rejects permanently if the picture is damaged or has too many pixels. Returns the same object if there is no change. */
export async function change(image: Image, options: ChangeOptions, means: Means): Promise<Image> {
  if (image.width * image.height > options.max_pixels) {
    throw rejected(`A picture of ${image.width}x${image.height} exceeds max_pixels (${options.max_pixels}).`);
  }
  if (!needsPixels(image, options)) {
    const data = options.strip_metadata ? strip(image.data, image.type) : image.data;
    return data === image.data ? image : { ...image, data, hasHeadroom: false };
  }
  const lossless = onlyTurns(image, options) ? await turn(image, options, means.lossless) : undefined;
  if (lossless) return lossless;
  const isJpeg = image.type === 'image/jpeg' && options.format !== 'png';
  return means.ffmpeg && isJpeg ? byFfmpeg(image, options, means.ffmpeg) : encode(image, options, await means.sharp());
}

async function byFfmpeg(image: Image, options: ChangeOptions, { program, pool }: Ffmpeg): Promise<Image> {
  const stored = { width: image.width, height: image.height };
  const plan = { stored, orientation: turned(orientation(image.data, image.type), options) };
  const pixels = await pool.change([program, ...ffmpegArguments(plan, options)], image.data);
  const found = toImage(options.strip_metadata ? pixels : carryMetadata(image.data, pixels), false);
  if (isRefusal(found)) throw environment('transform-failed', `ffmpeg returned no picture: ${found.reason}.`);
  return found;
}

/** undefined if it cannot be done without loss. */
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
  const data = options.strip_metadata ? strip(pixels, image.type) : withUprightTag(pixels, before);
  const found = toImage(data, false);
  return isRefusal(found) ? undefined : found;
}

async function encode(image: Image, options: ChangeOptions, sharp: Sharp): Promise<Image> {
  try {
    const { work, carries } = await pipeline(sharp, image, options);
    const { data: pixels, info } = await work.toBuffer({ resolveWithObject: true });
    const type = info.format === 'png' ? 'image/png' : 'image/jpeg';
    const data = carries ? carryMetadata(image.data, pixels) : pixels;
    return { data, type, width: info.width, height: info.height, hasHeadroom: false };
  } catch (cause) {
    const why = `The picture cannot be decoded: ${sentence(cause)}.`;
    // A damaged picture would fail again; one that failed for lack of memory may succeed.
    throw /memory/i.test(why) ? environment('transform-failed', why, cause) : rejected(why, cause);
  }
}

async function pipeline(sharp: Sharp, image: Image, options: ChangeOptions) {
  const input = { failOn: 'error', limitInputPixels: options.max_pixels, sequentialRead: true } as const;
  const isJpeg = image.type === 'image/jpeg';
  const isFast = options.encoding === 'fast';
  // A quarter turn comes last, so the picture is resized while its sides are still swapped.
  const quarter = options.rotate === 90 || options.rotate === 270;
  const stored = orientation(image.data, image.type) >= 5 ? swap(image) : sizeOf(image);
  const target = geometryOf(quarter ? swap(stored) : stored, options);
  const { scaled, final } = quarter ? { scaled: swap(target.scaled), final: swap(target.final) } : target;
  const resizes = options.width !== undefined || options.height !== undefined;
  const shared = resizes && isJpeg ? await shareDecode(sharp, image, stored, scaled, input) : undefined;
  let work = shared
    ? sharp(shared.data, { raw: { ...sizeOf(shared), channels: shared.channels } })
    : sharp(image.data, input).autoOrient();
  if (resizes) {
    const boxed = options.fit === 'cover' || options.fit === 'contain';
    work = work.resize({
      ...(boxed ? final : scaled),
      fit: boxed ? options.fit : 'fill',
      withoutEnlargement: !options.enlarge,
      ...(isFast ? { kernel: 'linear' } : {}),
    });
  }
  // sharp mirrors before it rotates: after a quarter turn its left and right are top and bottom.
  if (options.rotate !== 0) work = work.rotate(options.rotate);
  if (options.flip === 'both' || options.flip === (quarter ? 'vertical' : 'horizontal')) work = work.flop();
  if (options.flip === 'both' || options.flip === (quarter ? 'horizontal' : 'vertical')) work = work.flip();
  if (!options.strip_metadata) work = work.keepMetadata();
  if (options.format === 'png' || (options.format === 'keep' && !isJpeg)) return { work: work.png(), carries: false };
  const quality = options.quality ?? DEFAULT_QUALITY;
  const jpeg = work.jpeg({ quality, optimiseCoding: !isFast, chromaSubsampling: '4:2:0' });
  return { work: jpeg, carries: shared !== undefined && !options.strip_metadata };
}

/** undefined if no other node needs this picture's pixels now, or if they have another colour space. */
async function shareDecode(
  sharp: Sharp,
  image: Image,
  upright: Size,
  scaled: Size,
  input: object,
): Promise<Pixels | undefined> {
  const share = Math.min(1, Math.max(scaled.width / upright.width, scaled.height / upright.height));
  const wanted = { width: Math.ceil(upright.width * share), height: Math.ceil(upright.height * share) };
  const pixels = await sharePixels(image.data, wanted, (size) => decodePixels(sharp, image, size, input));
  return pixels?.channels === 3 ? pixels : undefined;
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
const swap = ({ width, height }: Size): Size => ({ width: height, height: width });
