// Rejected payloads, kept in a folder within limits.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createRejects, MAX_WAITING, type RejectsOptions } from '../../../../plugins/kit/ingest/rejects.ts';

const START = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function world(t: Test, more: Partial<RejectsOptions> = {}) {
  const folder = join(t.testdir({}), 'rejects');
  const counts: string[] = [];
  const warnings: [string, unknown][] = [];
  let time = START;
  const rejects = createRejects({
    folder,
    maxFiles: 3,
    maxBytes: 100,
    log: { warn: (text, fields) => void warnings.push([text, fields]) },
    metrics: { count: (name) => void counts.push(name) },
    now: () => time++,
    ...more,
  });
  return { folder, counts, warnings, rejects, names: () => readdirSync(folder).sort() };
}

t.test('a payload is kept under its time, number, camera and kind', async (t) => {
  const { rejects, folder, counts, names } = world(t, { maxFiles: 9 });
  const payloads: readonly (readonly [Buffer, string])[] = [
    [Buffer.from([0xff, 0xd8, 1]), '20260102T030405006Z_000001_gate.jpg'],
    [Buffer.from('\x89PNG…', 'latin1'), '20260102T030405007Z_000002_gate.png'],
    [Buffer.from([0xff, 0xd9]), '20260102T030405008Z_000003_gate.bin'],
    [Buffer.from([0xfe, 0xd8]), '20260102T030405009Z_000004_gate.bin'],
    [Buffer.from('PNG'), '20260102T030405010Z_000005_gate.bin'],
    [Buffer.alloc(0), '20260102T030405011Z_000006_gate.bin'],
  ];
  for (const [payload, name] of payloads) {
    t.equal(await rejects.keep('gate', payload), name);
    t.ok(readFileSync(join(folder, name)).equals(payload));
  }
  t.equal(names().length, payloads.length, 'no partly written file remains');
  t.same(
    counts,
    payloads.map(() => 'rejects_kept_total'),
  );
});

t.test('the oldest are deleted when there are too many files or too many bytes', async (t) => {
  const many = world(t);
  for (let index = 0; index < 4; index++) await many.rejects.keep(`c${index}`, Buffer.from('x'));
  t.same(
    many.names().map((name) => name.slice(-6, -4)),
    ['c1', 'c2', 'c3'],
  );

  const large = world(t, { maxFiles: 99 });
  await large.rejects.keep('a', Buffer.alloc(40));
  await large.rejects.keep('b', Buffer.alloc(30));
  await large.rejects.keep('c', Buffer.alloc(30));
  t.equal(large.names().length, 3, 'exactly the limit');
  await large.rejects.keep('d', Buffer.alloc(41));
  t.same(
    large.names().map((name) => name.slice(-5, -4)),
    ['c', 'd'],
  );
  t.equal(await large.rejects.keep('e', Buffer.alloc(101)), undefined);
  t.equal(large.counts.at(-1), 'rejects_left_out_total');
  await large.rejects.keep('f', Buffer.alloc(100));
  t.same(
    large.names().map((name) => name.slice(-5, -4)),
    ['f'],
  );
});

t.test('only its own files are counted and deleted, partly written ones too', async (t) => {
  const { rejects, folder, names } = world(t, { maxBytes: 300 });
  mkdirSync(folder);
  const foreign = ['notes.txt', '20260101T000000000Z_000001_a.gif', 'x20260101T000000000Z_000001_a.jpg'];
  const half = '20260101T000000000Z_000009_a.jpg.part';
  const old = '20260101T000000000Z_000001_a.jpg';
  for (const name of [...foreign, half, old]) writeFileSync(join(folder, name), 'x'.repeat(90));
  await rejects.keep('gate', Buffer.from('x'));

  t.same(
    names().filter((name) => !foreign.includes(name)),
    [old, '20260102T030405006Z_000001_gate.bin'],
  );
  for (const name of foreign) t.ok(existsSync(join(folder, name)), name);
});

t.test('without a folder nothing is kept', async (t) => {
  const { rejects, counts } = world(t, { folder: undefined });

  t.equal(await rejects.keep('gate', Buffer.from('x')), undefined);
  t.same(counts, []);
});

t.test('a failed write is reported, and the next payload is still tried', async (t) => {
  const { rejects, folder, counts, warnings } = world(t);
  writeFileSync(folder, 'a file in the way');

  t.equal(await rejects.keep('gate', Buffer.from('x')), undefined);
  t.match(warnings, [['a refused payload cannot be kept', { camera: 'gate', why: /cannot store pictures/ }]]);
  t.equal(await rejects.keep('gate', Buffer.from('x')), undefined);
  t.same(counts, ['rejects_left_out_total', 'rejects_left_out_total']);
});

t.test('the number of payloads that wait for the disk is limited, further ones are skipped', async (t) => {
  const { rejects, counts } = world(t, { maxFiles: 99 });
  const kept = await Promise.all(Array.from({ length: MAX_WAITING + 2 }, () => rejects.keep('gate', Buffer.from('x'))));

  t.equal(kept.filter((name) => name !== undefined).length, MAX_WAITING);
  t.equal(counts.filter((name) => name === 'rejects_left_out_total').length, 2);
  t.ok(await rejects.keep('gate', Buffer.from('x')), 'a further payload is kept again');
});
