// The table of pictures: adds, removes and lists rows in order of time, and sums them up.

import { withDeadline } from '../../../core/base/deadline.ts';
import { environment, type Kept, type KeptQuery } from '../../../core/contract/plugin.ts';
import { isFault } from '../../../core/contract/problems.ts';
import type { StoreSqlOptions } from '../../../schemas/store/sql.ts';
import { type Opened, openDatabase } from '../../kit/sql/database.ts';
import { describe, quotedName } from '../../kit/sql/values.ts';

export interface Table {
  /** Keeps existing rows unchanged. Resolves with the number of new ones. */
  add(pictures: readonly Kept[]): Promise<number>;
  /** False if there was no such row. */
  remove(object: string): Promise<boolean>;
  list(query: KeptQuery): Promise<readonly Kept[]>;
  cameras(): Promise<readonly string[]>;
  usage(): Promise<{ bytes: number; count: number }>;
  close(): Promise<void>;
}

/** Limit of the pictures in one answer, regardless of the query. */
const MAX_LISTED = 10_000;
/** Rows of one statement. */
const MAX_ROWS = 500;
/** Cameras of one answer. */
const MAX_CAMERAS = 100_000;

const COLUMNS = ['object', 'camera', 'time', 'type', 'size'] as const;

/** The id of a picture in the index: its time, in microseconds, and its id in the store behind it. */
const idOf = (micros: number, object: string): string => `${micros}/${object}`;
const ID = /^(\d{1,16})\/(.+)$/s;

/** The position of a picture, even of a deleted one; undefined if this is not an id. */
export function placeOf(id: string): { readonly time: number; readonly object: string } | undefined {
  const [, time, object] = ID.exec(id) ?? [];
  return time === undefined || object === undefined ? undefined : { time: Number(time), object };
}

/** Converts a picture of the store behind the index to one of the index. */
export const indexed = (kept: Kept): Kept => ({ ...kept, id: idOf(micros(kept.time), kept.id), seq: 0 });

const micros = (time: number): number => Math.round(time * 1000);
const rowOf = ({ id, camera, time, type, size }: Kept) => ({ object: id, camera, time: micros(time), type, size });

function keptOf(row: Record<string, unknown>): Kept {
  const time = Number(row.time);
  const type = row.type === 'image/png' ? 'image/png' : 'image/jpeg';
  return {
    id: idOf(time, String(row.object)),
    camera: String(row.camera),
    time: time / 1000,
    seq: 0,
    type,
    size: Number(row.size),
  };
}

function positionOf(id: string) {
  const place = placeOf(id);
  if (place) return place;
  throw environment('unknown-id', 'This is not the id of a stored picture.');
}

/** Texts are compared by their bytes in both databases. */
function statements(kind: Opened['kind'], table: string): readonly string[] {
  const text = kind === 'postgres' ? 'text collate "C"' : 'text';
  // Quoted as by Kysely: PostgreSQL would otherwise convert the name to lower case here only.
  const quoted = quotedName(table);
  const name = table.replace('.', '_');
  const columns = `object ${text} primary key, camera ${text} not null, time bigint not null, type text not null, size bigint not null`;
  return [
    `create table if not exists ${quoted} (${columns})`,
    `create index if not exists "${name}_camera" on ${quoted} (camera, time, object)`,
    `create index if not exists "${name}_time" on ${quoted} (time, object)`,
  ];
}

export function createTable(options: StoreSqlOptions, resolve: (path: string) => string): Table {
  const { table } = options;
  let opening: Promise<Opened> | undefined;

  const prepare = async (): Promise<Opened> => {
    const opened = await openDatabase(options.url, options.timeout, resolve);
    try {
      for (const text of statements(opened.kind, table)) await opened.raw(text);
      return opened;
    } catch (cause) {
      await opened.close();
      throw cause;
    }
  };
  const run = async <T>(work: (database: Opened['database'], kind: Opened['kind']) => Promise<T>): Promise<T> => {
    const late = (): Error => new Error(`it did not answer within ${options.timeout} ms`);
    try {
      opening ??= prepare().catch((cause: unknown) => {
        opening = undefined;
        throw cause;
      });
      const opened = opening;
      return await withDeadline({ ms: options.timeout, late }, async () => {
        const { database, kind } = await opened;
        return work(database, kind);
      });
    } catch (cause) {
      if (isFault(cause)) throw cause;
      throw environment('database', `The table ${table} cannot be used: ${describe(cause)}.`, cause);
    }
  };

  return {
    add: (pictures) =>
      run(async (database) => {
        let added = 0;
        for (let at = 0; at < pictures.length; at += MAX_ROWS) {
          const rows = pictures.slice(at, at + MAX_ROWS).map(rowOf);
          const result = await database
            .insertInto(table)
            .values(rows)
            .onConflict((conflict) => conflict.column('object').doNothing())
            .executeTakeFirst();
          added += Number(result.numInsertedOrUpdatedRows ?? 0n);
        }
        return added;
      }),
    remove: (object) =>
      run(async (database) => {
        const result = await database.deleteFrom(table).where('object', '=', object).executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    list: ({ camera, from, to, limit, order, after }) =>
      run(async (database) => {
        const direction = order === 'oldest-first' ? 'asc' : 'desc';
        let query = database.selectFrom(table).select(COLUMNS);
        if (camera !== undefined) query = query.where('camera', '=', camera);
        if (from !== undefined) query = query.where('time', '>=', micros(from));
        if (to !== undefined) query = query.where('time', '<', micros(to));
        if (after !== undefined) {
          const { time, object } = positionOf(after);
          const sign = direction === 'asc' ? '>' : '<';
          query = query.where(({ or, and, eb }) =>
            or([eb('time', sign, time), and([eb('time', '=', time), eb('object', sign, object)])]),
          );
        }
        const rows = await query
          .orderBy('time', direction)
          .orderBy('object', direction)
          .limit(Math.min(Math.max(0, Math.trunc(limit)), MAX_LISTED))
          .execute();
        return rows.map(keptOf);
      }),
    cameras: () =>
      run(async (database) => {
        const found: string[] = [];
        // Skips from camera to camera in the index: a million pictures of a camera cost as much as one.
        while (found.length < MAX_CAMERAS) {
          let query = database.selectFrom(table).select('camera').orderBy('camera').limit(1);
          const last = found.at(-1);
          if (last !== undefined) query = query.where('camera', '>', last);
          const row = await query.executeTakeFirst();
          if (!row) break;
          found.push(String(row.camera));
        }
        return found;
      }),
    usage: () =>
      run(async (database) => {
        const row = await database
          .selectFrom(table)
          .select(({ fn }) => [fn.sum('size').as('bytes'), fn.countAll().as('count')])
          .executeTakeFirst();
        return { bytes: Number(row?.bytes ?? 0), count: Number(row?.count ?? 0) };
      }),
    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}
