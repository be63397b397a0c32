// Generated from nats.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * A hub: lists the cameras of every edge (nats/edge of other camd) and requests the pictures of a camera from its edge only while this camd has a viewer or consumer of it, one at a time for any number of viewers. Captures and commands pass through to the edge, so that http/stream, http/viewer, http/snapshot and others work as if the cameras were here. Hubs keep nothing that another hub needs: any number of them serve the same edges. When two edges have a camera of one id, the edge whose name comes first serves it, and hub and edges report it. Needs at most 10 KB of memory for each listed camera, one message for each picture, and one copy of it.
 */
export interface SourceNatsOptions {
  /**
   * The connection to NATS.
   */
  via: string;
  /**
   * The registry of known cameras; others are not listed. All cameras by default.
   */
  only?: string;
  /**
   * The first part of all subjects; the edges must have the same.
   */
  subject: string;
  /**
   * Which pictures to ask for. `full`: as the cameras send them. `small`: those of the edges' option small. `thumbnail`: none; the newest ones that the edges keep in a bucket are read.
   */
  size: 'full' | 'small' | 'thumbnail';
  /**
   * At least this long between two pictures of a camera; the edge holds the rest back. As fast as the line takes them by default.
   */
  every: Milliseconds;
  /**
   * How long an edge holds a camera without hearing from this hub. The cameras of a hub that was killed run on for this time.
   */
  lease: Milliseconds;
  /**
   * How long a picture on demand may take.
   */
  capture_timeout: Milliseconds;
  /**
   * An edge that has been offline for this long leaves the list with its cameras. Before, they are listed as offline.
   */
  forget_after: Milliseconds;
  /**
   * The largest picture. Larger ones are refused and counted.
   */
  max_frame: Bytes;
  /**
   * With size: thumbnail, the key-value bucket of the edges. This node makes it, in memory, when there is none.
   */
  bucket: string;
}
