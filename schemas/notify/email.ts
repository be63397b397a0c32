// Generated from email.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Sends over SMTP. Needs the optional package nodemailer. A camera is reported once when it has sent nothing for `after`, and once when it is back; a reload or a restart of camd repeats nothing. Notifications that cannot be sent wait in memory, at most 64 of them.
 */
export interface NotifyEmailOptions {
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
   * The SMTP server.
   */
  server: string;
  /**
   * The port. Default: 587, with `security: tls` 465, with `none` 25.
   */
  port?: number;
  /**
   * starttls: the connection must become encrypted before anything is sent. tls: it is encrypted from the start. none: it is not encrypted.
   */
  security: 'starttls' | 'tls' | 'none';
  /**
   * The user name.
   */
  username?: string;
  /**
   * The password.
   */
  password?: string;
  /**
   * With `security: none`: sends the password in the clear all the same.
   */
  insecure_password: boolean;
  /**
   * Path of PEM certificates to trust in addition to the usual ones, for a server with a private authority.
   */
  ca?: string;
  /**
   * The address of the sender.
   */
  sender: string;
  /**
   * The addresses of the recipients.
   *
   * @minItems 1
   * @maxItems 50
   *
   * Items: An address.
   */
  to: string[];
  /**
   * Begins the subject.
   */
  subject_prefix: string;
  /**
   * The longest time for one attempt. A failed one is repeated, after 5 seconds at first and later after 5 minutes.
   */
  timeout: Milliseconds;
}
