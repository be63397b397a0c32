// Generated from moonraker-webcam.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Registers a stream and a snapshot address with Moonraker, so that Mainsail, Fluidd and Mobileraker show the camera without anybody typing its addresses. The entry is marked as camd's; it is kept right after restarts of either side, and changed when the profile changes. Entries that camd did not make are never touched: when one of the same name exists, the node says so and leaves it alone. Costs one short request each `check`.
 */
export interface HttpMoonrakerWebcamOptions {
  /**
   * Where Moonraker listens.
   */
  moonraker: string;
  /**
   * Moonraker's API key, when it does not trust this machine's address.
   */
  api_key?: string;
  /**
   * The webcam's name in Moonraker; the node's id unless told otherwise.
   */
  name?: string;
  /**
   * The stream as viewers reach it: a full URL, or a path on port 80 of the host that the interface comes from.
   */
  stream_url: string;
  /**
   * The snapshot, likewise.
   */
  snapshot_url?: string;
  /**
   * How interfaces show it: the stream, or snapshots one after another.
   */
  service: 'mjpegstreamer' | 'mjpegstreamer-adaptive';
  /**
   * Where it stands, for interfaces that show it.
   */
  location: string;
  /**
   * Pictures per second that interfaces ask for with snapshots.
   */
  target_fps: number;
  /**
   * Degrees clockwise by which interfaces turn the picture.
   */
  rotation: 0 | 90 | 180 | 270;
  /**
   * Interfaces mirror the picture.
   */
  flip_horizontal: boolean;
  /**
   * Interfaces turn the picture upside down.
   */
  flip_vertical: boolean;
  /**
   * Width to height, for the space that interfaces keep free.
   */
  aspect_ratio: string;
  /**
   * How often the entry is looked at and put right.
   */
  check: Milliseconds;
  /**
   * For one request to Moonraker.
   */
  timeout: Milliseconds;
}
