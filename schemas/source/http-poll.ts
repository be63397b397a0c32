// Generated from http-poll.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Fetches one picture per request. A camera that answers 304 (Not Modified) is well and costs no bytes. After a failure the pause grows to 5 seconds; where the password was refused to 5 minutes, because cameras lock accounts. Costs one request per picture on a connection that is kept open.
 */
export interface SourceHttpPollOptions {
  /**
   * The URL of the picture.
   */
  url: string;
  /**
   * From the start of one request to the start of the next.
   */
  every: Milliseconds;
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
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options.
   */
  parse: string | Record<string, unknown>;
  /**
   * How long a request may take, from the connection to the last byte.
   */
  timeout: Milliseconds;
  /**
   * How long connecting may take.
   */
  connect_timeout: Milliseconds;
  /**
   * A picture with more bytes is refused.
   */
  max_frame: Bytes;
  /**
   * Smaller pictures are refused: a broken camera's tend to be.
   */
  min_size: Bytes;
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
