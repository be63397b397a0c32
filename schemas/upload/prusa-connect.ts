// Generated from prusa-connect.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Puts the newest picture of a camera into Prusa Connect at an interval, and tells it the camera's name, picture size and network addresses once per start and whenever they change. In Prusa Connect, add an "other camera" to the printer to get the token; `camd fingerprint` makes a fingerprint, which must never change afterwards. A picture that is stale or cut short is never sent. When Prusa Connect refuses the credentials, it is asked every 5 minutes only and the node says what to do. Costs one frame of memory and one connection.
 */
export interface UploadPrusaConnectOptions {
  /**
   * Where the pictures come from.
   */
  from: string;
  /**
   * The camera to send, where several come from that node. A token belongs to one camera.
   */
  camera?: string;
  /**
   * The camera's token from Prusa Connect: exactly 20 characters.
   */
  token: string;
  /**
   * What Prusa Connect knows this camera by: 16 to 64 characters, made once (`camd fingerprint`) and kept. The token is bound to the first one that it is used with.
   */
  fingerprint: string;
  /**
   * The camera's name in Prusa Connect; the camera's id unless told otherwise.
   */
  name?: string;
  /**
   * The interval. Prusa Connect keeps one picture in 10 seconds at most, so less is only traffic.
   */
  every: Milliseconds;
  /**
   * A picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * A picture with the same bytes as the one that was accepted last is not sent again.
   */
  skip_unchanged: boolean;
  /**
   * A node that gives smaller pictures of the same camera, such as a transform/image. When Prusa Connect finds one too large (413, over 16 MB), these are sent instead from then on.
   */
  smaller?: string;
  /**
   * Tells Prusa Connect the addresses of this machine's network interfaces.
   */
  network: boolean;
  /**
   * For one whole upload, from connecting to the last byte of the answer.
   */
  timeout: Milliseconds;
  /**
   * The service. The paths /c/snapshot and /c/info are added.
   */
  url: string;
  /**
   * Path of PEM certificates to trust besides the usual ones, for a proxy with an authority of its own.
   */
  ca?: string;
}
