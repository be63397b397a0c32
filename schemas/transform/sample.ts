// Generated from sample.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Passes a picture only if it meets all of the conditions that are set, for each camera by itself; others are dropped and counted. For a store that keeps one picture a minute of a stream. A snapshot that is requested on demand passes always. The conditions cost nothing; `changed` costs 0.1 ms a picture.
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
   * The time zone of `align` and `hours`, such as Europe/Berlin.
   */
  timezone: string;
}
