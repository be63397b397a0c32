// The EXIF tags of a frame: capture time in local time, and a reading with the camera's offsets as a comment. Pure.

import type { Reading } from '../../../core/contract/plugin.ts';
import type { ExifTags } from '../../kit/image/exif.ts';
import type { Zone } from '../../kit/time/zone.ts';

/** Exif 2.32 §4.6.5: local time, its fraction and its offset from UTC. `time` is milliseconds since the epoch. */
export function timeTags(time: number, zone: Zone): ExifTags {
  const offset = zone.offset(time);
  const [date = '', clock = ''] = new Date(Math.floor(time) + offset).toISOString().split('T');
  const minutes = Math.abs(Math.round(offset / 60_000));
  return {
    dateTimeOriginal: `${date.replaceAll('-', ':')} ${clock.slice(0, 8)}`,
    subSecTimeOriginal: clock.slice(9, 12),
    offsetTimeOriginal: `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`,
  };
}

const two = (value: number): string => String(value).padStart(2, '0');

export interface Correction {
  /** Added to each value, by its name. */
  readonly offsets: Readonly<Record<string, number>>;
  /** True if values are angles, which are wrapped to -180 (exclusive) to 180. */
  readonly wrap: boolean;
}

/** The values with this camera's offsets. */
export function corrected({ values }: Reading, { offsets, wrap }: Correction): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const sum = value + (offsets[name] ?? 0);
      return [name, wrap ? wrapped(sum) : sum];
    }),
  );
}

/** -180 and 180 are the same direction; 180 is written. */
export function wrapped(angle: number): number {
  const turned = (((angle + 180) % 360) + 360) % 360;
  return turned === 0 ? 180 : turned - 180;
}

/** The values in their order, then `timestamp`: their time of arrival in seconds since the epoch; then `age`, if given, in seconds. */
export function commentOf(values: Readonly<Record<string, number>>, time: number, age: number | undefined): string {
  return JSON.stringify({ ...values, timestamp: time / 1000, ...(age === undefined ? {} : { age: age / 1000 }) });
}
