// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A registry that asks another application: 2xx says that a camera is known (a JSON object in the answer tells facts of it), 404 or 410 that it is not. Answers are kept for a moment, and for as long as the application is away. Costs one request per camera and cache time.
 */
export interface RegistryHttpOptions {
  /**
   * URL in which {camera} stands for the camera id.
   */
  url: string;
  /**
   * URL that answers with a JSON list of camera ids, or of objects with one of uuid, id or camera.
   */
  list_url?: string;
  /**
   * Bearer token to send.
   */
  token?: string;
  /**
   * How long an answer is used without asking again.
   */
  cache: Milliseconds;
  /**
   * How long the answer may take.
   */
  timeout: Milliseconds;
  /**
   * Answers to remember.
   */
  max_cameras: number;
}
