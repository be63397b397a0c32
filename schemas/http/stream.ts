// Generated from stream.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers GET with multipart/x-mixed-replace, in the form that browsers, Mainsail, Fluidd and Mobileraker read: Content-Type, Content-Length and X-Timestamp for each part, and the next boundary immediately after each picture. A viewer always gets the newest picture and has at most one in flight, so a slow viewer costs no memory and delays no other viewer. `?fps=5` limits the rate for one viewer; other query parameters are ignored. Thumbnails inside pictures are removed, because some apps mistake them for pictures. Cameras in mode on_demand run while they have viewers. The part is built once per picture; each viewer costs one write.
 */
export interface HttpStreamOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * Where the frames come from. With a cache/latest a new viewer sees a picture immediately; with other nodes, at the next frame.
   */
  from: string;
  /**
   * The path. {camera} is the placeholder of the camera's id; without it, `camera` or the only camera is shown.
   */
  path: string;
  /**
   * The camera to show, if the path does not contain {camera}.
   */
  camera?: string;
  /**
   * A viewer that reads nothing for this long is disconnected.
   */
  stall: Milliseconds;
  /**
   * While the camera is silent, the last picture is repeated at this interval, so that viewers and proxies keep the connection open.
   */
  repeat: Milliseconds;
  /**
   * The largest number of viewers; further ones get 503.
   */
  max_viewers: number;
}
