// Generated from websocket.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A viewer names a camera and gets the newest picture immediately, then each new one as a binary message; while one is on its way, newer ones replace each other. The hello of existing camera servers is a length (32 bits, little-endian, at most 1,024) and JSON `{"cameraId": 7, "token": "…"}`; what follows may be moves: a 1 and two big-endian floats. The modern hello is a text message, `{"watch": ["door", "yard"], "token": "…"}` (or `"tokens": {"door": "…"}`), for many cameras on one connection: the answer is `{"is": "cameras", …}` with a number for each, and every picture follows a head of 28 bytes (type, number, sequence, capture time, time of sending; as http/viewer has it). `{"move": "door", "x": 0.5, "y": 0}` and `{"update": "door"}` go to the camera if the viewer may control it. Refusals close with 1007 `Invalid client info` or 1008 and the reason. Costs one write per picture and viewer; nothing without viewers.
 */
export interface HttpWebsocketOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose cameras are shown.
   */
  from: string;
  /**
   * The path; longer paths that begin with it are served too.
   */
  path: string;
  /**
   * The registry that knows the cameras and their tokens. Without it every camera of `from` exists.
   */
  only?: string;
  /**
   * Clients that may watch. `server`: clients that the HTTP server accepts. `token`: who presents the camera's token. `anyone`: all clients, with any token or none, also where the server requires authentication of others; the front end of existing camera servers sends a fake token and needs this.
   */
  viewers: 'server' | 'token' | 'anyone';
  /**
   * Viewers that may move a camera and request a picture. `token`: who presents the camera's token. `server`: clients that the HTTP server has authenticated.
   */
  control: 'nobody' | 'token' | 'server' | 'anyone';
  /**
   * Origins of pages that may connect, such as https://front.example, besides those that the server allows; "*" for all.
   */
  origins: string[];
  /**
   * Viewers at one time; further ones are closed with 1013.
   */
  max_viewers: number;
  /**
   * A viewer that takes nothing of a picture for this long is cut off.
   */
  stall: Milliseconds;
}
