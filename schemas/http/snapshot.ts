// Generated from snapshot.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers GET and HEAD with the newest picture: strong ETag and 304 for pollers, X-Timestamp (capture time, seconds since the epoch) and X-Sequence. `?after=SEQ` waits for a picture with a higher sequence number. Before the first picture and while the camera is offline the answer is 503 with Retry-After. A camera in mode on_demand is asked for a new picture by each request; requests at the same time share one, and too slow a camera makes it 504. Other query parameters are ignored. The picture is never copied; an answer costs about what it costs a bare HTTP server.
 */
export interface HttpSnapshotOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * Where the pictures come from.
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
   * What a camera that has gone silent is answered with: 503 (unavailable), or its last picture with the header `X-Camera-State: offline` (last).
   */
  offline: 'unavailable' | 'last';
  /**
   * How long a camera on demand may take for a picture before the answer is 504.
   */
  timeout: Milliseconds;
  /**
   * How long a request with ?after= waits for a newer picture before the answer is 504.
   */
  wait: Milliseconds;
  /**
   * Requests that may wait at one time, for a capture or for a newer picture; further ones get 503.
   */
  max_waiting: number;
}
