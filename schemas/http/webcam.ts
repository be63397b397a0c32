// Generated from webcam.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers the addresses that printer apps, OctoPrint, Home Assistant and old scripts know of mjpg-streamer: `/webcam/?action=stream` and `/webcam/?action=snapshot`, with `_0`, `_1`… for further cameras, with or without the slash, whatever parameters an app adds, and `/webcam/stream` and `/webcam/snapshot` as well. Without an action it is the stream. mjpg-streamer's control commands do not exist. Streams and snapshots are those of http/stream and http/snapshot and cost the same.
 */
export interface HttpWebcamOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * Where the pictures come from, usually a cache/latest.
   */
  from: string;
  /**
   * The path, without a trailing slash.
   */
  path: string;
  /**
   * The cameras in the order of their numbers: the first is `stream` and `stream_0`, the second `stream_1`. All of them, sorted by name, unless told otherwise.
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One camera.
   */
  cameras?: string[];
  /**
   * What a snapshot of a camera that has gone silent is answered with: 503 (unavailable), or its last picture (last).
   */
  offline: 'unavailable' | 'last';
  /**
   * How long a camera on demand may take for a picture before the answer is 504.
   */
  timeout: Milliseconds;
  /**
   * A viewer that takes nothing for this long is closed.
   */
  stall: Milliseconds;
  /**
   * While the camera is silent the last picture is sent again this often.
   */
  repeat: Milliseconds;
  /**
   * Viewers at one time; further ones get 503.
   */
  max_viewers: number;
}
