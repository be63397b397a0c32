// Generated from http-stream.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Reads a `multipart/x-mixed-replace` stream, as IP cameras, ESP32 boards, mjpg-streamer and µStreamer send it. A stream that ends, or is silent for `timeout`, is opened again after 0.2 to 5 seconds; where the password was refused, after 10 seconds to 5 minutes, because cameras lock accounts. For a URL that gives one picture per request there is source/http-poll. Costs one connection and one copy of the bytes.
 */
export interface SourceHttpStreamOptions {
  /**
   * The stream's URL.
   */
  url: string;
  /**
   * User name for HTTP authentication. A name and password in the URL mean the same.
   */
  username?: string;
  /**
   * Password for HTTP authentication. Best taken from ${cred:…}, ${file:…} or ${env:…}.
   */
  password?: string;
  /**
   * "auto" answers as the camera asks: Digest (SHA-256 or MD5) where it is offered, Basic otherwise. "digest" never sends the password itself.
   */
  auth: 'auto' | 'basic' | 'digest';
  /**
   * Further request headers, such as an API key.
   */
  headers?: {
    /**
     * The value of the header.
     */
    [k: string]: string;
  };
  /**
   * For https: how the camera's certificate is checked.
   */
  tls?: {
    /**
     * A PEM file with the certificates to trust instead of the system's, such as the camera's own.
     */
    ca?: string;
    /**
     * False accepts every certificate: the line is encrypted, but nobody knows with whom.
     */
    verify: boolean;
  };
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options. Take `mjpeg` for a camera that sends bare pictures one after the other.
   */
  parse: string | Record<string, unknown>;
  /**
   * A stream that has sent nothing for this long is dropped and opened again. The answer must begin within the same time.
   */
  timeout: Milliseconds;
  /**
   * How long connecting may take.
   */
  connect_timeout: Milliseconds;
  /**
   * Pictures to leave out after each opening.
   */
  skip: number;
  /**
   * "always" runs as long as camd does. "on_demand" runs only while somebody watches, stores or asks for a snapshot; in between it costs nothing.
   */
  mode: 'always' | 'on_demand';
  /**
   * For mode on_demand: how long it goes on after the last one who wanted pictures has left.
   */
  linger: Milliseconds;
  /**
   * For mode on_demand: how long a snapshot may take, the start of the camera included. After that the request is answered with 504.
   */
  capture_timeout: Milliseconds;
  /**
   * The id of the camera that its frames bear: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
