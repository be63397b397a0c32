// Generated from camera-server.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Serves `GET /hello`, `GET /get-image?cameraId=` (the newest picture, empty before the first), `GET /mocked-image` (a drawn picture), `GET /image` (a picture of a local camera, taken now), `POST /update?cameraId=` and `POST /move` with `{cameraId, pitch, yaw}` as existing camera servers do, with their error bodies. Commands need the right that `control` names; the HTTP server also refuses pages of other origins. With source/websocket, source/http, http/websocket, http/events and http/list the set is complete; http/server's `also_under: [/camera]` serves it below /camera as well.
 */
export interface HttpCameraServerOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose pictures are served. Commands go upstream from it to the cameras.
   */
  from: string;
  /**
   * The path prefix of all addresses.
   */
  path: string;
  /**
   * The registry that knows the cameras and their tokens.
   */
  only?: string;
  /**
   * Clients that may move a camera and request a picture. `token`: clients with the camera's token, as bearer or `?token=`. `server`: clients that the HTTP server has authenticated. `anyone`: all clients, as in the original.
   */
  control: 'nobody' | 'token' | 'server' | 'anyone';
  /**
   * A source or cache with the local camera of /image, in `mode: on_demand`.
   */
  local?: string;
  /**
   * The camera of `local`; its only one by default.
   */
  local_camera?: string;
  /**
   * The longest time for a picture of the local camera.
   */
  timeout: Milliseconds;
}
