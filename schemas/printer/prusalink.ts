// Generated from prusalink.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Asks PrusaLink for the printer's state at an interval, so that uploads and stores work only while it prints: see the options `printer` and `when` of upload/prusa-connect, upload/http and transform/sample. It only reads. PrusaLink reports no layers, so `layers` needs a printer/moonraker. A printer that cannot be reached is off.
 */
export interface PrinterPrusalinkOptions {
  /**
   * The URL of PrusaLink, such as http://192.0.2.20.
   */
  url: string;
  /**
   * The user for Digest authentication.
   */
  username: string;
  /**
   * The password, as the printer's display shows it under PrusaLink.
   */
  password?: string;
  /**
   * The API key, on printers that have one instead of a user and password.
   */
  api_key?: string;
  /**
   * How often PrusaLink is asked.
   */
  every: Milliseconds;
  /**
   * The longest time for one answer.
   */
  timeout: Milliseconds;
}
