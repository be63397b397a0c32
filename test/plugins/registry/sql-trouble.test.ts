// registry/sql and a real PostgreSQL in trouble: ids that a column cannot hold, and a server that hangs.

import { execFileSync } from 'node:child_process';
import t from 'tap';
import { postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

t.setTimeout(180_000);

const KNOWN = '7f0c1f5e-0c65-4b5b-9d3a-1de0a1a4c001';

const profile = (url: string, ...options: string[]) => dedent`
  camd: 1
  pipeline:
    clients:
      use: registry/sql
      url: '${url}'
      cache: 50ms
      ${options.join('\n      ')}
`;

t.test('an id that a uuid column cannot hold is unknown, and the node stays ready for the others', async (t) => {
  const server = await postgres(t);
  server.run(`create table clients (uuid uuid primary key); insert into clients values ('${KNOWN}')`);
  const camd = await run(t, profile(server.url, 'timeout: 60s'));
  const registry = camd.port('clients', 'registry');
  await until(async () => (await registry.lookup(KNOWN).catch(() => undefined)) !== undefined, 'the database');

  for (const id of ['lobby', '7f0c1f5e', `${KNOWN}0`, 'x'.repeat(128), KNOWN.toUpperCase()]) {
    t.equal(await registry.lookup(id), undefined, id);
    t.match(camd.status('clients').state, { is: 'running' }, `${id} causes no failure`);
  }
  t.ok(await registry.lookup(KNOWN));
  t.notOk(camd.status('clients').metrics.failed_queries_total);
});

t.test('with a server that hangs, a known screen waits far less than the time-out', async (t) => {
  const server = await postgres(t);
  server.run(`create table clients (uuid text primary key); insert into clients values ('lobby'), ('cafe')`);
  const camd = await run(t, profile(server.url, 'timeout: 20s'));
  const registry = camd.port('clients', 'registry');
  await until(async () => (await registry.lookup('lobby').catch(() => undefined)) !== undefined, 'the database');
  await registry.lookup('cafe');
  const psql = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'camd', '-Atc'];
  const sql = 'select pid from pg_stat_activity where pid <> pg_backend_pid()';
  const pids = execFileSync('psql', [...psql, sql, 'postgres'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
  const all = (signal: NodeJS.Signals) => {
    for (const pid of pids) process.kill(pid, signal);
  };
  t.teardown(() => all('SIGCONT'));

  all('SIGSTOP');
  const from = performance.now();
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    t.ok(await registry.lookup('lobby'));
    t.ok(await registry.lookup('cafe'));
  }
  const took = performance.now() - from;
  all('SIGCONT');
  await until(async () => (await registry.lookup('stranger')) === undefined, 'answers again');

  t.ok(took < 15_000, `ten lookups took ${Math.round(took)} ms, and a single time-out is 20 s`);
});
