// Generated from tcp.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to a program that sends pictures as a byte stream, such as `rpicam-vid --listen` or ffmpeg, or with `listen` waits for it to connect. A feed that ends, or is silent for `timeout`, is opened again after 0.2 to 5 seconds. With `listen` there is one feed at a time, and a newer connection replaces the older one: a restarted camera is accepted immediately, even if its old connection still seems open. Costs one copy of the bytes.
 */
export interface SourceTcpOptions {
  /**
   * The address to connect to. Set either this or `listen`.
   */
  connect?: string;
  /**
   * The address to wait for the feed on. Anyone who can reach it can send pictures, so prefer a loopback address or a unix socket.
   */
  listen?: string;
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options.
   */
  parse: string | Record<string, unknown>;
  /**
   * A feed that has sent nothing for this long is closed and opened again.
   */
  timeout: Milliseconds;
  /**
   * The longest time to connect.
   */
  connect_timeout: Milliseconds;
  /**
   * The camera id of its frames: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
