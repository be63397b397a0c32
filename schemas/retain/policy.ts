// Generated from policy.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Deletes frames from a store when they are too old, too many or too large together, and thins out old ones. It asks the store to delete, which touches only files that the store itself has written. At least one rule is needed. Rules do not run while the clock cannot be trusted (see clock_hold); max_bytes always does. Costs one walk over the store's index per run.
 */
export interface RetainPolicyOptions {
  /**
   * The store from which to delete.
   */
  into: string;
  /**
   * Frames older than this are deleted.
   */
  max_age?: Milliseconds;
  /**
   * Frames to keep of each camera, the newest ones.
   */
  max_count?: number;
  /**
   * Size of all frames together; beyond it the oldest are deleted, whatever their camera.
   */
  max_bytes?: Bytes;
  /**
   * Of frames older than "after", keep only the first of every hour, day and so on, by the calendar of the time zone.
   *
   * @maxItems 16
   */
  thin?: {
    /**
     * Age from which on frames are thinned.
     */
    after: Milliseconds;
    /**
     * The period of which one frame stays.
     */
    one_per: 'minute' | 'hour' | 'day' | 'week' | 'month';
  }[];
  /**
   * Frames of each camera that are never deleted, the newest ones. 0 lets the last picture of a camera go as well.
   */
  keep_at_least: number;
  /**
   * How often to look, unless there is a schedule.
   */
  every: Milliseconds;
  /**
   * When to look instead, as a cron expression such as "30 3 * * *".
   */
  schedule?: string;
  /**
   * Time zone of the schedule and of hours, days and months; the system's own when not set.
   */
  timezone?: string;
  /**
   * Frames deleted in one run at most; the next run goes on.
   */
  max_deletes: number;
  /**
   * When the clock has jumped by more than an hour, or when after a start even the newest frame seems too old or from the future, only max_bytes runs until the clock has been steady for this long.
   */
  clock_hold: Milliseconds;
  /**
   * Only log what would be deleted.
   */
  dry_run: boolean;
}
