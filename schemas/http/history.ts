// Generated from history.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/units.ts';

/**
 * Lists the pictures that a store keeps, serves each of them and a small version, and shows them on a page with a time line. Below the path stand `cameras` (JSON: every camera with its oldest and newest picture), `cameras/{camera}` (JSON: its pictures, by from, to, limit, cursor, order and every), `pictures/{id}` and `thumbnails/{id}`. Small versions need the package sharp; without it the picture itself is sent. A list costs a search in the store's index, a small version some 3 ms of one core when it is first asked for.
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
