// Generated from snapshot-api.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A request takes a picture of one camera, of all, or of the stereo cameras, stores it and answers with its name. Paths and answers are those of the Snapshot Server, so that its clients go on working: GET /api/cameras, GET or POST /api/snapshot/NAME, /api/snapshot/all and /api/snapshot/stereo, GET /snapshots/FILE (with ETag and ranges) and GET /download/FILE. The page at `path` does the same with buttons. Services that keep the cameras busy stop once for each request and start again when it is done, also when the client has gone. Requests of pages from another site are refused with 403, GET included. Every client that reaches the server may take pictures: give http/server `auth` unless the whole network may use it.
 */
export interface HttpSnapshotApiOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The store that the pictures are taken through, such as store/disk. Its option `prefixes` needs snapshot, api_all_cams, api_stereo, all_cams and stereo for the names of the Snapshot Server.
   */
  from: string;
  /**
   * Nodes whose options describe the cameras, for /api/cameras and to know which are a stereo group: the source first, then a transform/exif with `offsets`.
   *
   * @minItems 1
   */
  cameras?: string | string[];
  /**
   * Nodes of service/systemd that the cameras interrupt, so that /api/cameras gives the names of their units.
   *
   * @minItems 1
   */
  services?: string | string[];
  /**
   * Where the page is; all other paths are below it. Existing clients expect "/".
   */
  path: string;
  /**
   * The title of the page.
   */
  title: string;
  /**
   * The time for a whole request: stopping services, all pictures, and starting the services. Clients of the Snapshot Server wait for 45 s.
   */
  deadline: Milliseconds;
  /**
   * Requests that may wait for pictures at the same time; further ones get 503. Requests for the same camera share one picture.
   */
  max_captures: number;
}
