// Generated from proxy.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * A small reverse proxy that refuses every path that is not listed. Ambiguous paths are refused before they are compared: encoded slashes, double encoding, ".." and similar. Only GET and HEAD pass by default. Forwarding headers of visitors (X-Forwarded-For and similar) are dropped and set anew. An unreachable server gives 502, a slow one 504. Responses are streamed, so their size costs no memory.
 */
export interface HttpProxyOptions {
  /**
   * The http/server that serves the paths.
   */
  on: string;
  /**
   * The server to forward requests to. A path in this URL is prepended to the requested paths.
   */
  to: string;
  /**
   * The paths to forward: exact paths, `{name}` for one segment, or `{rest*}` at the end for everything below.
   *
   * @minItems 1
   * @maxItems 256
   *
   * Items: One path.
   */
  paths: string[];
  /**
   * The methods to forward. GET includes HEAD.
   *
   * @minItems 1
   *
   * Items: One method.
   */
  methods: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  /**
   * Headers to add to every request, such as a key for that server. The values are secret.
   */
  headers?: {
    /**
     * The header's value.
     */
    [k: string]: string;
  };
  /**
   * Headers of visitors to drop, in addition to those that are always dropped.
   *
   * Items: One header's name.
   */
  drop_headers: string[];
  /**
   * The longest time to connect, until the response begins, and between two pieces of it.
   */
  timeout: Milliseconds;
  /**
   * The largest request body to forward.
   */
  max_body: Bytes;
  /**
   * The largest number of connections to that server.
   */
  connections: number;
}
