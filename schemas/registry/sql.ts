// Generated from sql.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A registry in a database table: a camera is known if a row has its id. SQLite uses a file and needs no service; PostgreSQL, MariaDB and MySQL are reached by URL. Answers are cached for `cache`, and longer while the database is unreachable. "camd clients add|list|remove" edits the table. Needs the optional packages kysely and libsql, pg or mysql2. Costs one query per camera and cache time.
 */
export interface RegistrySqlOptions {
  /**
   * sqlite:FILE (relative to the profile), postgres://USER:PASSWORD@HOST:PORT/DATABASE, mariadb:// or mysql:// likewise.
   */
  url: string;
  /**
   * The table, or schema.table.
   */
  table: string;
  /**
   * The column with the camera id.
   */
  column: string;
  /**
   * More columns whose values are facts about a camera.
   */
  facts: string[];
  /**
   * Whether to create a missing table, with this one column. By default only in SQLite.
   */
  create?: boolean;
  /**
   * How long an answer is cached.
   */
  cache: Milliseconds;
  /**
   * The longest time for an answer of the database.
   */
  timeout: Milliseconds;
  /**
   * The largest number of cached answers.
   */
  max_cameras: number;
}
