// Generated from prusa-connect.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Uploads the newest picture of a camera to Prusa Connect at an interval, and sends the camera's name, picture size and network addresses once and after each change. In Prusa Connect, add an "other camera" to the printer to get the token; `camd fingerprint` creates a fingerprint, which must never change afterwards. Stale or truncated pictures are never sent. When Prusa Connect refuses the credentials, camd retries every 5 minutes and the node says what to do. Costs one frame of memory and one connection.
 */
export interface UploadPrusaConnectOptions {
  /**
   * Where the pictures come from.
   */
  from: string;
  /**
   * The camera to upload, if that node provides several. A token belongs to one camera.
   */
  camera?: string;
  /**
   * The camera's token from Prusa Connect: exactly 20 characters.
   */
  token: string;
  /**
   * Identifies this camera in Prusa Connect: 16 to 64 characters, created once (`camd fingerprint`) and kept. Prusa Connect binds the token to the first fingerprint used with it.
   */
  fingerprint: string;
  /**
   * The camera's name in Prusa Connect. Default: its name in the profile's `cameras`, or its id. It is sent once, and again when it changes here; a name that Prusa Connect answers with stays.
   */
  name?: string;
  /**
   * The interval. Prusa Connect keeps at most one picture per 10 seconds, so a shorter interval only adds traffic. A longer interval that is set in Prusa Connect holds.
   */
  every: Milliseconds;
  /**
   * A node with the state of a printer, such as a printer/moonraker; for `when` and `layers`.
   */
  printer?: string;
  /**
   * Pictures are sent only while the printer is in this state, or in one of these: `printing`, `paused`, `ready`, `error` (it waits for a person), `off`, or `on` for any but `off`. A printer that cannot be reached is off.
   *
   * @minItems 1
   */
  when?: string | ('on' | 'off' | 'ready' | 'printing' | 'paused' | 'error')[];
  /**
   * One picture for every n-th layer, taken after the layer has begun, instead of one per interval. At least `every` passes between two pictures: a layer that begins sooner has its picture then, or gives way to a later one.
   */
  layers?: number;
  /**
   * A picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * Does not send a picture that is identical to the last accepted one.
   */
  skip_unchanged: boolean;
  /**
   * A node with smaller pictures of the same camera, such as a transform/image. After Prusa Connect has answered 413 (too large, over 16 MB), these are sent instead.
   */
  smaller?: string;
  /**
   * Whether to send the addresses of this machine's network interfaces.
   */
  network: boolean;
  /**
   * The longest time for one upload, from connecting to the last byte of the response.
   */
  timeout: Milliseconds;
  /**
   * The base URL of the service. The paths /c/snapshot and /c/info are appended.
   */
  url: string;
  /**
   * Path of PEM certificates to trust in addition to the usual ones, for a proxy with a private authority.
   */
  ca?: string;
}
