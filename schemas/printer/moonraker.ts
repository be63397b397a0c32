// Generated from moonraker.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Subscribes to the printer's state in Moonraker, so that uploads and stores work only while it prints, or once per layer: see the options `printer`, `when` and `layers` of upload/prusa-connect, upload/http and transform/sample. It only reads. The layer comes from the slicer; without it, camd computes it from the height of the nozzle and the layer height of the file. A printer that cannot be reached is off. Costs one WebSocket.
 */
export interface PrinterMoonrakerOptions {
  /**
   * The URL of Moonraker.
   */
  moonraker: string;
  /**
   * Moonraker's API key, if it does not trust this machine.
   */
  api_key?: string;
  /**
   * The longest time for connecting, and for each answer.
   */
  timeout: Milliseconds;
}
