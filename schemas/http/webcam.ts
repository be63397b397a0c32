// Generated from webcam.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Serves mjpg-streamer's URLs as printer apps, OctoPrint, Home Assistant and scripts use them: `/webcam/?action=stream` and `/webcam/?action=snapshot`, with `_0`, `_1`… for more cameras, with or without the slash, with any parameters that an app adds, and also `/webcam/stream` and `/webcam/snapshot`. Without an action it serves the stream. mjpg-streamer's control commands are not supported. Streams and snapshots work like http/stream and http/snapshot and cost the same.
 */
export interface HttpWebcamOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The node that provides the pictures, usually a cache/latest.
   */
  from: string;
  /**
   * The path, without a trailing slash; `/` for the addresses of mjpg-streamer itself.
   */
  path: string;
  /**
   * The cameras in the order of their numbers: the first is `stream` and `stream_0`, the second `stream_1`. Default: all, sorted by name.
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One camera.
   */
  cameras?: string[];
  /**
   * The answer to a snapshot of a silent camera: 503 (unavailable), or its last picture (last).
   */
  offline: 'unavailable' | 'last';
  /**
   * How long a camera on demand may take for a picture before the request gets 504.
   */
  timeout: Milliseconds;
  /**
   * A viewer that reads nothing for this long is disconnected.
   */
  stall: Milliseconds;
  /**
   * While the camera is silent, the last picture is repeated at this interval.
   */
  repeat: Milliseconds;
  /**
   * The largest number of viewers; further ones get 503.
   */
  max_viewers: number;
}
