// Generated from history.schema.json by "npm run generate"; change that instead.

import type { Bytes } from '../../core/base/units.ts';

/**
 * Lists the pictures of a store, serves each of them and its thumbnail, and shows them on a page with a time line. Paths below `path`: `cameras` (JSON: every camera with its oldest and newest picture), `cameras/{camera}` (JSON: its pictures, by from, to, limit, cursor, order and every), `cameras/{camera}/counts` (JSON: the number of pictures per interval, by from, to and every, for the time line), `pictures/{id}` and `thumbnails/{id}`. The page keeps camera and time in its URL, and links to the live camera if the same server has http/viewer. Thumbnails need the package sharp; without it the full picture is sent. A list costs a search in the store's index, a thumbnail about 3 ms of one core on its first request.
 */
export interface HttpHistoryOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The store whose pictures to show.
   */
  from: string;
  /**
   * The path of the page; all other paths are below it.
   */
  path: string;
  /**
   * An additional path for the JSON list of a camera's pictures, with {camera} in it, such as /api/clients/{camera}/history.
   */
  list_path?: string;
  /**
   * The largest number of pictures in one answer.
   */
  max_limit: number;
  /**
   * The width of thumbnails in pixels.
   */
  thumbnail_width: number;
  /**
   * Memory for thumbnails; the least recently used are dropped.
   */
  thumbnail_cache: Bytes;
}
