// Decides which pictures of one camera pass. Pure except for its own state.

import { createHash } from 'node:crypto';
import { getPosition } from 'suncalc';
import type { Frame } from '../../../core/contract/frame.ts';
import type { TransformSampleOptions } from '../../../schemas/transform/sample.ts';
import { zone } from '../../kit/time/zone.ts';

/** True when the picture passes. */
export type Sampler = (frame: Pick<Frame, 'data' | 'time' | 'arrived'>) => boolean;

const DAY_MINUTES = 24 * 60;
/** Degrees that suncalc adds to the height of a low sun, because the light is bent at the horizon. */
const REFRACTION = 0.484;
/** Degrees of the sun's centre over the horizon when its upper edge appears, and the bound of civil twilight. */
const SUNRISE = -0.833 + REFRACTION;
const CIVIL_DUSK = -6 + REFRACTION;

export function createSampler(options: TransformSampleOptions): Sampler {
  const { every, align, nth, changed, hours } = options;
  const { offset } = zone(options.timezone);
  const within = hours === undefined ? undefined : readHours(hours);
  let count = 0;
  let interval: number | undefined;
  let first: number | undefined;
  let digest: string | undefined;

  return (frame) => {
    const local = frame.time + offset(frame.time);
    if (options.sun !== undefined && !isSun(options.sun, heightOfSun(options, frame.time))) return false;
    if (within && !within(Math.floor(local / 60_000) % DAY_MINUTES)) return false;
    if (nth !== undefined && count++ % nth !== 0) return false;
    let now: number | undefined;
    if (every !== undefined) {
      // Unaligned intervals are of the monotonic clock: a jump of the wall clock neither stops nor doubles them.
      first ??= frame.arrived;
      now = Math.floor((align ? local : frame.arrived - first) / every);
      if (now === interval) return false;
    }
    if (changed) {
      const own = createHash('sha1').update(frame.data).digest('base64');
      if (own === digest) return false;
      digest = own;
    }
    interval = now;
    return true;
  };
}

/** Degrees over the horizon at that time, in milliseconds since the epoch. */
const heightOfSun = ({ latitude = 0, longitude = 0 }: TransformSampleOptions, time: number): number =>
  getPosition(new Date(time), latitude, longitude).altitude;

function isSun(wanted: 'up' | 'light' | 'dark', height: number): boolean {
  if (wanted === 'up') return height > SUNRISE;
  return height > CIVIL_DUSK === (wanted === 'light');
}

/** "22:00-05:00" → a function that is true for minutes of the day in this range, without its end. */
export function readHours(text: string): (minute: number) => boolean {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  return from <= to ? (minute) => minute >= from && minute < to : (minute) => minute >= from || minute < to;
}
