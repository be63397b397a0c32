// Generated from sql.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Keeps a row for each picture of another store, such as a store/s3, so that lists over thousands of cameras and the total size cost one query. Pictures that are put or deleted through this node are indexed at once. Pictures that edges put into the bucket themselves are indexed when an archive/worker announces them, and by a comparison with the store every `reconcile`, which finds the others. The table is made if it is missing. Needs the optional packages kysely and pg, libsql or mysql2. Costs one row per picture (about 200 bytes with its indexes), one HEAD per announced picture, and one list per camera and `reconcile`.
 */
export interface StoreSqlOptions {
  /**
   * The store that has the pictures.
   */
  from: string;
  /**
   * postgres://USER:PASSWORD@HOST:PORT/DATABASE for several machines, or sqlite:FILE for one.
   */
  url: string;
  /**
   * The table, or schema.table.
   */
  table: string;
  /**
   * How often to look into the store for pictures that are not indexed, and when to begin after a start: after a tenth of it. "0s" never looks.
   */
  reconcile: Milliseconds;
  /**
   * The longest time for an answer of the database.
   */
  timeout: Milliseconds;
}
