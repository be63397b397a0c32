// The command line of an ffmpeg that changes pictures of one size, one after the other. Pure.

import type { TransformImageOptions } from '../../../../schemas/transform/image.ts';
import { geometryOf, type Size } from '../geometry.ts';

export type Encoder = Exclude<TransformImageOptions['encoder'], 'sharp'>;

export interface Plan {
  /** The size of the stored pixels. */
  readonly stored: Size;
  /** The orientation, 1 to 8, by which the result is turned: the EXIF tag combined with the options. */
  readonly orientation: number;
}

/** ffmpeg's names of the encoders. */
export const ENCODERS: Readonly<Record<Encoder, string>> = {
  ffmpeg: 'mjpeg',
  vaapi: 'mjpeg_vaapi',
  qsv: 'mjpeg_qsv',
};
/** The mjpeg decoder can skip coefficients down to an eighth of the size. */
const MAX_LOWRES = 3;
const DEFAULT_QUALITY = 80;
/** Index 0 is orientation 1. */
const TURNS: readonly (readonly string[])[] = [
  [],
  ['hflip'],
  ['hflip', 'vflip'],
  ['vflip'],
  ['transpose=cclock_flip'],
  ['transpose=clock'],
  ['transpose=clock_flip'],
  ['transpose=cclock'],
];

const isTurned = (orientation: number): boolean => orientation >= 5;
const swap = ({ width, height }: Size): Size => ({ width: height, height: width });

export type FfmpegOptions = Pick<
  TransformImageOptions,
  'width' | 'height' | 'fit' | 'enlarge' | 'quality' | 'encoder' | 'encoding' | 'device'
>;

export function ffmpegArguments({ stored, orientation }: Plan, options: FfmpegOptions): readonly string[] {
  const upright = isTurned(orientation) ? swap(stored) : stored;
  const { scaled, final } = geometryOf(upright, options);
  const target = isTurned(orientation) ? swap(scaled) : scaled;
  const lowres = lowresOf(stored, target);
  const decoded = { width: Math.ceil(stored.width / 2 ** lowres), height: Math.ceil(stored.height / 2 ** lowres) };
  const filters = [
    ...scaling(decoded, target, options),
    ...(TURNS[orientation - 1] ?? []),
    ...fitting(scaled, final),
    ...format(options.encoder),
  ];
  return [
    ...['-hide_banner', '-nostats', '-loglevel', 'error', '-threads', '1', '-filter_threads', '1'],
    ...hardware(options),
    // Parts with a length, so that a picture is decoded as soon as it is complete, without reading ahead to probe.
    ...['-f', 'mpjpeg', '-strict_mime_boundary', '0', '-probesize', '32', '-analyzeduration', '0', '-noautorotate'],
    ...['-err_detect', 'explode', '-lowres', String(lowres), '-i', 'pipe:0'],
    ...['-vf', filters.join(','), '-fps_mode', 'passthrough', '-threads', '1', '-map_metadata', '-1'],
    ...encoding(options),
    ...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flush_packets', '1', '-f', 'mjpeg', 'pipe:1'],
  ];
}

/** How often the decoder may halve the picture before it gets smaller than `target`. */
function lowresOf(stored: Size, target: Size): number {
  let halvings = 0;
  while (
    halvings < MAX_LOWRES &&
    stored.width / 2 ** (halvings + 1) >= target.width &&
    stored.height / 2 ** (halvings + 1) >= target.height
  )
    halvings++;
  return halvings;
}

function scaling(from: Size, to: Size, { encoding: how, encoder }: FfmpegOptions): string[] {
  // Hardware encoders read nv12, which by default has the narrow range of video.
  const range = encoder === 'ffmpeg' ? '' : ':out_range=pc';
  if (from.width === to.width && from.height === to.height && range === '') return [];
  return [`scale=${to.width}:${to.height}:flags=${how === 'fast' ? 'fast_bilinear' : 'bicubic'}${range}`];
}

function fitting(from: Size, to: Size): string[] {
  const { width, height } = to;
  if (width === from.width && height === from.height) return [];
  const step =
    width > from.width || height > from.height
      ? `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:black`
      : `crop=${width}:${height}`;
  // With a colour value for each pixel, odd sizes are exact.
  return ['format=yuvj444p', step];
}

/** 4:2:0: a colour value for four pixels, as cameras and browsers use it. */
const format = (encoder: TransformImageOptions['encoder']): string[] =>
  encoder === 'vaapi' ? ['format=nv12', 'hwupload'] : [encoder === 'qsv' ? 'format=nv12' : 'format=yuvj420p'];

function hardware({ encoder, device }: FfmpegOptions): string[] {
  if (encoder === 'vaapi') return ['-init_hw_device', `vaapi=camd:${device}`, '-filter_hw_device', 'camd'];
  return encoder === 'qsv' ? ['-init_hw_device', `qsv=camd,child_device=${device}`] : [];
}

function encoding({ encoder, encoding: how, quality = DEFAULT_QUALITY }: FfmpegOptions): string[] {
  if (encoder === 'vaapi' || encoder === 'qsv') return ['-c:v', ENCODERS[encoder], '-global_quality', String(quality)];
  return ['-c:v', 'mjpeg', '-q:v', String(scaleOf(quality)), '-huffman', how === 'fast' ? 'default' : 'optimal'];
}

/**
 * ffmpeg's scale, 2 to 31, for a JPEG quality. libjpeg multiplies its luminance table (58 on average) by 50/q, or by 2 - q/50 from 50
 * on (jcparam.c, jpeg_quality_scaling); ffmpeg multiplies MPEG's (28 on average) by an eighth of the scale.
 */
export function scaleOf(quality: number): number {
  const factor = quality < 50 ? 50 / quality : 2 - quality / 50;
  return Math.min(31, Math.max(2, Math.round(factor * 16.5)));
}
