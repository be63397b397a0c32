// Generated from http-poll.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Fetches one picture per request. A camera that answers 304 (Not Modified) is healthy and costs no bytes. After failures the pause grows to 5 seconds; after a refused password to 5 minutes, because cameras lock accounts. Costs one request per picture on a keep-alive connection.
 */
export interface SourceHttpPollOptions {
  /**
   * The URL of the picture.
   */
  url: string;
  /**
   * The time from the start of one request to the start of the next.
   */
  every: Milliseconds;
  /**
   * User name for HTTP authentication. A name and password in the URL have the same effect.
   */
  username?: string;
  /**
   * Password for HTTP authentication. Prefer ${cred:…}, ${file:…} or ${env:…}.
   */
  password?: string;
  /**
   * "auto" follows the camera's challenge: Digest (SHA-256 or MD5) if offered, otherwise Basic; a camera that refuses without a challenge gets Basic. "basic" sends the credentials with the first request, unasked. "digest" never sends the password itself.
   */
  auth: 'auto' | 'basic' | 'digest';
  /**
   * More request headers, such as an API key.
   */
  headers?: {
    /**
     * The value of the header.
     */
    [k: string]: string;
  };
  /**
   * For https: how to check the camera's certificate.
   */
  tls?: {
    /**
     * A PEM file with the certificates to trust instead of the system's, such as the camera's own.
     */
    ca?: string;
    /**
     * False accepts every certificate: the connection is encrypted, but the other side is not authenticated.
     */
    verify: boolean;
    /**
     * The SHA-256 fingerprint of the camera's certificate. Only this certificate is accepted, with any name and any issuer. The log and `camd status` show the fingerprint of a certificate that is not trusted; compare it with `openssl x509 -noout -fingerprint -sha256` at the camera.
     */
    fingerprint?: string;
    /**
     * The oldest version of TLS to speak with this camera. Versions 1.0 and 1.1 are broken: they also allow the weak ciphers and short keys of old cameras. Use them only in a network that you trust.
     */
    min_version: '1.0' | '1.1' | '1.2' | '1.3';
  };
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options.
   */
  parse: string | Record<string, unknown>;
  /**
   * The longest time for one request, from connecting to the last byte.
   */
  timeout: Milliseconds;
  /**
   * The longest time to connect.
   */
  connect_timeout: Milliseconds;
  /**
   * A larger picture is refused.
   */
  max_frame: Bytes;
  /**
   * Smaller pictures are refused, because broken cameras send them.
   */
  min_size: Bytes;
  /**
   * "always" runs as long as camd does. "on_demand" runs only while a viewer, a store or a request needs pictures; in between it costs nothing.
   */
  mode: 'always' | 'on_demand';
  /**
   * For mode on_demand: how long it runs after the last consumer has left.
   */
  linger: Milliseconds;
  /**
   * For mode on_demand: how long a snapshot may take, including the start of the camera. After that the request gets 504.
   */
  capture_timeout: Milliseconds;
  /**
   * The camera id of its frames: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
