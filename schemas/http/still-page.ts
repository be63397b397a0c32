// Generated from still-page.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A page with one picture on a canvas in the picture's own proportions, fetched anew at an interval. It shows when the picture was taken and how old it is, both by the server's clock; a picture older than `stale_after` turns grey and the page says since when the camera is offline. After an error the page keeps the last picture and retries with growing pauses; a page in the background asks less often. The picture is also at images/current.jpg below the page, for pages that exist: with ETag, X-Timestamp and 503 while the camera is offline. No other file of any folder is served. A camera in mode on_demand runs only while the page is open.
 */
export interface HttpStillPageOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The node that provides the pictures.
   */
  from: string;
  /**
   * Where the page is.
   */
  path: string;
  /**
   * The camera to show, where there are several.
   */
  camera?: string;
  /**
   * The title of the page.
   */
  title: string;
  /**
   * How often the page asks for a new picture.
   */
  every: Milliseconds;
  /**
   * A picture older than this is shown in grey, as that of a camera that is offline.
   */
  stale_after: Milliseconds;
  /**
   * The answer of images/current.jpg for a silent camera: 503 (unavailable), or its last picture with the header `X-Camera-State: offline` (last). The page itself always shows the last picture in grey.
   */
  offline: 'unavailable' | 'last';
  /**
   * How long a camera on demand may take for a picture before the request gets 504.
   */
  timeout: Milliseconds;
  /**
   * The largest number of requests that wait for a picture; further ones get 503.
   */
  max_waiting: number;
}
