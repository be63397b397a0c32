// Opens the database of a URL through Kysely: SQLite by libsql, PostgreSQL by pg, MariaDB and MySQL by mysql2.

import type { Dialect, Kysely } from 'kysely';
import { misuse } from '../../../core/contract/plugin.ts';
import { optionalPackage } from '../../kit/packages/optional.ts';
import { collect } from './collect.ts';
import { sqliteDialect } from './sqlite.ts';

const NEEDS = 'the database needs';
/** Maximum connections to a server. */
const CONNECTIONS = 4;
const IDLE_MS = 30_000;
/** PostgreSQL's type "timestamp without time zone", which the driver would read as local time. */
const TIMESTAMP = 1114;

export type Database = Kysely<Record<string, Record<string, unknown>>>;

export interface Opened {
  readonly database: Database;
  readonly kind: 'sqlite' | 'postgres' | 'mysql';
  /** Runs one statement unchanged. */
  raw(text: string): Promise<void>;
  close(): Promise<void>;
}

/** @param resolve makes a path of the profile absolute */
export async function openDatabase(url: string, timeout: number, resolve: (path: string) => string): Promise<Opened> {
  const kysely = await optionalPackage('kysely', NEEDS, () => import('kysely'));
  const scheme = url.slice(0, url.indexOf(':'));
  const opened = (kind: Opened['kind'], dialect: Dialect): Opened => {
    const database = new kysely.Kysely<Record<string, Record<string, unknown>>>({ dialect });
    const raw = async (text: string): Promise<void> => void (await kysely.sql.raw(text).execute(database));
    return { kind, database, raw, close: () => database.destroy() };
  };

  if (scheme === 'sqlite' || scheme === 'file') {
    const path = resolve(url.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, ''));
    const made = opened('sqlite', await sqliteDialect(path, timeout, NEEDS));
    return {
      ...made,
      async close() {
        await made.close();
        await collect();
      },
    };
  }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { default: pg } = await optionalPackage('pg', NEEDS, () => import('pg'));
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
      types: { getTypeParser: (oid, format) => (oid === TIMESTAMP ? asUtc : pg.types.getTypeParser(oid, format)) },
    });
    // Without listeners, a lost server would crash the process, through idle and busy connections.
    pool.on('error', () => {});
    pool.on('connect', (client) => void client.on('error', () => {}));
    return opened('postgres', new kysely.PostgresDialect({ pool }));
  }
  if (scheme === 'mariadb' || scheme === 'mysql') {
    const { createPool } = await optionalPackage('mysql2', NEEDS, () => import('mysql2'));
    const pool = createPool({
      uri: url.replace(/^mariadb:/, 'mysql:'),
      connectionLimit: CONNECTIONS,
      idleTimeout: IDLE_MS,
      connectTimeout: timeout,
      queueLimit: 1000,
      timezone: 'Z',
    });
    return opened('mysql', new kysely.MysqlDialect({ pool }));
  }
  throw misuse('bad-url', 'The url of a database must begin with sqlite:, postgres:, mariadb: or mysql:.');
}

const asUtc = (text: string): string => `${text.replace(' ', 'T')}Z`;
