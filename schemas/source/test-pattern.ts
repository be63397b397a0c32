// Generated from test-pattern.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Draws a moving picture with the time, the camera's name and the frame number, for demos, tests and troubleshooting. Needs no camera and no external program. Costs a few milliseconds of CPU per frame, more for larger pictures.
 */
export interface SourceTestPatternOptions {
  /**
   * Width and height in pixels, such as 1280x720; from 64x48 to 3840x2160.
   */
  size: string;
  /**
   * Frames per second.
   */
  fps: number;
  /**
   * The name shown in the picture. The camera's id by default.
   */
  name?: string;
  /**
   * The camera id of its frames: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
  /**
   * "always" runs as long as camd does. "on_demand" runs only while a viewer, a store or a request needs pictures; in between it costs nothing.
   */
  mode: 'always' | 'on_demand';
  /**
   * For mode on_demand: how long it runs after the last consumer has left.
   */
  linger: Milliseconds;
  /**
   * For mode on_demand: how long a snapshot may take, including the start of the camera. After that the request gets 504.
   */
  capture_timeout: Milliseconds;
}
