// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds, PerSecond } from '../../core/base/units.ts';

/**
 * Takes one picture from each POST or PUT on a path in which {camera} names the camera: a raw body, base64 in JSON or text, or a file in a form. The answer is 200 only when every consumer that takes every frame (a store) has the picture; else 400 with the reason, 401, 404 for an unknown camera, 413, 415, 429 with Retry-After, or 503 while a consumer cannot take it. Costs one body in memory per request under way.
 */
export interface SourceHttpOptions {
  /**
   * The HTTP server.
   */
  on: string;
  /**
   * Path in which {camera} stands for the camera id, such as /api/clients/{camera}/screenshot.
   */
  path: string;
  /**
   * Camera id for a path without {camera}; the id of this node by default.
   */
  camera?: string;
  /**
   * Bearer token that a request must carry, besides what the server asks for.
   */
  token?: string;
  /**
   * Take pictures from everybody who can reach the server. Needed when neither this node nor the server asks for credentials; web pages of other origins are still refused.
   */
  anyone: boolean;
  /**
   * How a picture is found in a body or a file of a form.
   */
  parse: string | Record<string, unknown>;
  /**
   * Field of a form that holds the picture; the first file by default.
   */
  field?: string;
  /**
   * A registry: cameras that it does not know get 404.
   */
  only?: string;
  /**
   * Larger bodies get 413. Base64 needs a third more than the picture.
   */
  max_body: Bytes;
  /**
   * Pictures of one camera over this rate get 429; a burst of one second (at least one picture) may pass. No limit by default.
   */
  max_rate?: PerSecond;
  /**
   * Cameras whose rate is remembered.
   */
  max_cameras: number;
  /**
   * Requests worked on at the same time; further ones get 503.
   */
  in_flight: number;
  /**
   * How long a body may take to arrive, and then its consumers to accept the picture.
   */
  timeout: Milliseconds;
}
