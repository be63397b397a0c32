// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds, PerSecond } from '../../core/base/units.ts';

/**
 * Accepts one picture per POST or PUT on a path with {camera} as the camera's id: a raw body, base64 in JSON or text, or a file in a form. The response is 200 only after every consumer that takes every frame (a store) has the picture; otherwise 400 with the reason, 401, 404 for an unknown camera, 413, 415, 429 with Retry-After, or 503 while a consumer cannot accept it. Costs one body of memory per request in progress.
 */
export interface SourceHttpOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The path, with {camera} as the placeholder of the camera id, such as /api/clients/{camera}/screenshot.
   */
  path: string;
  /**
   * `camd`: the path names the camera. `camera-server`: the upload of existing camera servers: a form with `image`, `cameraId` and `token`, or the token as bearer or both in the query (`?cameraId=7&token=…`), checked by the registry `only`; answers and error bodies are the original's.
   */
  dialect: 'camd' | 'camera-server';
  /**
   * Camera id for a path without {camera}; the id of this node by default.
   */
  camera?: string;
  /**
   * The bearer token that a request must carry, in addition to the server's own authentication.
   */
  token?: string;
  /**
   * Accepts uploads from anyone who can reach the server. Required when neither this node nor the server asks for credentials; web pages of other origins are still refused.
   */
  anyone: boolean;
  /**
   * The parser that finds the picture in a body or in a form's file.
   */
  parse: string | Record<string, unknown>;
  /**
   * The form field with the picture. Default: the first file.
   */
  field?: string;
  /**
   * A registry: unknown cameras get 404.
   */
  only?: string;
  /**
   * The largest body; larger ones get 413. Base64 needs a third more than the picture.
   */
  max_body: Bytes;
  /**
   * The highest rate per camera; pictures above it get 429, except for a burst of one second (at least one picture). No limit by default.
   */
  max_rate?: PerSecond;
  /**
   * The largest number of cameras whose rate is remembered.
   */
  max_cameras: number;
  /**
   * The number of requests processed at the same time; further ones get 503.
   */
  in_flight: number;
  /**
   * The longest time for a body to arrive, and again for its consumers to accept the picture.
   */
  timeout: Milliseconds;
}
