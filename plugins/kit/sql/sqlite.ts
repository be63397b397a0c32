// Opens an SQLite file that other processes use too: waits for their locks without blocking the event loop.

import { setTimeout } from 'node:timers/promises';
import type { CompiledQuery, Dialect, QueryResult } from 'kysely';
import { optionalPackage } from '../packages/optional.ts';

/** Milliseconds between two attempts to use a file that another process has locked. */
const BUSY_PAUSE_MS = 10;

/** @param timeout milliseconds to wait for the lock of another process, for each query */
export async function sqliteDialect(path: string, timeout: number, needs: string): Promise<Dialect> {
  const { SqliteDialect } = await optionalPackage('kysely', needs, () => import('kysely'));
  const { default: Sqlite } = await optionalPackage('libsql', needs, () => import('libsql'));
  // Without the timeout of libsql, which blocks the event loop.
  const file = new Sqlite(path);
  try {
    // SQLite ignores its own timeout here, and two processes may open a new file at the same time.
    await whenFree(() => file.exec('PRAGMA journal_mode = WAL'), timeout);
  } catch (cause) {
    file.close();
    throw cause;
  }
  return new SqliteDialect({
    database: file,
    async onCreateConnection(connection) {
      const execute = connection.executeQuery.bind(connection);
      /**
       * libsql does not reset a statement that found the file locked: from then on, no write of this connection is committed and the lock
       * is never released. So a statement runs only after `exec`, which has no such fault, has got the lock.
       */
      const write = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
        await whenFree(() => file.exec('BEGIN IMMEDIATE'), timeout);
        try {
          const result = await execute<R>(query);
          file.exec('COMMIT');
          return result;
        } catch (cause) {
          if (file.inTransaction) file.exec('ROLLBACK');
          throw cause;
        }
      };
      connection.executeQuery = (query) =>
        query.query.kind === 'SelectQueryNode' ? whenFree(async () => execute(query), timeout) : write(query);
    },
  });
}

/** Retries while another process has locked the file, for at most `timeout` milliseconds. */
async function whenFree<T>(work: () => T | Promise<T>, timeout: number): Promise<T> {
  for (const until = performance.now() + timeout; ; await setTimeout(BUSY_PAUSE_MS)) {
    try {
      return await work();
    } catch (cause) {
      if (!isBusy(cause) || performance.now() > until) throw cause;
    }
  }
}

const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY');
