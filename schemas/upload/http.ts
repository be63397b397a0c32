// Generated from http.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Sends pictures with PUT or POST to any HTTP API: the newest of each camera at an interval, or every single one in order. A picture that is stale or cut short is never sent. Failures are answered as they deserve: back-off with jitter up to 5 minutes, Retry-After is kept, refused credentials slow it to one try in 5 minutes, and the node says what to do. Redirects are followed within the same host only. With `send: every` a frame is acknowledged after the server's 2xx and not before, so an MQTT message is lost nowhere between broker and API. Costs one frame of memory per camera and up to `connections` sockets.
 */
export interface UploadHttpOptions {
  /**
   * Where the pictures come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * Where to send them. `{camera}` and `{time}` (UTC, as 20261120T101542.123Z) in path and query are filled in and escaped. A user and password before the host are sent as Basic authentication.
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
   * With `send: every`: a picture that the server does not take for this long is refused, and the next one is tried.
   */
  give_up: Milliseconds;
  /**
   * `raw`: the picture itself. `multipart`: a form with the picture as a file. `json`: an object with the picture as base64.
   */
  body: 'raw' | 'multipart' | 'json';
  /**
   * The name of the picture's field in a form or JSON object.
   */
  field: string;
  /**
   * Further fields of a form or JSON object. `{camera}` and `{time}` are filled in. Never printed, since many APIs take a token here.
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
   * Content-Type of a raw picture instead of image/jpeg or image/png.
   */
  content_type?: string;
  /**
   * Headers to send along, such as Authorization. Their values are secret.
   */
  headers?: {
    /**
     * The header's value.
     */
    [k: string]: string;
  };
  /**
   * Only this camera of several.
   */
  camera?: string;
  /**
   * A node that gives smaller pictures of the same cameras, such as a transform/image. When the server finds one too large (413), these are sent instead from then on.
   */
  smaller?: string;
  /**
   * With `send: newest`: a picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * With `send: newest`: a picture with the same bytes as the one that was accepted last is not sent again.
   */
  skip_unchanged: boolean;
  /**
   * For one whole upload, from connecting to the last byte of the answer.
   */
  timeout: Milliseconds;
  /**
   * Connections to the server at one time. With `send: every`, pictures of so many cameras are on their way side by side; of one camera always one at a time, in order.
   */
  connections: number;
  /**
   * Path of PEM certificates to trust besides the usual ones, for a server with an authority of its own.
   */
  ca?: string;
}
