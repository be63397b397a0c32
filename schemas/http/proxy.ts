// Generated from proxy.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * A small reverse proxy in which everything is refused that is not listed. Paths are read once: encoded slashes, twofold encoding, ".." and the like are refused before anything is compared. Only GET and HEAD pass unless told otherwise. What visitors claim about themselves (X-Forwarded-For and its kin) is dropped and set anew. A server that is not there gives 502, one that is too slow 504. Answers are streamed, so their size costs no memory.
 */
export interface HttpProxyOptions {
  /**
   * The http/server on which the paths are served.
   */
  on: string;
  /**
   * The server to pass requests to. A path in it is put before the paths that are asked for.
   */
  to: string;
  /**
   * The paths that pass: exact ones, with `{name}` for one segment, or with `{rest*}` at the end for everything below.
   *
   * @minItems 1
   * @maxItems 256
   *
   * Items: One path.
   */
  paths: string[];
  /**
   * The methods that pass. GET allows HEAD as well.
   *
   * @minItems 1
   *
   * Items: One method.
   */
  methods: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  /**
   * Headers to add to every request, such as a key for that server. Their values are secret.
   */
  headers?: {
    /**
     * The header's value.
     */
    [k: string]: string;
  };
  /**
   * Headers of visitors that do not pass, besides those that never do.
   *
   * Items: One header's name.
   */
  drop_headers: string[];
  /**
   * To connect, until the answer begins, and between two pieces of it.
   */
  timeout: Milliseconds;
  /**
   * The largest request body that passes, where a method has one.
   */
  max_body: Bytes;
  /**
   * Connections to that server at one time.
   */
  connections: number;
}
