// One connection to PostgreSQL outside of a pool, for LISTEN and for locks that end with their connection.

import type { Client } from 'pg';
import { optionalPackage } from '../packages/optional.ts';

/** The server ends a connection whose client is silent for longer: 10 s, and then five unanswered probes. */
const KEEPALIVES = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=5';

/** A lost connection rejects the next query. `timeout` is for the connection and for each query, in milliseconds. */
export async function connectPostgres(url: string, timeout: number, needs: string): Promise<Client> {
  const { default: pg } = await optionalPackage('pg', needs, () => import('pg'));
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
    keepAlive: true,
    options: KEEPALIVES,
  });
  // It would otherwise throw into the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    throw cause;
  }
}
