// store/sql: as every store, on PostgreSQL and SQLite, and pictures stored by others.

import t from 'tap';
import { frameOf, storeConformance } from '../../conformance/store.ts';
import { postgres } from '../../support/databases.ts';
import { dedent } from '../../support/dedent.ts';
import { run } from '../../support/harness.ts';
import { until } from '../../support/until.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

const database = await postgres(t);

const profileOf = (url: string, table: string, folder = 'pictures', more = ''): string => dedent`
  camd: 1
  control: false
  pipeline:
    disk: { use: store/disk, path: '${folder}', min_free: 0B, durable: false }
    index: { use: store/sql, from: disk, url: '${url}', table: ${table}, timeout: 1m ${more} }
`;

let tables = 0;
for (const [name, url] of [
  ['PostgreSQL', database.url],
  ['SQLite', 'sqlite:index.db'],
] as const) {
  t.test(`store/sql as every store, in ${name}`, (t) =>
    storeConformance(t, async (t) => {
      const yaml = profileOf(url, `Pictures_${tables++}`);
      const camd = await run(t, yaml);
      return {
        store: camd.port('index', 'store'),
        async reopen() {
          await camd.reload(yaml.replace('timeout: 1m', 'timeout: 2m'));
          return camd.port('index', 'store');
        },
      };
    }),
  );
}

t.test('each hub lists the pictures that the other stores, deletes or finds', async (t) => {
  const first = await run(t, profileOf(database.url, 'shared'));
  const second = await run(t, profileOf(database.url, 'shared', `${first.folder}/pictures`));
  const [here, there] = [first.port('index', 'store'), second.port('index', 'store')];

  const put = await here.put(frameOf('front', 1, NOON));
  t.same(await there.list({ order: 'oldest-first', limit: 10 }), [put]);
  t.equal(await here.delete(put.id), true);
  t.same(await there.list({ order: 'oldest-first', limit: 10 }), []);
});

t.test('unregistered pictures are found, and rows without a picture are deleted', async (t) => {
  const camd = await run(t, profileOf(database.url, 'reconciled', 'pictures', ', reconcile: 200ms'));
  const [disk, index] = [camd.port('disk', 'store'), camd.port('index', 'store')];
  const old = await disk.put(frameOf('front', 1, NOON));
  await disk.put(frameOf('front', 2, NOON + 1000));
  const last = await disk.put(frameOf('back', 3, NOON));

  await until(async () => (await index.usage()).count === 3, 'three pictures to be indexed');
  t.same(await index.cameras(), ['back', 'front']);

  await disk.delete(old.id);
  await until(async () => (await index.usage()).count === 2, 'the row of the deleted one to go');
  await disk.delete(last.id);
  await until(async () => (await index.usage()).count === 1, 'the row of a camera without any picture to go');
  t.same(await index.cameras(), ['front']);
});

t.test('a database that is away refuses the picture, so that its sender keeps it', async (t) => {
  const camd = await run(t, profileOf(database.url, 'away'));
  const index = camd.port('index', 'store');
  await index.put(frameOf('front', 1, NOON));

  await database.kill();
  await t.rejects(index.put(frameOf('front', 2, NOON + 1)), { name: 'Fault', code: 'database' });
  await database.start();
  await until(
    () =>
      index.put(frameOf('front', 2, NOON + 1)).then(
        () => true,
        () => false,
      ),
    'the picture to be accepted',
  );

  t.equal((await index.usage()).count, 2);
});
