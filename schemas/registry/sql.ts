// Generated from sql.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * A registry in a database table: a camera is known if a row has its id. SQLite uses a file and needs no service; PostgreSQL, MariaDB and MySQL are reached by URL. Answers are cached for `cache`, and longer while the database is unreachable. "camd clients add|list|remove" edits the table. Needs the optional packages kysely and libsql, pg or mysql2. It can also hold or make the cameras' tokens, and write back when each camera was last active. Costs one query per camera and cache time, and one per `refresh` while a node watches the table.
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
   * Where the tokens of the cameras come from. `stored`: the column `token_column`. `hmac`: HMAC-SHA256 of the id under `secret`. `derived`: plain SHA-256 of id and secret, as existing camera servers have it; weak, for cameras that cannot be given a new token. Without it the registry carries no tokens.
   */
  token?: 'stored' | 'derived' | 'hmac';
  /**
   * The column of stored tokens.
   */
  token_column: string;
  /**
   * The secret from which tokens are made.
   */
  secret?: string;
  /**
   * A column of type timestamp into which the time (UTC) of a camera's newest picture is written, at most once a minute for each camera.
   */
  last_active?: string;
  /**
   * Whether camd creates a missing table, with the columns that are named here. By default only in SQLite.
   */
  create?: boolean;
  /**
   * How long an answer is cached.
   */
  cache: Milliseconds;
  /**
   * How often the table is read for rows that were added, changed or removed, while a node watches it.
   */
  refresh: Milliseconds;
  /**
   * With PostgreSQL: a channel on which the database announces changes (NOTIFY), with the camera's id as payload. Nodes that watch the table see a change immediately, and the table is not read every `refresh`. With `create`, camd makes the trigger that does this.
   */
  listen?: string;
  /**
   * The longest time for an answer of the database.
   */
  timeout: Milliseconds;
  /**
   * The largest number of cached answers.
   */
  max_cameras: number;
}
