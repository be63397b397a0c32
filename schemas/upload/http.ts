// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Sends pictures with PUT or POST to any HTTP API: the newest of each camera at an interval, or every one in order. Stale or truncated pictures are never sent. Failures are retried with back-off and jitter up to 5 minutes; Retry-After is respected, refused credentials are retried every 5 minutes, and the node says what to do. Redirects are followed only within the same host. With `send: every` a frame is acknowledged only after the server's 2xx, so no MQTT message is lost between broker and API. Costs one frame of memory per camera and up to `connections` sockets.
 */
export interface UploadHttpOptions {
  /**
   * Where the pictures come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The URL to send to. `{camera}` and `{time}` (UTC, as 20261120T101542.123Z) in path and query are replaced and escaped. A user and password before the host are sent as Basic authentication.
   */
  url: string;
  /**
   * The HTTP method.
   */
  method: 'PUT' | 'POST';
  /**
   * `newest`: at each interval the newest picture of each camera. `every`: every picture, in order, acknowledged after the server's 2xx.
   */
  send: 'newest' | 'every';
  /**
   * The interval with `send: newest`.
   */
  every: Milliseconds;
  /**
   * With `send: every`: a picture that the server does not accept within this time is refused, and the next one is tried.
   */
  give_up: Milliseconds;
  /**
   * With `send: every`: statuses by which this API refuses a picture for good, so that the picture is dropped. Without it only a camd behind `url` can do that, by naming the picture or the camera in its response; every other 4xx keeps the picture, because a wrong URL or a proxy answers in the same way.
   *
   * Items: One status.
   */
  final_status: number[];
  /**
   * `raw`: the picture itself. `multipart`: a form with the picture as a file. `json`: an object with the picture as base64.
   */
  body: 'raw' | 'multipart' | 'json';
  /**
   * The name of the picture's field in a form or JSON object.
   */
  field: string;
  /**
   * More fields of the form or JSON object. `{camera}` and `{time}` are replaced. Never printed, because many APIs expect a token here.
   */
  fields?: {
    /**
     * The field's text.
     */
    [k: string]: string;
  };
  /**
   * With `body: json`: the base64 begins with "data:image/jpeg;base64,".
   */
  data_url: boolean;
  /**
   * The Content-Type of a raw picture, instead of image/jpeg or image/png.
   */
  content_type?: string;
  /**
   * Headers to send, such as Authorization. The values are secret.
   */
  headers?: {
    /**
     * The header's value.
     */
    [k: string]: string;
  };
  /**
   * Uploads only this camera.
   */
  camera?: string;
  /**
   * A node with smaller pictures of the same cameras, such as a transform/image. After the server has answered 413 (too large), these are sent instead.
   */
  smaller?: string;
  /**
   * A node with the state of a printer, such as a printer/moonraker; for `when` and `layers`.
   */
  printer?: string;
  /**
   * With `send: newest`: pictures are sent only while the printer is in this state, or in one of these: `printing`, `paused`, `ready`, `error` (it waits for a person), `off`, or `on` for any but `off`. A printer that cannot be reached is off.
   *
   * @minItems 1
   */
  when?: string | ('on' | 'off' | 'ready' | 'printing' | 'paused' | 'error')[];
  /**
   * With `send: newest`: one picture for every n-th layer, taken after the layer has begun, instead of one per interval. At least `every` passes between two pictures: a layer that begins sooner has its picture then, or gives way to a later one.
   */
  layers?: number;
  /**
   * With `send: newest`: a picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * With `send: newest`: does not send a picture that is identical to the last accepted one.
   */
  skip_unchanged: boolean;
  /**
   * The longest time for one upload, from connecting to the last byte of the response.
   */
  timeout: Milliseconds;
  /**
   * The largest number of connections to the server. With `send: every`, this many cameras upload in parallel; each camera uploads one picture at a time, in order.
   */
  connections: number;
  /**
   * Path of PEM certificates to trust in addition to the usual ones, for a server with a private authority.
   */
  ca?: string;
}
