// Generated from websocket.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds, PerSecond } from '../../core/base/units.ts';

/**
 * Takes pictures from cameras that connect to a WebSocket of an http/server, and sends them commands (`update`, `move`) on the same connection. `handshake: id-token` is the protocol of existing camera servers and clients: a 32-bit id, the length of the token, the token, then each picture behind its length; integers are little-endian and may be split over messages in any way. `handshake: bearer` is for new cameras: the camera stands in the path, its token in the request, each binary message is one JPEG, and the server asks for the next one, so that a thin line never carries old pictures. The token is compared in constant time before any byte of a picture is kept and before the connection can replace another. A refused camera is closed with 1008 and the reason `No camera with id N exists` or `Invalid token`; 1013 tells it to try again later. A camera is alive while bytes arrive, whether or not it answers pings. Messages to a camera that does not read are dropped and counted above 64 KiB. What is not a JPEG is counted and dropped; 20 in a row close the connection. Costs one copy of every picture and one picture of memory per camera.
 */
export interface SourceWebsocketOptions {
  /**
   * The HTTP server. Its own authentication does not apply here: the cameras' tokens do.
   */
  on: string;
  /**
   * The path. With `id-token`, longer paths that begin with it are served too; with `bearer`, {camera} in it stands for the camera id.
   */
  path: string;
  /**
   * How a camera tells who it is. `id-token`: in its first bytes. `bearer`: in the request, by path and `Authorization: Bearer TOKEN`.
   */
  handshake: 'id-token' | 'bearer';
  /**
   * The registry that knows the cameras and their tokens.
   */
  only: string;
  /**
   * What a second connection of the same camera does. `newest`: it replaces the first. `refuse`: it is closed.
   */
  duplicate: 'newest' | 'refuse';
  /**
   * The largest picture, in bytes. A camera that announces a larger one is closed with 1009.
   */
  max_frame: Bytes;
  /**
   * Pictures larger than this are skipped and counted; the camera stays connected. Like `max_frame` by default.
   */
  max_size?: Bytes;
  /**
   * Pictures of one camera over this rate are skipped and counted; a burst of one second may pass. No limit by default.
   */
  max_rate?: PerSecond;
  /**
   * Cameras that may be connected at one time; further ones are closed with 1013.
   */
  max_connections: number;
  /**
   * How long id and token may take to come.
   */
  handshake_timeout: Milliseconds;
  /**
   * A camera that has sent nothing for this long is pinged.
   */
  idle: Milliseconds;
  /**
   * A camera that has sent nothing at all for this long, neither a picture nor an answer to a ping, is disconnected.
   */
  timeout: Milliseconds;
}
