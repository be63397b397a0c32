// Generated from snapshot.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers GET and HEAD with the newest picture: strong ETag and 304 for pollers, X-Timestamp (capture time, seconds since the epoch) and X-Sequence. `?after=SEQ` waits for a picture with a higher sequence number. Before the first picture and while the camera is offline the answer is 503 with Retry-After. Each request to a camera in mode on_demand takes a new picture; simultaneous requests share one, and a camera that is too slow gives 504. Other query parameters are ignored. The picture is never copied; a response costs about as much as in a bare HTTP server.
 */
export interface HttpSnapshotOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The node that provides the pictures.
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
   * The answer for a silent camera: 503 (unavailable), or its last picture with the header `X-Camera-State: offline` (last).
   */
  offline: 'unavailable' | 'last';
  /**
   * How long a camera on demand may take for a picture before the request gets 504.
   */
  timeout: Milliseconds;
  /**
   * How long a request with ?after= waits for a newer picture before it gets 504.
   */
  wait: Milliseconds;
  /**
   * The largest number of requests that wait for a capture or for a newer picture; further ones get 503.
   */
  max_waiting: number;
}
