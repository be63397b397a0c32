// Generated from policy.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Deletes frames from a store when they are too old, too many or too large in total, and thins out old ones. The store itself deletes them, and only files that it has written. At least one rule is required. While the clock cannot be trusted (see clock_hold), only max_bytes runs. Costs one walk over the store's index per run.
 */
export interface RetainPolicyOptions {
  /**
   * The store to delete from.
   */
  into: string;
  /**
   * A lease, such as a lease/postgres: runs happen only while this camd holds it, and stop when it is lost.
   */
  lease?: string;
  /**
   * Frames older than this are deleted.
   */
  max_age?: Milliseconds;
  /**
   * The number of newest frames to keep per camera.
   */
  max_count?: number;
  /**
   * The largest total size; above it the oldest frames of any camera are deleted.
   */
  max_bytes?: Bytes;
  /**
   * Of frames older than "after", keep only the first of every hour, day and so on, by the calendar of the time zone.
   *
   * @maxItems 16
   */
  thin?: {
    /**
     * The age from which frames are thinned.
     */
    after: Milliseconds;
    /**
     * The period from which one frame is kept.
     */
    one_per: 'minute' | 'hour' | 'day' | 'week' | 'month';
  }[];
  /**
   * The number of newest frames per camera that are never deleted. With 0, even the last picture of a camera may be deleted.
   */
  keep_at_least: number;
  /**
   * How often to run, if there is no schedule.
   */
  every: Milliseconds;
  /**
   * When to run, as a cron expression such as "30 3 * * *".
   */
  schedule?: string;
  /**
   * Time zone of the schedule and of hours, days and months; the system's time zone by default.
   */
  timezone?: string;
  /**
   * The most frames deleted in one run by each kind of rule, shared by the cameras. While more are due, the next run follows after a second.
   */
  max_deletes: number;
  /**
   * After a clock jump of more than an hour, or if after a start the stored frames do not prove the time, only max_bytes runs until the clock has been steady for this long. Stored frames prove the time when they reach back from now for this long, or to the oldest one, without a pause of more than 26 hours (or half of the smallest age in the rules).
   */
  clock_hold: Milliseconds;
  /**
   * Asks systemd (`timedatectl`) whether the clock is synchronised; if it is, the clock is trusted at once.
   */
  time_sync: boolean;
  /**
   * Only logs which frames would be deleted.
   */
  dry_run: boolean;
}
