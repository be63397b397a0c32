// Generated from s3.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Puts every frame into a bucket of AWS, MinIO, Ceph, Garage, R2, Swift or another server with the S3 API. Sources that acknowledge (MQTT, HTTP uploads, a spool) do so only after the server has answered 200 and its checksum is that of the frame. The key of a frame depends on the frame alone: a frame that is sent again overwrites itself. Passing troubles are retried with growing random pauses until `give_up`; then the frame is refused, so that a spool before this node keeps it. Keeps no index: a list of one camera costs one request for each 1000 pictures, the newest picture costs one request for each level of folders, and lists over all cameras cost one for each camera. Costs one PUT per frame, and one frame of memory per camera.
 */
export interface StoreS3Options {
  /**
   * Where the frames come from: one node or a list. Without it the store holds only frames that other nodes or other machines put into it.
   *
   * @minItems 1
   */
  from?: string | string[];
  /**
   * The URL of the server, such as https://minio.example.org:9000. Default: that of AWS for the region.
   */
  endpoint?: string;
  /**
   * The bucket; it must exist.
   */
  bucket: string;
  /**
   * The region of the bucket. Servers of your own mostly take the default; R2 has "auto", Garage "garage".
   */
  region: string;
  /**
   * Where the bucket stands in a URL: `path` (host/bucket/key) or `virtual-host` (bucket.host/key).
   */
  style: 'path' | 'virtual-host';
  /**
   * The access key. Without it, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment count, then the role of this machine: a web identity (Kubernetes), the container's, or that of the instance metadata service.
   */
  access_key?: string;
  /**
   * The secret key of the access key.
   */
  secret_key?: string;
  /**
   * The session token, for temporary credentials.
   */
  session_token?: string;
  /**
   * A PEM file with certificates to trust besides the usual ones, for a server with a certificate of your own.
   */
  ca?: string;
  /**
   * The key of each picture: folders, then {camera}, {time}, {key} (12 digits that depend on the picture's own key) and .{ext} (jpg or png), in this order. Only objects that match it belong to the store. Sites that share a bucket begin it with a folder of their own, to which the rights of their credentials can be limited.
   */
  key: string;
  /**
   * The format of {time}, in UTC, with the strftime directives %Y %m %d %H %M %S and then %L (milliseconds) or %f (microseconds), in this order. It may contain "/" for folders. Lists with the newest first read the last folder as a whole: for more than one picture a second, use a folder per minute.
   */
  time_format: string;
  /**
   * For one request.
   */
  timeout: Milliseconds;
  /**
   * For all tries of one request. After it the frame is refused; its sender keeps it.
   */
  give_up: Milliseconds;
  /**
   * The number of requests at the same time, each of another camera when frames are stored.
   */
  connections: number;
  /**
   * The number of camera frames that may wait for the bucket; further ones are passed on but not stored.
   */
  queue: number;
  /**
   * Whether cameras on demand run for the store: "on_demand" stores the frames that they send for others, and every picture requested through the store; "always" keeps them running.
   */
  mode: 'always' | 'on_demand';
  /**
   * A camera that has sent nothing for this long is offline. Without it the latest picture counts as current at any age.
   */
  stale_after?: Milliseconds;
  /**
   * The largest number of cameras whose latest frame is held in memory.
   */
  max_cameras: number;
}
