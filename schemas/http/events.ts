// Generated from events.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A stream of events (`text/event-stream`) for one camera: `event: image-update` with the picture as a data URL. Only new pictures are sent, at least `?updateDelay=` milliseconds apart (50 or more; 1,000 without it), and a comment line every 15 s keeps proxies from closing the stream. `?mode=light` sends `{camera, seq, time, url}` instead of the picture. The camera is `?cameraId=`, {camera} in the path, or `camera`. Base64 needs a third more than the picture; it is made once for all viewers of a picture. Use http/stream or http/websocket where you can choose.
 */
export interface HttpEventsOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose cameras are shown.
   */
  from: string;
  /**
   * The path. {camera} in it stands for the camera id.
   */
  path: string;
  /**
   * The camera to show when the request names none.
   */
  camera?: string;
  /**
   * The registry that knows the cameras. Without it every camera of `from` exists.
   */
  only?: string;
  /**
   * Where a single picture is, for `?mode=light`; {camera} stands for the camera id.
   */
  picture: string;
  /**
   * Streams at one time; further ones get 503.
   */
  max_viewers: number;
  /**
   * A viewer that takes nothing for this long is cut off.
   */
  stall: Milliseconds;
}
