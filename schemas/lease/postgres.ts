// Generated from postgres.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Holds an advisory lock of a PostgreSQL database. Of all camd with the same database and name, one holds it; when that one ends or loses its connection, another takes over within `every`, or within half a minute when its machine fell silent. Nodes with the option `lease`, such as retain/policy, work only while they hold it. Needs the optional package pg. Costs one connection and one small query per `every`.
 */
export interface LeasePostgresOptions {
  /**
   * postgres://USER:PASSWORD@HOST:PORT/DATABASE. The connection must be to the server itself or to a pool in session mode.
   */
  url: string;
  /**
   * The name of the work, the same on all machines.
   */
  name: string;
  /**
   * How often to ask for the lock, and whether it is still held.
   */
  every: Milliseconds;
  /**
   * The longest time for an answer of the database; without one the work stops.
   */
  timeout: Milliseconds;
}
