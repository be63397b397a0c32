// Generated from viewer.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A page with all cameras and, below it, one for each (`/front`), for phones, desks and walls; light or dark as the system is, and fully usable by keyboard and screen reader. All pictures come over one WebSocket, so that browsers' limit of six connections does not matter. The page confirms each picture: a slow link is never more than one picture per camera behind, however many are skipped. Only what is on the screen is sent, and cameras in mode on_demand run only while somebody looks. It links to http/snapshot, http/stream and http/history where the same server has them. Costs one write per picture and page; nothing while nobody looks.
 */
export interface HttpViewerOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose cameras are shown. Its stale_after decides when a camera is offline.
   */
  from: string;
  /**
   * The path of the page with all cameras; the pages of the cameras stand below it.
   */
  path: string;
  /**
   * The title of the page.
   */
  title: string;
  /**
   * The cameras to show, in this order. All of them, by name, when it is not set.
   *
   * @minItems 1
   */
  cameras?: string[];
  /**
   * Names for the page: camera id to name. A camera without one is shown by its id.
   */
  names?: {
    /**
     * The name.
     */
    [k: string]: string;
  };
  /**
   * Pictures per second of one camera that one viewer gets at most. As many as come when it is not set.
   */
  max_fps?: number;
  /**
   * Pages that may be open at one time; further ones are told so.
   */
  max_viewers: number;
  /**
   * A page that confirms nothing for this long is cut off; it connects again by itself.
   */
  stall: Milliseconds;
}
