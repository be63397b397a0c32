// The table of known cameras: its queries, and the rows that are added, removed and marked as active.

import { withDeadline } from '../../../core/base/deadline.ts';
import { environment, misuse, type Page } from '../../../core/contract/plugin.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import type { Facts } from '../../kit/ingest/registry-cache.ts';
import { type Opened, openDatabase } from '../../kit/sql/database.ts';
import { describe, factOf, isUnreadableId, timeFor } from '../../kit/sql/values.ts';
import { triggerFor } from './trigger.ts';

/** Limit of the rows in a list. */
const MAX_LIST = 100_000;
/** The schema has the same check; it is repeated here because the names become part of SQL. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** A camera in the table. The token is not among the facts, because viewers can see the facts. */
export interface Row {
  readonly facts: NonNullable<Facts>;
  readonly token: string | undefined;
}

export interface Table {
  lookup(camera: string): Promise<Row | undefined>;
  rows(): Promise<ReadonlyMap<string, Row>>;
  /** Without a page, all ids, sorted; a page is in the order of the database. */
  list(page?: Page): Promise<readonly string[]>;
  /** False if it exists already. `values`: further columns. */
  add(camera: string, values?: Readonly<Record<string, string>>): Promise<boolean>;
  /** False if it does not exist. */
  remove(camera: string): Promise<boolean>;
  /** Writes the time, in milliseconds since the epoch, to the column `last_active`. */
  touch(camera: string, time: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database when it is first needed, and retries after a failure. */
export function createTable(options: RegistrySqlOptions, resolve: (path: string) => string): Table {
  const { table, column, facts, last_active: active } = options;
  const tokenColumn = options.token === 'stored' ? [options.token_column] : [];
  const columns = [...new Set([column, ...facts, ...tokenColumn, ...(active === undefined ? [] : [active])])];
  const check = (names: readonly string[]): void => {
    const wrong = names.find((name) => !NAME.test(name));
    if (wrong !== undefined) throw misuse('bad-name', `"${wrong}" is not a plain name of a table or column.`);
  };
  check([...table.split('.'), ...columns]);
  let opening: Promise<Opened> | undefined;
  let closed = false;

  const open = (): Promise<Opened> => {
    // A query after the end must not open a connection that is never closed.
    if (closed && !opening) return Promise.reject(environment('closed', 'The registry is closed.'));
    opening ??= prepare().catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  };
  const prepare = async (): Promise<Opened> => {
    const opened = await openDatabase(options.url, options.timeout, resolve);
    try {
      if (options.create ?? opened.kind === 'sqlite') await create(opened);
      return opened;
    } catch (cause) {
      await opened.close();
      throw cause;
    }
  };
  const create = async ({ database, kind, raw }: Opened): Promise<void> => {
    let schema = database.schema
      .createTable(table)
      .ifNotExists()
      .addColumn(column, 'varchar(128)', (made) => made.primaryKey());
    for (const name of columns) {
      if (name !== column) schema = schema.addColumn(name, name === active ? 'timestamp' : 'varchar(255)');
    }
    await schema.execute();
    if (kind !== 'postgres' || options.listen === undefined) return;
    const reported = columns.filter((name) => name !== active);
    for (const text of triggerFor({ table, column, columns: reported, channel: options.listen })) await raw(text);
  };
  /** Turns every error into an environment fault, and limits the time of the query. */
  const run = async <T>(work: (opened: Opened) => Promise<T>): Promise<T> => {
    const late = (): Error => new Error(`it did not answer within ${options.timeout} ms`);
    try {
      return await withDeadline({ ms: options.timeout, late }, () => open().then(work));
    } catch (cause) {
      throw environment('database', `The table ${table} cannot be read: ${describe(cause)}.`, cause);
    }
  };
  const rowOf = (row: Record<string, unknown>): Row => ({
    facts: Object.fromEntries(facts.map((name) => [name, factOf(row[name])])),
    token: tokenColumn.length > 0 ? String(row[options.token_column] ?? '') : undefined,
  });

  return {
    lookup: (camera) =>
      run(async ({ database }) => {
        const row = await database
          .selectFrom(table)
          .select(columns)
          .where(column, '=', camera)
          .limit(1)
          .executeTakeFirst()
          .catch((cause: unknown) => {
            if (isUnreadableId(cause)) return undefined;
            throw cause;
          });
        // Collations that ignore case would accept "LOBBY" as "lobby", which has another folder of pictures.
        if (!row || String(row[column]) !== camera) return undefined;
        return rowOf(row);
      }),
    rows: () =>
      run(async ({ database }) => {
        const rows = await database.selectFrom(table).select(columns).limit(MAX_LIST).execute();
        return new Map(rows.map((row) => [String(row[column]), rowOf(row)]));
      }),
    list: (page) =>
      run(async ({ database }) => {
        const limit = Math.min(MAX_LIST, Math.max(0, page?.limit ?? MAX_LIST));
        let query = database.selectFrom(table).select([column]).orderBy(column).limit(limit);
        if (page?.after !== undefined) query = query.where(column, '>', page.after);
        const ids = (await query.execute()).map((row) => String(row[column]));
        return page ? ids : ids.sort();
      }),
    add: (camera, values = {}) => {
      check(Object.keys(values));
      return run(async ({ database }) => {
        const found = await database.selectFrom(table).select([column]).where(column, '=', camera).execute();
        if (found.length > 0) return false;
        await database
          .insertInto(table)
          .values({ ...values, [column]: camera })
          .execute();
        return true;
      });
    },
    remove: (camera) =>
      run(async ({ database }) => {
        const [result] = await database.deleteFrom(table).where(column, '=', camera).execute();
        return (result?.numDeletedRows ?? 0n) > 0n;
      }),
    async touch(camera, time) {
      if (active === undefined) return;
      await run(async ({ database, kind }) => {
        await database
          .updateTable(table)
          .set({ [active]: timeFor(kind, time) })
          .where(column, '=', camera)
          .execute();
      });
    },
    async close() {
      closed = true;
      const opened = await opening?.catch(() => undefined);
      await opened?.close();
    },
  };
}
