// Generated from sql.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A registry that asks a table: a camera is known when a row has its id. SQLite in a file needs no other service; PostgreSQL, MariaDB and MySQL are reached by URL. Answers are kept for a moment, and for as long as the database is away. "camd clients add|list|remove" changes the table. Needs the optional packages kysely and libsql, pg or mysql2. Costs one query per camera and cache time.
 */
export interface RegistrySqlOptions {
  /**
   * sqlite:FILE (relative to the profile), postgres://USER:PASSWORD@HOST:PORT/DATABASE, mariadb:// or mysql:// likewise.
   */
  url: string;
  /**
   * Table, or schema.table.
   */
  table: string;
  /**
   * Column that holds the camera id.
   */
  column: string;
  /**
   * Further columns whose values are told of a camera.
   */
  facts: string[];
  /**
   * Whether a missing table is made, with this one column. By default only in SQLite.
   */
  create?: boolean;
  /**
   * How long an answer is used without asking again.
   */
  cache: Milliseconds;
  /**
   * How long the database may take to answer.
   */
  timeout: Milliseconds;
  /**
   * Answers to remember.
   */
  max_cameras: number;
}
