// registry/sql for a fleet: pages of a large table, and change notifications of PostgreSQL.

import t from 'tap';
import { postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);
const server = await postgres(t);

const profile = (...options: string[]) => dedent`
  camd: 1
  control: false
  pipeline:
    clients:
      use: registry/sql
      url: '${server.url}'
      timeout: 1m
      ${options.join('\n      ')}
`;

t.test('a large table is paged through without being held in memory', async (t) => {
  server.run('create table large (uuid varchar(64) primary key)');
  server.run("insert into large select 'camera-' || lpad(n::text, 7, '0') from generate_series(1, 25000) as n");
  const registry = (await run(t, profile('table: large'))).port('clients', 'registry');

  const seen: string[] = [];
  for (let after: string | undefined; ; after = seen.at(-1)) {
    const page = await registry.list({ limit: 9999, ...(after === undefined ? {} : { after }) });
    seen.push(...(page ?? []));
    if ((page?.length ?? 0) < 9999) break;
  }

  t.equal(seen.length, 25_000);
  t.equal(new Set(seen).size, 25_000);
  t.same([seen[0], seen.at(-1)], ['camera-0000001', 'camera-0025000']);
});

t.test(
  'changes take effect at once; changes made during an outage of the database, as soon as it is back',
  async (t) => {
    // Without notifications, lookups would be cached for an hour.
    const camd = await run(t, profile('create: true', 'listen: cameras_changed', 'refresh: 1h', 'cache: 1h'));
    const registry = camd.port('clients', 'registry');
    let notifications = 0;
    registry.watch(() => void notifications++);
    t.equal(await registry.lookup('lobby'), undefined);
    await until(() => notifications > 0, 'the first reading');

    server.run("insert into clients values ('lobby')");
    await until(async () => (await registry.lookup('lobby')) !== undefined, 'lobby to be known');
    const before = notifications;
    server.run("delete from clients where uuid = 'lobby'");
    await until(async () => (await registry.lookup('lobby')) === undefined, 'lobby to be unknown');
    await until(() => notifications > before, 'the watcher to be notified');

    await server.kill();
    await camd.state('clients', 'degraded');
    await server.start();
    server.run("insert into clients values ('lobby')");
    await until(
      async () => (await registry.lookup('lobby').catch(() => undefined)) !== undefined,
      'lobby to be known again',
    );
    t.pass();
  },
);

t.test('a channel needs PostgreSQL', async (t) => {
  const yaml = profile('listen: changes').replace(server.url, 'sqlite:clients.db');
  await t.rejects(run(t, yaml), { message: /only PostgreSQL reports changes/ });
});
