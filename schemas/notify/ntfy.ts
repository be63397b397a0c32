// Generated from ntfy.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Publishes to a topic of ntfy.sh or of your own ntfy server. A camera is reported once when it has sent nothing for `after`, and once when it is back; a reload or a restart of camd repeats nothing. Notifications that cannot be sent wait in memory, at most 64 of them.
 */
export interface NotifyNtfyOptions {
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
   * The ntfy server.
   */
  url: string;
  /**
   * The topic. On a public server it is a secret: everyone who knows it can read and write.
   */
  topic: string;
  /**
   * An access token of the server.
   */
  token?: string;
  /**
   * Priority of the message that a camera is offline, from 1 to 5; the one that it is back has at most 3.
   */
  priority: number;
  /**
   * The page that a tap on the notification opens.
   */
  click?: string;
  /**
   * The longest time for one attempt. A failed one is repeated, after 5 seconds at first and later after 5 minutes.
   */
  timeout: Milliseconds;
}
