// registry/sql: the same tests on SQLite, PostgreSQL and MariaDB, and the command that edits the table.

import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { cameraToken } from '../../../plugins/kit/ingest/camera-token.ts';
import { createActivity } from '../../../plugins/registry/sql/activity.ts';
import plugin from '../../../plugins/registry/sql/index.ts';
import { createTable } from '../../../plugins/registry/sql/table.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { registryConformance } from '../../conformance/registry.ts';
import { type DatabaseServer, mariadb, postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

// The setup of two database servers takes long on a busy machine.
t.setTimeout(180_000);

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
  token_column: 'token',
  cache: 50,
  refresh: 100,
  timeout: 20_000,
  max_cameras: 100,
};

t.test('SQLite, in a file beside the profile, created if missing', async (t) => {
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
        // A file cannot be removed under an open connection; a table can be renamed.
        away: () => rename(file, 'clients', 'gone'),
        back: () => rename(file, 'gone', 'clients'),
        state: (is) => camd.state('clients', is),
      },
    };
  });
});

async function sqlite(file: string, sql: string): Promise<void> {
  const { default: Sqlite } = await import('libsql');
  const database = new Sqlite(file);
  database.exec(sql);
  database.close();
}

async function rename(file: string, from: string, to: string): Promise<void> {
  await sqlite(file, `alter table ${from} rename to ${to}`);
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

    t.test('ids can be integers, and times without a zone are UTC in every time zone of the machine', async (t) => {
      server.run(`${use(name)} create table camera (id int primary key, last_active timestamp null)`);
      server.run(`${use(name)} insert into camera values (7, '2023-05-20 12:00:00'), (8, null)`);
      const camd = await run(
        t,
        profile(server.url, 'table: camera', 'column: id', 'facts: [last_active]', 'last_active: last_active'),
      );
      const registry = camd.port('clients', 'registry');

      t.match((await registry.lookup('7'))?.last_active, /^2023-05-20T12:00:00(\.000)?Z$/);
      t.equal(await registry.lookup('seven'), undefined);
      t.equal(await registry.lookup('99999999999'), undefined);
      t.equal(camd.status('clients').state.is, 'running');
      registry.recordActivity?.('8');
      const before = Date.now() - 60_000;
      await until(
        async () => Date.parse(String((await registry.lookup('8'))?.last_active)) > before,
        'a time to be written',
      );
      t.ok(Date.parse(String((await registry.lookup('8'))?.last_active)) <= Date.now() + 1000);
    });

    t.test('facts are returned, and a table is created only with "create: true"', async (t) => {
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

t.test('without a server the node is degraded and reports the reason without the password', async (t) => {
  const camd = await run(t, profile('postgres://camd:swordfish@127.0.0.1:1/x'));

  const { state } = await camd.state('clients', 'degraded');

  t.match(state, { why: /cannot be read/ });
  t.notMatch(JSON.stringify([camd.lines, state]), /swordfish/);
});

t.test('stored, derived and HMAC tokens are verified and never among the facts', async (t) => {
  const CASES = [
    ['token: stored', 'a-token-of-its-own-1'],
    ['token: derived', cameraToken('derived', '7', 'some secret')],
    ['token: hmac', cameraToken('hmac', '7', 'some secret')],
  ] as const;
  for (const [option, token] of CASES) {
    const camd = await run(
      t,
      profile('sqlite:clients.db', 'column: id', option, "secret: 'some secret'", 'facts: [name]'),
    );
    const registry = camd.port('clients', 'registry');
    await registry.list();
    await sqlite(
      join(camd.folder, 'clients.db'),
      `insert into clients (id, name${option.endsWith('stored') ? ', token' : ''})
      values ('7', 'Door'${option.endsWith('stored') ? `, '${token}'` : ''})`,
    );

    t.equal(await registry.verify('7', token), 'ok', option);
    t.equal(await registry.verify('7', `${token}x`), 'wrong');
    t.equal(await registry.verify('7', ''), 'wrong');
    t.equal(await registry.verify('8', token), 'unknown');
    t.equal(await registry.verify('07', token), 'unknown');
    t.same(await registry.lookup('7'), { name: 'Door' });
    await camd.stop();
  }
});

t.test('a camera without a stored token is rejected with every token', async (t) => {
  const camd = await run(t, profile('sqlite:clients.db', 'token: stored'));
  const registry = camd.port('clients', 'registry');
  await registry.list();
  await sqlite(join(camd.folder, 'clients.db'), "insert into clients (uuid) values ('lobby')");

  t.equal(await registry.verify('lobby', ''), 'wrong');
  t.equal(await registry.verify('lobby', 'null'), 'wrong');
});

t.test('without "token" the registry verifies nothing and names the missing option', async (t) => {
  const camd = await run(t, profile('sqlite:clients.db'));

  await t.rejects(camd.port('clients', 'registry').verify('lobby', 'x'), /has no tokens; set its option "token"/);
});

t.test('watchers are notified of added, changed and removed rows within the refresh time', async (t) => {
  const camd = await run(
    t,
    profile('sqlite:clients.db', 'token: stored', 'refresh: 100ms').replace('cache: 50ms', 'cache: 1h'),
  );
  const registry = camd.port('clients', 'registry');
  const file = join(camd.folder, 'clients.db');
  await registry.list();
  t.equal(await registry.verify('lobby', 'first'), 'unknown');
  let notifications = 0;
  const release = registry.watch(() => void notifications++);
  await until(() => notifications > 0, 'the table to be read');

  for (const [sql, secret, verdict] of [
    ["insert into clients values ('lobby', 'first')", 'first', 'ok'],
    ["update clients set token = 'second'", 'first', 'wrong'],
    ["delete from clients where uuid = 'lobby'", 'second', 'unknown'],
  ] as const) {
    const before = notifications;
    await sqlite(file, sql);
    await until(() => notifications > before, sql);
    t.equal(await registry.verify('lobby', secret), verdict, 'the cached answer is replaced');
  }
  release();
});

t.test('the time of the newest picture is written back at once, then once a minute', async (t) => {
  const { clock, advance } = manualClock();
  const written: [string, number][] = [];
  const control = new AbortController();
  const activity = createActivity({
    clock,
    most: 2,
    write: async (camera, time) => void written.push([camera, time]),
  });
  const running = activity.run(control.signal);

  const first = clock.now();
  for (let second = 0; second < 150; second++) {
    activity.record('7');
    await advance(1000);
  }

  t.equal(written.length, 3, 'in two and a half minutes');
  t.same(written[0], ['7', first]);
  t.ok((written[2]?.[1] ?? 0) >= first + 119_000);
  for (const camera of ['8', '9']) activity.record(camera);
  t.equal(activity.size(), 2, 'the number of remembered cameras is bounded');
  control.abort();
  await running;
});

t.test('camd clients adds, lists and removes, and checks ids', async (t) => {
  const folder = t.testdir({});
  const clients = plugin.commands?.clients;
  const command = (...args: string[]) =>
    clients?.run(OPTIONS, args, (path) => join(folder, path)) ?? Promise.reject(new Error('no command'));

  t.same(await command('list'), []);
  t.same(await command('add', 'lobby', 'cafe', 'lobby'), [
    'added lobby',
    'added cafe',
    'lobby is already in the table',
  ]);
  t.same(await command('list'), ['cafe', 'lobby']);
  t.same(await command('remove', 'cafe', 'hall'), ['removed cafe', 'hall is not in the table']);
  t.same(await command('list'), ['lobby']);
  await t.rejects(command('add', '../etc'), /camera id/);
  await t.rejects(command('drop'), /Usage/);
  await t.rejects(command(), /Usage/);
});

t.test('camd clients add fills further columns and prints the token of a camera', async (t) => {
  const folder = t.testdir({});
  const options = { ...OPTIONS, facts: ['name'], token: 'stored' as const };
  const command = (...args: string[]) =>
    plugin.commands?.clients?.run(options, args, (path) => join(folder, path)) ??
    Promise.reject(new Error('no command'));

  const [line = ''] = await command('add', '7', 'name=Front door');

  t.match(line, /^added 7; its token is [0-9a-f]{48}$/);
  const table = createTable(options, (path) => join(folder, path));
  t.teardown(table.close);
  t.same(await table.lookup('7'), { facts: { name: 'Front door' }, token: line.slice(-48) });
  await t.rejects(command('add', '8', 'na"me=x'), /plain name/);
});

t.test('names of tables and columns must be plain names', (t) => {
  t.throws(() => createTable({ ...OPTIONS, table: 'clients; drop table clients' }, String), /plain name/);
  t.throws(() => createTable({ ...OPTIONS, column: 'uuid"' }, String), /plain name/);
  t.end();
});

t.test('if a server accepts connections and never answers, the node is degraded after the time-out', async (t) => {
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

t.test('a registry that a reload replaces or removes closes its connections', async (t) => {
  const rest = '  gate: { use: source/test-pattern }\n';
  await t.test('SQLite', async (t) => {
    const text = (cache: number): string => `${profile('sqlite:known.db', `max_cameras: ${cache}`)}\n${rest}`;
    const camd = await run(t, text(1000));
    const open = (): number => linksInto(camd.folder).filter((path) => path.endsWith('known.db')).length;
    await until(() => open() > 0, 'the database to be open');
    let most = 0;

    for (let round = 1; round <= 10; round++) {
      t.ok((await camd.reload(text(1000 + round))).ok);
      await camd.port('clients', 'registry').lookup('lobby');
      most = Math.max(most, open());
    }
    await camd.reload(`camd: 1\npipeline:\n${rest}`);

    // SQLite keeps the descriptor of a closed handle for the next one while another handle has locks on the file.
    t.ok(most <= 4, `${most} descriptors: those of one registry, of one that is just ending, and of the next one`);
    await until(() => open() === 0, 'the last handle to be closed');
  });
  await t.test('PostgreSQL', async (t) => {
    const server = await postgres(t);
    const text = (cache: number): string => `${profile(server.url, 'create: true', `max_cameras: ${cache}`)}\n${rest}`;
    const { default: pg } = await import('pg');
    const client = new pg.Client(server.url);
    await client.connect();
    t.teardown(() => client.end());
    const others = async (): Promise<number> => {
      const { rows } = await client.query<{ count: string }>(
        "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
      );
      return Number(rows[0]?.count);
    };
    const camd = await run(t, text(1000));

    for (let round = 1; round <= 10; round++) {
      t.ok((await camd.reload(text(1000 + round))).ok);
      await camd.port('clients', 'registry').lookup('lobby');
    }
    await until(async () => {
      const most = await others();
      return most >= 1 && most <= 8;
    }, 'the connections of one registry, and of one that is just ending');
    await camd.reload(`camd: 1\npipeline:\n${rest}`);

    await until(async () => (await others()) === 0, 'all connections to be closed');
  });
});

/** Files in this folder that this process has open. */
function linksInto(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor with which the folder was read.
      return '';
    }
  });
  return links.filter((path) => path.startsWith(folder));
}
