// Generated from stream.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers GET with multipart/x-mixed-replace, in the form that browsers, Mainsail, Fluidd and Mobileraker read: Content-Type, Content-Length and X-Timestamp for each part, and the next boundary at once after each picture. A viewer always gets the newest picture and has at most one on its way, so a slow one never holds memory or anybody else up. `?fps=5` limits the rate for one viewer; other query parameters are ignored. Thumbnails inside pictures are left out, since some apps take them for pictures. Cameras in mode on_demand run while somebody watches. The part is built once per picture; a viewer costs one write.
 */
export interface HttpStreamOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * Where the frames come from. With a cache/latest a new viewer sees a picture at once; with anything else, at the next frame.
   */
  from: string;
  /**
   * The path. {camera} in it stands for the camera's name; without it, `camera` or the only camera is shown.
   */
  path: string;
  /**
   * The camera to show, where the path does not name it.
   */
  camera?: string;
  /**
   * A viewer that takes nothing for this long is closed.
   */
  stall: Milliseconds;
  /**
   * While the camera is silent the last picture is sent again this often, so that viewers and proxies keep the connection.
   */
  repeat: Milliseconds;
  /**
   * Viewers at one time; further ones get 503.
   */
  max_viewers: number;
}
