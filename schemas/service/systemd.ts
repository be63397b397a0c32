// Generated from systemd.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A unit that holds a camera, such as a streaming service: camd stops it before a picture and starts it again afterwards, once for all pictures of one request. Only a unit that ran is started again. That it is stopped is on the disk first: when camd dies in between, its next start starts the unit. When the unit does not stay up, camd starts it again with growing pauses and the node is degraded. "camd polkit" prints the rule that permits exactly this.
 */
export interface ServiceSystemdOptions {
  /**
   * The unit's name; .service may be left out.
   */
  unit: string;
  /**
   * system: of the machine. user: of the user that runs camd.
   */
  scope: 'system' | 'user';
  /**
   * How long stopping, and starting, may take. When the stop takes longer no picture is taken.
   */
  timeout: Milliseconds;
  /**
   * Time between the stop and the first picture, for devices that are free only a moment later.
   */
  settle: Milliseconds;
  /**
   * How long the unit stays stopped after the last picture, so that consecutive requests stop it only once.
   */
  linger: Milliseconds;
}
