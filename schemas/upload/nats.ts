// Generated from nats.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Sends every picture to the archive/worker of a fleet, and acknowledges it only after the archive's receipt, which follows the bucket's own answer. With `by: link` the picture goes to the bucket by a pre-signed URL, and only some hundred bytes go over NATS; the edge needs no credentials for the bucket. With `by: stream` the picture itself goes through a JetStream stream, for sites that cannot reach the bucket; pictures must be smaller than the server's max_payload. Put a store/spool before it: refused pictures stay there and are sent again. A picture that arrives twice has the same key and is stored once. Costs one picture of memory per `parallel`.
 */
export interface UploadNatsOptions {
  /**
   * Where the pictures come from, such as a store/spool: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The connection to NATS.
   */
  via: string;
  /**
   * The name of this site. The rights of its NATS user should be limited to the subjects PREFIX.SITE.>.
   */
  site: string;
  /**
   * `link`: to the bucket by a pre-signed URL. `stream`: through JetStream.
   */
  by: 'link' | 'stream';
  /**
   * The prefix of the subjects, as in the archive/worker.
   */
  prefix: string;
  /**
   * For one request to the archive or the bucket.
   */
  timeout: Milliseconds;
  /**
   * With `by: stream`: how long to wait for the receipt. After it the picture is refused, and its spool sends it again.
   */
  give_up: Milliseconds;
  /**
   * Pictures at the same time, each of another camera.
   */
  parallel: number;
  /**
   * With `by: link`: a PEM file with certificates to trust besides the usual ones.
   */
  ca?: string;
}
