// Generated from webhook.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Sends an HTTP request to any address, such as a chat room's incoming webhook. A camera is reported once when it has sent nothing for `after`, and once when it is back; a reload or a restart of camd repeats nothing. Notifications that cannot be sent wait in memory, at most 64 of them.
 */
export interface NotifyWebhookOptions {
  /**
   * Where the pictures come from: one node or a list. Cameras on demand are not watched.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * Watches only these cameras. Default: every camera that the sources list or that has sent a picture.
   *
   * @minItems 1
   */
  cameras?: string[];
  /**
   * A camera that has sent no picture for this long is reported, once.
   */
  after: Milliseconds;
  /**
   * A reported camera is back when it has sent pictures over this time, without a gap of `after`. A camera that comes and goes is therefore reported once. With 0s one picture is enough.
   */
  back_after: Milliseconds;
  /**
   * Cameras whose state changes within this time of the first share a notification.
   */
  group: Milliseconds;
  /**
   * The URL to call. Secret, because anyone who knows the address of a chat service can write there.
   */
  url: string;
  /**
   * The HTTP method.
   */
  method: 'POST' | 'PUT';
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
   * The body, with the placeholders {title}, {text}, {cameras}, {state} (offline or online), {count}, {since} and {time}. In JSON the values are escaped. Default: a JSON object with title, text, state, cameras (a list), since and time.
   */
  body?: string;
  /**
   * The Content-Type of the body.
   */
  content_type: string;
  /**
   * The longest time for one attempt. A failed one is repeated, after 5 seconds at first and later after 5 minutes.
   */
  timeout: Milliseconds;
}
