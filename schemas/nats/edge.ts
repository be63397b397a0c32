// Generated from edge.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Answers the hubs (source/nats of other camd) for the cameras of its inputs: lists them, sends the next picture when a hub asks for it, takes pictures and obeys commands. A picture travels only when a hub asks: without viewers, a camera in mode on_demand does not run, and the edge sends less than 200 bytes every few seconds. A hub asks for one picture at a time, and pictures of several cameras take turns on the line, so that a thin line carries fewer pictures, never old ones. A camera that a hub has requested runs for the hub's lease, and stops by itself when the hub is gone. Costs two copies of each picture that is sent.
 */
export interface NatsEdgeOptions {
  /**
   * Where the pictures come from.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * Where small pictures of the same cameras come from, such as a transform/image: hubs with size: small ask for these.
   *
   * @minItems 1
   */
  small?: string | string[];
  /**
   * The connection to NATS.
   */
  via: string;
  /**
   * The name of this edge, which no other edge has.
   */
  edge: string;
  /**
   * The first part of all subjects; the hubs must have the same.
   */
  subject: string;
  /**
   * How often the edge says that it is there. Hubs list it as offline two and a half times as long after its last hello.
   */
  hello_every: Milliseconds;
  /**
   * A picture older than this is not sent.
   */
  stale_after: Milliseconds;
  /**
   * Keeps the newest picture of each camera that runs in a key-value bucket of JetStream, for pages that show many cameras at once; a hub with size: thumbnail makes the bucket and reads it. Takes the pictures of `small` where there are any.
   */
  thumbnails?: {
    /**
     * A newer picture of a camera replaces the one before not sooner than this.
     */
    every: Milliseconds;
    /**
     * The name of the bucket.
     */
    bucket: string;
  };
}
