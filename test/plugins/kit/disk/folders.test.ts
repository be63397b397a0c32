// Folders below one root: shared while in use, created on request, and never behind a link.

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
import { type FileHandle, open, writeFile } from 'node:fs/promises';
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

t.test('a folder is created level by level on request, and is missing otherwise', async (t) => {
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

t.test('a link or a file in the path is a fault', async (t) => {
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

t.test('with descriptors an open folder stays the same, even if its path changes', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const folder = await folders.open('a', true);
  renameSync(join(at, 'a'), join(at, 'moved'));
  await writeFile(folder.inside('x'), 'x');
  t.ok(existsSync(join(at, 'moved/x')));

  const shared = await folders.open('a', true);
  await writeFile(shared.inside('y'), 'y');
  t.ok(existsSync(join(at, 'moved/y')), 'a concurrent open gets the same folder');
  folder.invalidate();
  const fresh = await folders.open('a', true);
  await writeFile(fresh.inside('z'), 'z');
  t.ok(existsSync(join(at, 'a/z')), 'and after a failure the one at the path');
  for (const handle of [folder, shared, fresh]) handle.release();
});

t.test('a folder stays open while it is in use, and a written one a little longer', async (t) => {
  const at = root(t);
  mkdirSync(join(at, 'read'));
  const folders = createFolders(at, true, false);
  const [first, second] = [await folders.open('read'), await folders.open('read')];
  t.equal(openAt(join(at, 'read')), 1, 'shared');
  first.release();
  first.release();
  t.equal(openAt(join(at, 'read')), 1);
  second.release();
  await until(() => openAt(join(at, 'read')) === 0, 'a folder that was only read to close');

  const written = await folders.open('written', true);
  written.release();
  const next = await folders.open('written', true);
  t.equal(openAt(join(at, 'written')), 1);
  next.release();
  await until(() => openAt(join(at, 'written')) === 0, 'a folder that was written to close');
  t.equal(openAt(at), 0);
});

t.test('the number of folders kept open for the next picture is limited', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const all = await Promise.all(Array.from({ length: 30 }, (_, index) => folders.open(`f${index}`, true)));
  const open = (): number => all.filter((_, index) => openAt(join(at, `f${index}`)) > 0).length;
  t.equal(open(), 30);
  for (const folder of all) folder.release();
  await until(() => open() <= 16, 'those beyond the limit to close');
  await until(() => open() === 0, 'all of them to close');
  const later = await Promise.all(Array.from({ length: 16 }, (_, index) => folders.open(`f${index}`, true)));
  for (const folder of later) folder.release();
  t.ok(open() > 0, 'they can be kept open again');
  await until(() => open() === 0, 'all of them to close');
});

t.test('a request that creates a folder and one that does not are not merged', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const reader = folders.open('a');
  const writer = folders.open('a', true);
  await t.rejects(reader, { code: 'ENOENT' });
  (await writer).release();
  t.ok(existsSync(join(at, 'a')));
});

t.test('concurrent requests that create one folder all get it', async (t) => {
  const at = root(t);
  const makers = Array.from({ length: 20 }, () => createFolders(at, true, false).open('a/b', true));
  for (const folder of await Promise.all(makers)) folder.release();
  t.ok(existsSync(join(at, 'a/b')));
});

t.test('concurrent flushes share one that began after all of them', async (t) => {
  const folders = createFolders(root(t), true, true);
  const folder = await folders.open('', false);
  await Promise.all(Array.from({ length: 20 }, () => folder.flush()));
  await folder.flush();
  folder.release();
  t.equal(await hasDescriptors(), existsSync('/proc/self/fd'));
});

/** The timers that are set and not cleared; the test fires them. */
function heldTimers(t: Test) {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const timers = new Map<object, { readonly ms: number; work(): void }>();
  const fakes = {
    setTimeout(work: () => void, ms: number) {
      const timer = { unref: () => timer };
      timers.set(timer, { ms, work });
      return timer;
    },
    clearTimeout: (timer: object) => void timers.delete(timer),
  };
  Object.assign(globalThis, fakes);
  const restore = (): void => void Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  t.teardown(restore);
  return {
    restore,
    times: () => [...timers.values()].map(({ ms }) => ms),
    fire() {
      const all = [...timers.values()];
      timers.clear();
      for (const { work } of all) work();
    },
  };
}

t.test(
  'sixteen written folders are kept open for the next picture, and using one does not occupy another place',
  async (t) => {
    const at = root(t);
    const folders = createFolders(at, true, false);
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => folders.open(`f${index}`, true)));
    const held = heldTimers(t);
    for (const folder of all) folder.release();
    t.same(held.times(), Array(16).fill(100));

    const [used, more] = [await folders.open('f0', true), await folders.open('f0', true)];
    t.equal(held.times().length, 15, 'a folder in use has no timer');
    used.release();
    t.equal(held.times().length, 15);
    const other = await folders.open('other', true);
    other.release();
    t.equal(held.times().length, 16, 'another one takes its place');
    more.release();
    t.equal(held.times().length, 16);

    held.fire();
    const later = await Promise.all(Array.from({ length: 20 }, (_, index) => folders.open(`f${index}`, true)));
    for (const folder of later) folder.release();
    t.equal(held.times().length, 16, 'as many can be kept open again');
    held.fire();
    held.restore();
    await until(() => readdirSync(at).every((name) => openAt(join(at, name)) === 0), 'all of them to close');
  },
);

t.test('a folder that was only read, or that has failed, does not stay open', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const written = await folders.open('a', true);
  const read = await folders.open('a');
  const held = heldTimers(t);
  written.release();
  read.release();
  t.same(held.times(), []);
  const failed = await folders.open('a', true);
  failed.invalidate();
  failed.release();
  t.same(held.times(), []);
});

t.test('a folder that is always in use is looked up again from time to time', async (t) => {
  const at = root(t);
  const folders = createFolders(at, true, false);
  const first = await folders.open('a', true);
  renameSync(join(at, 'a'), join(at, 'moved'));
  for (let use = 2; use <= 256; use++) (await folders.open('a', true)).release();
  t.equal(existsSync(join(at, 'a')), false);
  (await folders.open('a', true)).release();
  t.equal(existsSync(join(at, 'a')), true);
  first.release();
});

t.test('durable folders are synced: each new folder, and names once for all concurrent flushes', async (t) => {
  const at = root(t);
  const any = await open(at);
  const prototype: Pick<FileHandle, 'sync'> = Object.getPrototypeOf(any);
  await any.close();
  const { sync } = prototype;
  let syncs = 0;
  let fails = false;
  prototype.sync = async function (this: FileHandle) {
    syncs++;
    if (fails) throw new Error('the disk failed');
    return sync.call(this);
  };
  t.teardown(() => {
    prototype.sync = sync;
  });

  const durable = createFolders(at, true, true);
  const folder = await durable.open('a/b', true);
  t.equal(syncs, 2, 'the folders around the new ones');
  (await durable.open('a/b', true)).release();
  await Promise.all(Array.from({ length: 20 }, () => folder.flush()));
  t.equal(syncs, 4, 'one for the first, and one after it for all others');
  await folder.flush();
  t.equal(syncs, 5);
  fails = true;
  await t.rejects(folder.flush(), { message: 'the disk failed' });
  fails = false;
  await folder.flush();
  t.equal(syncs, 7, 'a failure is not cached');
  folder.release();

  const fleeting = createFolders(at, true, false);
  const other = await fleeting.open('c', true);
  await other.flush();
  other.release();
  t.equal(syncs, 7);
});
