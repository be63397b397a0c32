// Generated from tcp.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to a program that sends pictures as a stream of bytes, such as `rpicam-vid --listen` or ffmpeg, or with `listen` waits for one to connect. A feed that ends, or is silent for `timeout`, is opened again after 0.2 to 5 seconds. With `listen` there is one feed at a time, and a newer connection takes the place of the older: a camera that was restarted gets in at once, even if its old connection still seems to stand. Costs one copy of the bytes.
 */
export interface SourceTcpOptions {
  /**
   * Where to connect to. Give either this or `listen`.
   */
  connect?: string;
  /**
   * Where to wait for the feed instead. Whoever can reach it can be the camera, so prefer a loopback address or a unix socket.
   */
  listen?: string;
  /**
   * The parser that finds the pictures in the bytes: its name, or a map with `use` and its options.
   */
  parse: string | Record<string, unknown>;
  /**
   * A feed that has sent nothing for this long is dropped and opened again.
   */
  timeout: Milliseconds;
  /**
   * How long connecting may take.
   */
  connect_timeout: Milliseconds;
  /**
   * The id of the camera that its frames bear: a letter or digit, then letters, digits, "_", "." or "-". The node's own id by default.
   */
  camera?: string;
}
