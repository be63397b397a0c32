// Folders below one root: shared while they are used, made when asked for, and never behind a link.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createFolders, hasDescriptors } from '../../../../plugins/kit/disk/folders.ts';
import { until } from '../../../support/until.ts';

const root = (t: Test): string => realpathSync(t.testdir({}));
/** Descriptors of this process that lead to a folder. */
const openAt = (folder: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === folder;
    } catch {
      return false;
    }
  }).length;

t.test('a folder is made level by level when it is asked for, and is otherwise missing', async (t) => {
  for (const descriptors of [true, false]) {
    const at = root(t);
    const folders = createFolders(at, descriptors, true);
    await t.rejects(folders.open('a/b'), { code: 'ENOENT' });
    t.equal(existsSync(join(at, 'a')), false);
    const folder = await folders.open('a/b', true);
    await writeFile(folder.inside('x'), 'x');
    await folder.flush();
    t.ok(existsSync(join(at, 'a/b/x')));
    folder.release();
    const again = await folders.open('a/b');
    t.equal(existsSync(again.inside('x')), true);
    again.release();
    const top = await folders.open('');
    t.equal(existsSync(top.inside('a')), true);
    top.release();
  }
});

t.test('a link or a file in the way is a fault', async (t) => {
  for (const descriptors of [true, false]) {
    const base = root(t);
    const [at, outside] = [join(base, 'at'), join(base, 'outside')];
    for (const folder of [at, outside, join(at, 'real')]) mkdirSync(folder);
    symlinkSync(outside, join(at, 'real/link'));
    writeFileSync(join(at, 'file'), '');
    const folders = createFolders(at, descriptors, true);
    for (const path of ['real/link', 'real/link/sub', 'file', 'file/sub']) {
      await t.rejects(
        folders.open(path, true),
        { code: 'not-a-folder', message: /is a symbolic link or not a folder/ },
        path,
      );
    }
    t.same(readdirSync(outside), []);
    t.equal(openAt(join(at, 'real')), 0, 'nothing stays open');
    t.equal(openAt(at), 0);
  }
});

t.test('with descriptors a folder stays the one that was opened, wherever its path leads', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const folder = await folders.open('a', true);
  renameSync(join(at, 'a'), join(at, 'moved'));
  await writeFile(folder.inside('x'), 'x');
  t.ok(existsSync(join(at, 'moved/x')));

  const shared = await folders.open('a', true);
  await writeFile(shared.inside('y'), 'y');
  t.ok(existsSync(join(at, 'moved/y')), 'who asks meanwhile gets the same');
  folder.distrust();
  const fresh = await folders.open('a', true);
  await writeFile(fresh.inside('z'), 'z');
  t.ok(existsSync(join(at, 'a/z')), 'and after it failed the one of the path');
  for (const one of [folder, shared, fresh]) one.release();
});

t.test('a folder is open while somebody uses it; one that was written to a little longer', async (t) => {
  const at = root(t);
  mkdirSync(join(at, 'read'));
  const folders = createFolders(at, true, false);
  const [first, second] = [await folders.open('read'), await folders.open('read')];
  t.equal(openAt(join(at, 'read')), 1, 'shared');
  first.release();
  first.release();
  t.equal(openAt(join(at, 'read')), 1);
  second.release();
  await until(() => openAt(join(at, 'read')) === 0, 'the end of a folder that was only read');

  const written = await folders.open('written', true);
  written.release();
  const next = await folders.open('written', true);
  t.equal(openAt(join(at, 'written')), 1);
  next.release();
  await until(() => openAt(join(at, 'written')) === 0, 'the end of a folder that was written to');
  t.equal(openAt(at), 0);
});

t.test('only so many folders stay open for a next picture', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const all = await Promise.all(Array.from({ length: 30 }, (_, index) => folders.open(`f${index}`, true)));
  const open = (): number => all.filter((_, index) => openAt(join(at, `f${index}`)) > 0).length;
  t.equal(open(), 30);
  for (const folder of all) folder.release();
  await until(() => open() <= 16, 'those beyond the bound');
  await until(() => open() === 0, 'all of them');
  const later = await Promise.all(Array.from({ length: 16 }, (_, index) => folders.open(`f${index}`, true)));
  for (const folder of later) folder.release();
  t.ok(open() > 0, 'there is room for them again');
  await until(() => open() === 0, 'the end');
});

t.test('who would make a folder is not answered by one who would not', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const reader = folders.open('a');
  const writer = folders.open('a', true);
  await t.rejects(reader, { code: 'ENOENT' });
  (await writer).release();
  t.ok(existsSync(join(at, 'a')));
});

t.test('flushes at the same time share one that began after all of them', async (t) => {
  const folders = createFolders(root(t), true, true);
  const folder = await folders.open('', false);
  await Promise.all(Array.from({ length: 20 }, () => folder.flush()));
  await folder.flush();
  folder.release();
  t.equal(await hasDescriptors(), existsSync('/proc/self/fd'));
});
