// Generated from worker.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Serves upload/nats of all sites. Edges that reach the bucket get a pre-signed link that takes exactly one picture, and a receipt once the bucket has it; other edges send their pictures through a JetStream stream, and get the receipt after the store has the picture. The acknowledgement of the stream alone removes no picture from a spool, because a stream acknowledges before it has synced. A full stream refuses pictures (`discard: new`). Any number of workers share the work; one that is killed leaves its pictures to the others. Each stored picture is announced on the subject PREFIX-stored. Costs two small messages and one HEAD per picture by link, and one picture of memory per `parallel` through the stream.
 */
export interface ArchiveWorkerOptions {
  /**
   * The store, such as a store/sql before a store/s3.
   */
  into: string;
  /**
   * The connection to NATS.
   */
  via: string;
  /**
   * The prefix of the subjects: PREFIX.SITE.offer, PREFIX.SITE.stored and PREFIX.SITE.picture.
   */
  prefix: string;
  /**
   * The name of a camera in the archive, made of {site} and {camera}. With "{site}.{camera}", no site can put pictures under the name of another one's camera.
   */
  camera: string;
  /**
   * Whether to offer pre-signed links; the store must be a store/s3, or an index of one.
   */
  links: boolean;
  /**
   * The validity of a link.
   */
  link_for: Milliseconds;
  /**
   * The JetStream stream to take pictures from. It is made if it is missing. Without it there are only links.
   */
  stream?: string;
  /**
   * When the stream is made: how much it holds. A full stream refuses; the spools of the edges keep.
   */
  max_bytes: Bytes;
  /**
   * When the stream is made: on how many servers of the cluster it is kept. A picture in a stream with one replica waits while its server is away; it is not lost, since the edge has it until the receipt.
   */
  replicas: number;
  /**
   * The number of pictures of the stream at the same time.
   */
  parallel: number;
  /**
   * When the stream is made: the number of pictures that all workers together have under way.
   */
  max_pending: number;
}
