// Generated from websocket.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds, PerSecond } from '../../core/base/units.ts';

/**
 * Takes pictures from cameras that connect to a WebSocket of an http/server, and sends them commands (`update`, `move`) on the same connection. `handshake: id-token` is the protocol of existing camera servers and clients: a 32-bit id, the length of the token, the token, then each picture behind its length; integers are little-endian and may be split over messages in any way. `handshake: camd` connects edges, each with any number of cameras, over one WebSocket that the edge opens: it lists them, and the server asks for pictures, captures and commands on demand, as source/nats does over NATS. `handshake: bearer` is for new cameras: the camera stands in the path, its token in the request, each binary message is one JPEG, and the server asks for the next one, so that a thin line never carries old pictures. The token is compared in constant time before any byte of a picture is kept and before the connection can replace another. A refused camera is closed with 1008 and the reason `No camera with id N exists` or `Invalid token`; 1013 means: try again later. A camera is alive while bytes arrive, whether or not it answers pings. Messages to a camera that does not read are dropped and counted above 64 KiB. Messages without a JPEG are counted and dropped; 20 in a row close the connection. Costs one copy of every picture and one picture of memory per camera.
 */
export interface SourceWebsocketOptions {
  /**
   * The HTTP server. Its own authentication does not apply here: the cameras' tokens do.
   */
  on: string;
  /**
   * The path. With `id-token`, longer paths that begin with it are served too; with `bearer`, {camera} in it stands for the camera id; with `camd`, {edge} is the name of the edge.
   */
  path: string;
  /**
   * How a camera identifies itself. `id-token`: in its first bytes. `bearer`: in the request, by path and `Authorization: Bearer TOKEN`. `camd`: as `bearer`, but it is a whole camd with any number of cameras (upload/websocket with `handshake: camd`), whose pictures are sent only while they are watched.
   */
  handshake: 'id-token' | 'bearer' | 'camd';
  /**
   * The registry that knows the cameras and their tokens.
   */
  only: string;
  /**
   * The effect of a second connection of the same camera. `newest`: it replaces the first. `refuse`: it is closed.
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
  /**
   * With `camd`: at least this long between two pictures of a camera; the edge holds the rest back. As fast as the line takes them by default.
   */
  every: Milliseconds;
  /**
   * With `camd`: how long an edge holds a camera without hearing from this hub. The cameras of a hub that was killed run on for this time.
   */
  lease: Milliseconds;
  /**
   * With `camd`: how long a picture on demand may take.
   */
  capture_timeout: Milliseconds;
  /**
   * With `camd`: an edge that has been offline for this long leaves the list with its cameras. Before, they are listed as offline.
   */
  forget_after: Milliseconds;
  /**
   * With `camd`: which pictures to ask for. `full`: as the cameras send them. `small`: those of the edges' option small.
   */
  size: 'full' | 'small';
}
