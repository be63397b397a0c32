// registry/sql: the same tests on SQLite, PostgreSQL and MariaDB, and the command that edits the table.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import plugin from '../../../plugins/registry/sql/index.ts';
import { createTable } from '../../../plugins/registry/sql/table.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { registryConformance } from '../../conformance/registry.ts';
import { type DatabaseServer, mariadb, postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';

const profile = (url: string, ...options: string[]) => dedent`
  camd: 1
  pipeline:
    clients:
      use: registry/sql
      url: '${url}'
      cache: 50ms
      timeout: 1m
      ${options.join('\n      ')}
`;

const OPTIONS: RegistrySqlOptions = {
  url: 'sqlite:clients.db',
  table: 'clients',
  column: 'uuid',
  facts: [],
  cache: 50,
  timeout: 2000,
  max_cameras: 100,
};

t.test('SQLite, in a file beside the profile that is made when it is missing', async (t) => {
  registryConformance(t, async (t) => {
    const camd = await run(t, profile('sqlite:clients.db'));
    const file = join(camd.folder, 'clients.db');
    const table = createTable(OPTIONS, () => file);
    t.teardown(table.close);
    await table.add('lobby');
    await table.add('cafe');
    return {
      registry: camd.port('clients', 'registry'),
      elsewhere: {
        add: async (camera) => void (await table.add(camera)),
        remove: async (camera) => void (await table.remove(camera)),
        // A file cannot go away under an open connection; a table can.
        away: () => rename(file, 'clients', 'gone'),
        back: () => rename(file, 'gone', 'clients'),
        state: (is) => camd.state('clients', is),
      },
    };
  });
});

async function rename(file: string, from: string, to: string): Promise<void> {
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(file);
  database.exec(`alter table ${from} rename to ${to}`);
  database.close();
}

for (const [name, start] of [
  ['PostgreSQL', postgres],
  ['MariaDB', mariadb],
] as const) {
  t.test(name, async (t) => {
    const server = await start(t);
    let tables = 0;
    registryConformance(t, async (t) => {
      const table = `screens_${tables++}`;
      server.run(`${use(name)} create table ${table} (uuid varchar(64) primary key, name varchar(64))`);
      server.run(`${use(name)} insert into ${table} values ('lobby', 'Lobby'), ('cafe', null)`);
      const camd = await run(t, profile(server.url, `table: ${table}`, 'facts: [name]'));
      return { registry: camd.port('clients', 'registry'), elsewhere: elsewhere(camd, server, name, table) };
    });

    t.test('facts are told, and a table is only made when asked to', async (t) => {
      server.run(`${use(name)} create table facts (uuid varchar(64) primary key, name varchar(64), floor int)`);
      server.run(`${use(name)} insert into facts values ('lobby', 'Lobby', 3)`);
      const known = await run(t, profile(server.url, 'table: facts', 'facts: [name, floor]'));
      const absent = await run(t, profile(server.url, 'table: absent'));
      const made = await run(t, profile(server.url, 'table: made', 'create: true'));

      t.same(await known.port('clients', 'registry').lookup('lobby'), { name: 'Lobby', floor: 3 });
      t.match((await absent.state('clients', 'degraded')).state, { why: /absent/ });
      t.same(await made.port('clients', 'registry').list(), []);
    });
  });
}

const use = (name: string) => (name === 'MariaDB' ? 'use camd;' : '');

function elsewhere(camd: Running, server: DatabaseServer, name: string, table: string) {
  return {
    add: (camera: string) => server.run(`${use(name)} insert into ${table} values ('${camera}', null)`),
    remove: (camera: string) => server.run(`${use(name)} delete from ${table} where uuid = '${camera}'`),
    away: () => server.kill(),
    back: () => server.start(),
    state: (is: 'running' | 'degraded') => camd.state('clients', is),
  };
}

t.test('an absent server is no failure: the node is degraded and says why, without the password', async (t) => {
  const camd = await run(t, profile('postgres://camd:swordfish@127.0.0.1:1/x'));

  const { state } = await camd.state('clients', 'degraded');

  t.match(state, { why: /cannot be read/ });
  t.notMatch(JSON.stringify([camd.lines, state]), /swordfish/);
});

t.test('camd clients adds, lists and removes, and checks ids', async (t) => {
  const folder = t.testdir({});
  const clients = plugin.commands?.clients;
  const command = (...words: string[]) =>
    clients?.run(OPTIONS, words, (path) => join(folder, path)) ?? Promise.reject(new Error('no command'));

  t.same(await command('list'), []);
  t.same(await command('add', 'lobby', 'cafe', 'lobby'), ['added lobby', 'added cafe', 'lobby was there already']);
  t.same(await command('list'), ['cafe', 'lobby']);
  t.same(await command('remove', 'cafe', 'hall'), ['removed cafe', 'hall was not there']);
  t.same(await command('list'), ['lobby']);
  await t.rejects(command('add', '../etc'), /camera id/);
  await t.rejects(command('drop'), /Usage/);
  await t.rejects(command(), /Usage/);
});

t.test('names of tables and columns are plain names, whoever passes them', (t) => {
  t.throws(() => createTable({ ...OPTIONS, table: 'clients; drop table clients' }, String), /plain name/);
  t.throws(() => createTable({ ...OPTIONS, column: 'uuid"' }, String), /plain name/);
  t.end();
});

t.test('a server that takes connections and never answers is given up after the time-out', async (t) => {
  const silent = createServer((socket) => void socket.on('error', () => {}).resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => void silent.close());
  const { port } = silent.address() as AddressInfo;

  for (const scheme of ['postgres', 'mariadb']) {
    const url = `${scheme}://camd:swordfish@127.0.0.1:${port}/x`;
    const camd = await run(t, profile(url).replace('timeout: 1m', 'timeout: 200ms'));

    const { state } = await camd.state('clients', 'degraded');

    t.match(state, { why: /The table clients cannot be read: .*time|within 200 ms/ }, scheme);
  }
});
