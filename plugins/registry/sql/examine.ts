// Reads the table from the database once, and creates neither a file nor a table.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ExamineView, Observation } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { examineFolder } from '../../kit/examine/folder.ts';
import { examinePackage } from '../../kit/examine/packages.ts';
import { createTable } from './table.ts';

/** Longest time for the database, even if the profile allows more. Milliseconds. */
const MOST_MS = 8_000;

/** Packages of the drivers, by scheme. `load` contains the import, so that a bundler finds the name. */
const DRIVERS: Readonly<Record<string, { readonly name: string; load(): Promise<unknown> }>> = {
  sqlite: { name: 'libsql', load: () => import('libsql') },
  file: { name: 'libsql', load: () => import('libsql') },
  postgres: { name: 'pg', load: () => import('pg') },
  postgresql: { name: 'pg', load: () => import('pg') },
  mariadb: { name: 'mysql2', load: () => import('mysql2') },
  mysql: { name: 'mysql2', load: () => import('mysql2') },
};

export async function* examineDatabase(options: RegistrySqlOptions, view: ExamineView): AsyncGenerator<Observation> {
  const scheme = options.url.slice(0, options.url.indexOf(':'));
  const driver = DRIVERS[scheme];
  if (driver === undefined) return;
  let isPackageMissing = false;
  for (const [name, load] of [
    ['kysely', () => import('kysely')],
    [driver.name, driver.load],
  ] as const) {
    for await (const found of examinePackage(name, load)) {
      isPackageMissing ||= found.is === 'wrong';
      yield found;
    }
  }
  if (driver.name === 'libsql') {
    const path = view.resolve(options.url.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, ''));
    yield* examineFolder({ option: 'url', path: dirname(path) });
    if (!existsSync(path)) return;
  }
  if (!isPackageMissing) yield await examineTable(options, view);
}

async function examineTable(options: RegistrySqlOptions, view: ExamineView): Promise<Observation> {
  const timeout = Math.min(options.timeout, MOST_MS);
  const table = createTable({ ...options, create: false, timeout }, view.resolve);
  try {
    const rows = await table.list();
    const cameras = `${rows.length} ${rows.length === 1 ? 'camera' : 'cameras'}`;
    return { is: 'fine', code: 'table', option: 'table', message: `The table ${options.table} has ${cameras}.` };
  } catch (cause) {
    return {
      is: 'wrong',
      code: 'database',
      option: 'url',
      message: sentence(cause),
      fix: 'camd clients list --config PROFILE',
    };
  } finally {
    await table.close();
  }
}
