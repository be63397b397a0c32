// Generated from history.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Lists the pictures that a store keeps, serves each of them and a small version, and shows them on a page with a time line. Below the path stand `cameras` (JSON: every camera with its oldest and newest picture), `cameras/{camera}` (JSON: its pictures, by from, to, limit, cursor, order and every), `cameras/{camera}/counts` (JSON: how many pictures each stretch has, by from, to and every, for the time line), `pictures/{id}` and `thumbnails/{id}`. The page remembers camera and moment in its address, and links to the live camera where the same server has http/viewer. Small versions need the package sharp; without it the picture itself is sent. A list costs a search in the store's index, a small version some 3 ms of one core when it is first asked for.
 */
export interface HttpHistoryOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The store whose pictures are shown.
   */
  from: string;
  /**
   * The path of the page; everything else stands below it.
   */
  path: string;
  /**
   * One more path for the JSON list of a camera's pictures, with {camera} in it, such as /api/clients/{camera}/history.
   */
  list_path?: string;
  /**
   * Names for the page: camera id to name. A camera without one is shown by its id.
   */
  names?: {
    /**
     * The name.
     */
    [k: string]: string;
  };
  /**
   * Pictures in one answer at most.
   */
  max_limit: number;
  /**
   * Width of the small versions, in pixels.
   */
  thumbnail_width: number;
  /**
   * Memory for small versions; those not used for longest are made anew.
   */
  thumbnail_cache: Bytes;
}
