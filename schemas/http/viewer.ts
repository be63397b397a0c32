// Generated from viewer.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A page with all cameras and, below it, one page per camera (`/front`), for phones, desks and wall displays; light or dark like the system, and fully usable by keyboard and screen reader. All pictures come over one WebSocket, so browsers' limit of six connections does not apply. The page acknowledges each picture: a slow connection is at most one picture per camera behind, and the others are skipped. Only cameras on the screen are sent, and cameras in mode on_demand run only while they have viewers. The page links to http/snapshot, http/stream and http/history if the same server has them. Costs one write per picture and page, and nothing without viewers.
 */
export interface HttpViewerOptions {
  /**
   * The http/server to attach to.
   */
  on: string;
  /**
   * The cache/latest whose cameras to show. Its stale_after decides when a camera is offline.
   */
  from: string;
  /**
   * The path of the page with all cameras; the pages of single cameras are below it.
   */
  path: string;
  /**
   * The title of the page.
   */
  title: string;
  /**
   * The cameras to show, in this order. Default: all, sorted by name.
   *
   * @minItems 1
   */
  cameras?: string[];
  /**
   * The most pictures per second of one camera for one viewer. Default: no limit.
   */
  max_fps?: number;
  /**
   * For which viewers pictures are made smaller: slow (those whose connection cannot drain the pictures of the camera), always (each gets the smallest class that fills its screen) or never. A camera has at most three classes, shared by all viewers: as it is, 854 pixels wide and 480 pixels wide, the last two at no more than 5 pictures per second. Each picture is encoded once per class, which costs about 5 to 10 ms of one core for 1280x720. Needs the package sharp; without it a slow connection gets fewer pictures, and the page says so.
   */
  reduce: 'slow' | 'always' | 'never';
  /**
   * The largest number of open pages; further ones show a message.
   */
  max_viewers: number;
  /**
   * A page that acknowledges nothing for this long is disconnected; it reconnects by itself.
   */
  stall: Milliseconds;
}
