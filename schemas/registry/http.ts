// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A registry that asks another application: 2xx means that a camera is known (a JSON object in the answer adds facts about it), 404 or 410 that it is unknown. Answers are cached for `cache`, and longer while the application is unreachable. Costs one request per camera and cache time.
 */
export interface RegistryHttpOptions {
  /**
   * The URL, with {camera} as the placeholder of the camera id.
   */
  url: string;
  /**
   * A URL that returns a JSON list of camera ids, or of objects with one of uuid, id or camera.
   */
  list_url?: string;
  /**
   * The bearer token to send.
   */
  token?: string;
  /**
   * How long an answer is cached.
   */
  cache: Milliseconds;
  /**
   * The longest time for an answer.
   */
  timeout: Milliseconds;
  /**
   * The largest number of cached answers.
   */
  max_cameras: number;
}
