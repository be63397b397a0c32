// One picture of the driver: its capture time, and its JPEG, which is encoded on demand.

import type { Image } from '../../../core/contract/plugin.ts';
import { isRefusal } from '../../kit/image/jpeg-header.ts';
import { toImage } from '../../kit/image/recognise.ts';
import type { BufferLine } from './buffers.ts';
import type { VideoFormat } from './formats.ts';
import { encode, isJpegFormat, rawSize } from './pixels.ts';

export interface Shot {
  /** Capture time, milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds on CLOCK_MONOTONIC: the driver's time, else the time of arrival. */
  readonly taken: number;
  readonly sequence: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Encodes raw pictures when it is first called. */
  image(): Promise<Image>;
}

/** Both clocks at one moment. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds on CLOCK_MONOTONIC. */
  readonly monotonic: number;
}

/** An older driver's time is of another clock, regardless of its flags. */
const MAX_AGE_MS = 60_000;

/** Returns the picture, or why the buffer is none, as a constant phrase. */
export function readShot(
  data: Buffer,
  line: BufferLine,
  format: VideoFormat,
  quality: number,
  moment: Moment,
): Shot | { readonly reason: string } {
  const age = moment.monotonic - (line.taken ?? moment.monotonic);
  const trusted = line.taken !== undefined && age >= -1 && age < MAX_AGE_MS;
  const times = {
    taken: trusted && line.taken !== undefined ? line.taken : moment.monotonic,
    time: trusted ? moment.now - age : moment.now,
    sequence: line.sequence,
  };
  if (isJpegFormat(format.pixels)) {
    const image = toImage(data, true);
    if (isRefusal(image)) return image;
    return { ...times, width: image.width, height: image.height, image: () => Promise.resolve(image) };
  }
  const size = rawSize(format) ?? 0;
  if (data.length < size) return { reason: 'short' };
  let encoded: Promise<Image> | undefined;
  return {
    ...times,
    width: format.width,
    height: format.height,
    image() {
      encoded ??= encode(data, format, quality);
      return encoded;
    },
  };
}
