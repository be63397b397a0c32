// Generated from moonraker-webcam.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Registers a stream and a snapshot URL with Moonraker, so that Mainsail, Fluidd and Mobileraker show the camera without manual setup. The entry is marked as camd's; camd corrects it after restarts of either side, and updates it when the profile changes. camd never changes entries that it did not create: if one has the same name, the node reports it and does nothing. Costs one short request per `check`.
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
   * The webcam's name in Moonraker; the node's id by default.
   */
  name?: string;
  /**
   * The stream's URL as viewers reach it: a full URL, or a path on port 80 of the interface's host.
   */
  stream_url: string;
  /**
   * The snapshot's URL, in the same forms.
   */
  snapshot_url?: string;
  /**
   * How interfaces show the camera: as a stream, or as repeated snapshots.
   */
  service: 'mjpegstreamer' | 'mjpegstreamer-adaptive';
  /**
   * The camera's location, for interfaces that show it.
   */
  location: string;
  /**
   * Pictures per second that interfaces request as snapshots.
   */
  target_fps: number;
  /**
   * Degrees clockwise by which interfaces rotate the picture.
   */
  rotation: 0 | 90 | 180 | 270;
  /**
   * Whether interfaces mirror the picture.
   */
  flip_horizontal: boolean;
  /**
   * Whether interfaces flip the picture upside down.
   */
  flip_vertical: boolean;
  /**
   * Width to height, for the space that interfaces reserve.
   */
  aspect_ratio: string;
  /**
   * How often camd checks and corrects the entry.
   */
  check: Milliseconds;
  /**
   * The longest time for one request to Moonraker.
   */
  timeout: Milliseconds;
}
