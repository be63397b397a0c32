// Watching the files of a profile: what counts as a change, and what does not.

import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { watchFiles } from '../../../core/service/watch.ts';
import { until } from '../../support/until.ts';

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-watch-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function watching(t: Test, file: string): { readonly changes: () => number; set(): void } {
  let changes = 0;
  const watch = watchFiles(
    () => void changes++,
    (folder, cause) => t.fail(`${folder}: ${cause}`),
  );
  t.teardown(watch.close);
  watch.set([file]);
  return { changes: () => changes, set: () => watch.set([file]) };
}

t.test('a change between the reading of a file and the next watch of it is not lost', async (t) => {
  const file = join(folderOf(t), 'profile.yaml');
  writeFileSync(file, 'one');
  const { changes, set } = watching(t, file);

  writeFileSync(file, 'one and more');
  set();

  await until(() => changes() === 1, 'the change');
});

t.test('a swapped link on the way to a file is a change', async (t) => {
  const folder = folderOf(t);
  for (const version of ['one', 'two']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'profile.yaml'), version);
  }
  symlinkSync('one', join(folder, '..data'));
  symlinkSync('..data/profile.yaml', join(folder, 'profile.yaml'));
  const { changes } = watching(t, join(folder, 'profile.yaml'));

  symlinkSync('two', join(folder, '..next'));
  renameSync(join(folder, '..next'), join(folder, '..data'));

  await until(() => changes() === 1, 'the change');
});

t.test('a folder that is swapped is a change, and is watched from then on', async (t) => {
  const folder = folderOf(t);
  for (const version of ['live', 'next']) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'profile.yaml'), version);
  }
  const file = join(folder, 'live', 'profile.yaml');
  const { changes } = watching(t, file);

  renameSync(join(folder, 'live'), join(folder, 'old'));
  renameSync(join(folder, 'next'), join(folder, 'live'));
  await until(() => changes() === 1, 'the first change');
  writeFileSync(file, 'edited in place');

  await until(() => changes() === 2, 'the second change');
});

t.test('a chmod alone is no change, and the edit after it is one', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'profile.yaml');
  writeFileSync(file, 'one');
  const { changes } = watching(t, file);

  chmodSync(file, 0o600);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const after = changes();
  writeFileSync(file, 'another text');
  await until(() => changes() > 0, 'the change');

  t.equal(after, 0);
  t.equal(changes(), 1);
});
