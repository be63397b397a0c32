// Generated from sample.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Passes a picture only if it meets all of the conditions that are set, for each camera by itself; others are dropped and counted. For a store that keeps one picture a minute of a stream. A snapshot that is requested on demand passes always, except one that `min_brightness` or `max_brightness` keeps back. The conditions cost nothing but `changed` (0.1 ms a picture) and the brightness (a few milliseconds of another thread; needs sharp).
 */
export interface TransformSampleOptions {
  /**
   * Where frames come from.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The first picture of each interval passes. The interval begins with the first picture, or with the clock if `align` is true.
   */
  every?: Milliseconds;
  /**
   * Intervals begin at multiples of `every` on the clock: `every: 1h` passes the first picture after each full hour.
   */
  align: boolean;
  /**
   * Every n-th picture passes, beginning with the first.
   */
  nth?: number;
  /**
   * A picture passes if its bytes differ from those of the last picture that passed. Camera noise makes every picture differ; this is for screenshots and cameras that repeat themselves.
   */
  changed: boolean;
  /**
   * Pictures pass between these times of the day, such as 06:30-21:00. 22:00-05:00 passes midnight.
   */
  hours?: string;
  /**
   * Pictures pass by the height of the sun: `up` from sunrise to sunset, `light` from the beginning of dawn to the end of dusk (civil twilight), `dark` outside of it.
   */
  sun?: 'up' | 'light' | 'dark';
  /**
   * The position of the camera, for `sun`: degrees north, negative in the south.
   */
  latitude?: number;
  /**
   * The position of the camera, for `sun`: degrees east, negative in the west.
   */
  longitude?: number;
  /**
   * Darker pictures do not pass: the mean of all pixels, in percent; 0 is black, 100 white. Pictures of a camera without light have 1 to 5.
   */
  min_brightness?: number;
  /**
   * Brighter pictures do not pass, in percent.
   */
  max_brightness?: number;
  /**
   * A node with the state of a printer, such as a printer/moonraker; for `when` and `layers`.
   */
  printer?: string;
  /**
   * Pictures pass only while the printer is in this state, or in one of these: `printing`, `paused`, `ready`, `error` (it waits for a person), `off`, or `on` for any but `off`. A printer that cannot be reached is off.
   *
   * @minItems 1
   */
  when?: string | ('on' | 'off' | 'ready' | 'printing' | 'paused' | 'error')[];
  /**
   * The first picture of every n-th layer passes, for a time lapse with one picture per layer.
   */
  layers?: number;
  /**
   * The time zone of `align` and `hours`, such as Europe/Berlin.
   */
  timezone: string;
}
