// Generated from http-stream.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Reads a `multipart/x-mixed-replace` stream, as IP cameras, ESP32 boards, mjpg-streamer and µStreamer send it. A stream that ends, or is silent for `timeout`, is opened again after 0.2 to 5 seconds; after a refused password, after 10 seconds to 5 minutes, because cameras lock accounts. For a URL that returns one picture per request, use source/http-poll. Costs one connection and one copy of the bytes.
 */
export interface SourceHttpStreamOptions {
  /**
   * The stream's URL.
   */
  url: string;
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
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options. Use `mjpeg` for a camera that sends concatenated JPEGs.
   */
  parse: string | Record<string, unknown>;
  /**
   * A stream that has sent nothing for this long is closed and opened again. The response must also begin within this time.
   */
  timeout: Milliseconds;
  /**
   * The longest time to connect.
   */
  connect_timeout: Milliseconds;
  /**
   * How far the camera's clock (X-Timestamp of a part) may differ from the time of arrival. A picture whose time differs more gets the time of arrival, which is counted and named once in the log. 0s always takes the time of arrival; a long time always trusts the camera.
   */
  clock_window: Milliseconds;
  /**
   * The number of pictures to skip after each connect.
   */
  skip: number;
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
