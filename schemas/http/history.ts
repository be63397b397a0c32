// Generated from history.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Lists the pictures of a store, serves each of them and its thumbnail, and shows them on a page with a time line. Paths below `path`: `cameras` (JSON: every camera with its oldest and newest picture), `cameras/{camera}` (JSON: its pictures, by from, to, limit, cursor, order and every), `cameras/{camera}/counts` (JSON: the number of pictures per interval, by from, to and every, for the time line), `cameras/{camera}/days` (JSON: the days that have pictures, by from, to and zone), `cameras/{camera}/pictures.zip` (all pictures by from and to), `pictures/{id}` and `thumbnails/{id}`. With `delete` and `films`, users of the server delete pictures (DELETE `pictures/{id}`, or `cameras/{camera}` by from and to) and have films made (POST `films` with camera, from, to, fps and width as JSON; `films` lists them, `films/{id}` is the MP4). The page keeps camera and time in its URL, and links to the live camera if the same server has http/viewer. Thumbnails need the package sharp; without it the full picture is sent. A list costs a search in the store's index, a thumbnail about 3 ms of one core on its first request.
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
   * `through`: pictures pass through this node. `direct`: a request for a picture is answered with a redirect to a pre-signed URL of the store, which is valid for `link_for`; browsers must reach the store. Needs a store that gives links, such as a store/s3. Thumbnails are still made here.
   */
  links: 'through' | 'direct';
  /**
   * With `links: direct`: the validity of a URL, for everyone who has it.
   */
  link_for: Milliseconds;
  /**
   * The largest number of pictures in one ZIP archive, and in one deletion of a range. An archive has at most 4 GB.
   */
  max_download: number;
  /**
   * Whether users of the server may delete pictures. Needs a server with auth.
   */
  delete: boolean;
  /**
   * Whether users of the server may have films made (H.264, MP4) of the pictures between two times. One at a time is made by ffmpeg on one core at the lowest priority, about 32 ms per picture of 1280x720; up to 8 wait, and 20 are kept in the state folder. A film goes on after a restart. Needs a server with auth, and the program ffmpeg.
   */
  films: boolean;
  /**
   * The width of thumbnails in pixels.
   */
  thumbnail_width: number;
  /**
   * Memory for thumbnails; the least recently used are dropped.
   */
  thumbnail_cache: Bytes;
}
