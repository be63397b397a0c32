// One connection to PostgreSQL outside of a pool, for LISTEN and for locks that end with their connection.

import type { Client } from 'pg';
import { optionalPackage } from '../packages/optional.ts';

/** The server closes a connection after 10 s of silence and five unanswered probes. */
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
  // Without a listener, a lost connection would crash the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    throw cause;
  }
}
