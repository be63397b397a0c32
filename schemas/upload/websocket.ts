// Generated from websocket.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to source/websocket of another camd, or to an existing camera server, and sends the newest picture as soon as the one before has been sent: a slow line gets fewer pictures, never old ones. With `handshake: bearer` the server asks for each picture. With `handshake: camd` this camd offers all its cameras to a hub, which asks for lists, pictures, captures and commands on demand, as nats/edge does over NATS. An `update` from the server sends a picture at once, taken now where the camera is in mode on_demand; a `move` runs `on_move`. A lost connection is opened again with back-off and jitter within a few seconds. Only JPEGs are sent. Costs one copy of each picture that is sent.
 */
export interface UploadWebsocketOptions {
  /**
   * Where the pictures come from.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * Only this camera of several.
   */
  camera?: string;
  /**
   * The address, such as wss://server.example/camera-server/video-input-stream, or wss://server.example/push/door with `bearer`.
   */
  url: string;
  /**
   * How camd identifies itself to the server. `id-token`: as the original client does. `bearer`: in the request, with the camera in the path of `url`. `camd`: as `bearer`, with the name of this edge in the path: all cameras of `from` are offered, and pictures travel only when the hub asks.
   */
  handshake: 'id-token' | 'bearer' | 'camd';
  /**
   * The number of the camera, for `id-token`.
   */
  id?: number;
  /**
   * The token of the camera.
   */
  token: string;
  /**
   * The program that moves the camera and its arguments, in which {x} and {y} stand for numbers from -1 to 1. It runs without a shell, one at a time; the newest move wins. Moves are ignored without it.
   *
   * @minItems 1
   */
  on_move?: string[];
  /**
   * A picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * The longest time for one picture, and the time after which a silent server is pinged; after twice this time camd reconnects.
   */
  timeout: Milliseconds;
  /**
   * With `camd`: where small pictures of the same cameras come from, such as a transform/image: hubs with size: small ask for these.
   *
   * @minItems 1
   */
  small?: string | string[];
}
