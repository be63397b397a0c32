// Values and errors of databases, converted for camd.

import { setTimeout } from 'node:timers/promises';
import Sqlite from 'libsql';
import t from 'tap';
import { openDatabase } from '../../../../plugins/kit/sql/database.ts';
import { describe, factOf, isUnreadableId, quotedName, timeFor } from '../../../../plugins/kit/sql/values.ts';

t.test('a value becomes a fact: unchanged, a time as text, anything else as its text', (t) => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [null, null],
    [undefined, null],
    ['a', 'a'],
    ['', ''],
    [0, 0],
    [false, false],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [12n, '12'],
    [Buffer.from('x'), 'x'],
  ];
  for (const [value, fact] of cases) t.strictSame(factOf(value), fact, String(value));
  t.end();
});

t.test('a time is written in the format of its database', (t) => {
  t.equal(timeFor('postgres', 1), '1970-01-01T00:00:00.001Z');
  t.equal(timeFor('sqlite', 1), '1970-01-01T00:00:00.001Z');
  t.equal(timeFor('mysql', 1), '1970-01-01 00:00:00.001');
  t.end();
});

t.test('an id that the column cannot hold is distinguished from other errors', (t) => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });

  t.equal(isUnreadableId(coded('22P02')), true);
  t.equal(isUnreadableId(coded('22003')), true);
  t.equal(isUnreadableId(coded('22004')), false);
  t.equal(isUnreadableId(new Error('22P02')), false);
  t.equal(isUnreadableId({ code: '22P02' }), false);
  t.end();
});

t.test('an error is described by its message, its code, or its name', (t) => {
  t.equal(describe(new Error('It failed.')), 'It failed');
  t.equal(describe(Object.assign(new Error(''), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  t.equal(describe(new TypeError('')), 'TypeError');
  t.equal(describe(new AggregateError([new Error('first'), new Error('second')])), 'first');
  t.equal(describe('text'), 'text');
  t.end();
});

t.test('a name is quoted part by part', (t) => {
  t.equal(quotedName('cameras'), '"cameras"');
  t.equal(quotedName('public.cameras'), '"public"."cameras"');
  t.end();
});

t.test('a URL of an unknown database is refused', async (t) => {
  for (const url of ['oracle://a', 'sqlite', '']) {
    await t.rejects(
      openDatabase(url, 1000, (path) => path),
      { code: 'bad-url', blame: 'profile', message: /must begin with sqlite:/ },
      url,
    );
  }
});

t.test('a file is opened under its absolute path, in WAL mode, and closed', async (t) => {
  const folder = t.testdir({});
  for (const [url, name] of [
    ['sqlite:a.db', 'a.db'],
    ['file:b.db', 'b.db'],
    [`sqlite://${folder}/c.db`, 'c.db'],
  ] as const) {
    const paths: string[] = [];
    const opened = await openDatabase(url, 1000, (path) => {
      paths.push(path);
      return path.startsWith('/') ? path : `${folder}/${path}`;
    });
    await opened.raw('CREATE TABLE t (a)');
    await opened.database.insertInto('t').values({ a: 7 }).execute();

    t.equal(opened.kind, 'sqlite');
    t.same(await opened.database.selectFrom('t').selectAll().execute(), [{ a: 7 }]);
    t.same(paths, [name === 'c.db' ? `${folder}/c.db` : name]);
    await opened.close();
    await t.rejects(opened.raw('SELECT 1'));
  }
});

t.test('a file that another process writes is opened as soon as it is free, or refused in time', async (t) => {
  const path = `${t.testdir({})}/busy.db`;
  const other = new Sqlite(path);
  t.teardown(() => other.close());
  other.exec('CREATE TABLE t (a)');
  other.exec('BEGIN IMMEDIATE');

  await t.rejects(
    openDatabase(`sqlite:${path}`, 50, (file) => file),
    { code: 'SQLITE_BUSY' },
  );
  const opening = openDatabase(`sqlite:${path}`, 60_000, (file) => file);
  // Long enough for the first attempt to find the file busy.
  await setTimeout(500);
  other.exec('COMMIT');
  const opened = await opening;

  t.same(await opened.database.selectFrom('t').selectAll().execute(), []);
  await opened.close();
});

t.test(
  'a query waits while another process writes, without blocking the event loop, or is refused in time',
  async (t) => {
    const path = `${t.testdir({})}/busy.db`;
    const patient = await openDatabase(`sqlite:${path}`, 60_000, (file) => file);
    const hasty = await openDatabase(`sqlite:${path}`, 50, (file) => file);
    const other = new Sqlite(path);
    t.teardown(async () => {
      other.close();
      await patient.close();
      await hasty.close();
    });
    await patient.raw('CREATE TABLE t (a)');
    other.exec('BEGIN IMMEDIATE');

    await t.rejects(hasty.raw('INSERT INTO t VALUES (1)'), { code: 'SQLITE_BUSY' });
    const inserted = patient.database.insertInto('t').values({ a: 2 }).execute();
    // The timer would be late by the whole timeout if the query blocked the loop.
    const until = performance.now() + 60_000;
    await setTimeout(500);
    t.ok(performance.now() < until, 'the event loop runs meanwhile');
    other.exec('COMMIT');
    await inserted;

    t.same(await hasty.database.selectFrom('t').selectAll().execute(), [{ a: 2 }]);
    await hasty.raw('INSERT INTO t VALUES (3)');
    other.exec('INSERT INTO t VALUES (4)');
    const seen = new Sqlite(path);
    t.match(seen.pragma('journal_mode'), [{ journal_mode: 'wal' }]);
    t.match(seen.prepare('SELECT a FROM t').all(), [{ a: 2 }, { a: 3 }, { a: 4 }], 'each write was committed at once');
    seen.close();
    await t.rejects(patient.raw('INSERT INTO nowhere VALUES (1)'), /nowhere/, 'another error is not retried');
    await patient.raw('INSERT INTO t VALUES (5)');
    other.exec('INSERT INTO t VALUES (6)');
  },
);
