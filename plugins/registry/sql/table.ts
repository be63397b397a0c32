// The table of known cameras: its queries and changes.

import { environment, misuse } from '../../../core/contract/plugin.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import type { Facts } from '../../kit/ingest/registry-cache.ts';
import { type Opened, openDatabase } from './database.ts';

/** Ids that a list holds at most. */
const MAX_LIST = 100_000;
/** The schema checks it too; names go into SQL, so they are checked where they do. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

export interface Table {
  lookup(camera: string): Promise<Facts>;
  list(): Promise<readonly string[]>;
  /** False when it was there already. */
  add(camera: string): Promise<boolean>;
  /** False when it was not there. */
  remove(camera: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the database when it is first needed, and again after it could not be opened. */
export function createTable(options: RegistrySqlOptions, resolve: (path: string) => string): Table {
  const names = [...options.table.split('.'), options.column, ...options.facts];
  const unfit = names.find((name) => !NAME.test(name));
  if (unfit !== undefined) throw misuse('bad-name', `"${unfit}" is no plain name of a table or column.`);
  let opening: Promise<Opened> | undefined;

  const open = (): Promise<Opened> => {
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
      await opened.database.destroy();
      throw cause;
    }
  };
  const create = async ({ database }: Opened): Promise<void> => {
    await database.schema
      .createTable(options.table)
      .ifNotExists()
      .addColumn(options.column, 'varchar(128)', (column) => column.primaryKey())
      .execute();
  };
  /** Every fault becomes one of the environment, within the time that the database has. */
  const ask = async <T>(work: (opened: Opened) => Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not answer within ${options.timeout} ms`)), options.timeout);
    });
    try {
      return await Promise.race([open().then(work), late]);
    } catch (cause) {
      throw environment('database', `The table ${options.table} cannot be read: ${describe(cause)}.`, cause);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    lookup: (camera) =>
      ask(async ({ database }) => {
        const row = await database
          .selectFrom(options.table)
          .select([options.column, ...options.facts])
          .where(options.column, '=', camera)
          .limit(1)
          .executeTakeFirst();
        // Collations that ignore case would let "LOBBY" pass for "lobby", as another folder of pictures.
        if (!row || String(row[options.column]) !== camera) return undefined;
        return Object.fromEntries(options.facts.map((name) => [name, factOf(row[name])]));
      }),
    list: () =>
      ask(async ({ database }) => {
        const rows = await database
          .selectFrom(options.table)
          .select([options.column])
          .orderBy(options.column)
          .limit(MAX_LIST)
          .execute();
        return rows.map((row) => String(row[options.column])).sort();
      }),
    add: (camera) =>
      ask(async ({ database }) => {
        const found = await database
          .selectFrom(options.table)
          .select([options.column])
          .where(options.column, '=', camera)
          .execute();
        if (found.length > 0) return false;
        await database
          .insertInto(options.table)
          .values({ [options.column]: camera })
          .execute();
        return true;
      }),
    remove: (camera) =>
      ask(async ({ database }) => {
        const [result] = await database.deleteFrom(options.table).where(options.column, '=', camera).execute();
        return (result?.numDeletedRows ?? 0n) > 0n;
      }),
    async close() {
      const opened = await opening?.catch(() => undefined);
      await opened?.database.destroy();
    },
  };
}

function factOf(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** Drivers put user names, but never passwords, into their messages; some errors have only a code. */
function describe(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(first instanceof Error)) return String(first);
  return (first.message || ('code' in first ? String(first.code) : first.name)).replace(/\.$/, '');
}
