// Folders are made with those above them; where that cannot be, the reason comes back at once.

import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeFolder, makeFolderSync } from '../../../core/base/make-folder.ts';

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-folder-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

const forms = {
  makeFolder,
  makeFolderSync: async (path: string, mode?: number) => makeFolderSync(path, mode),
};

for (const [name, make] of Object.entries(forms)) {
  t.test(`${name} makes every missing folder and returns the first of them`, async (t) => {
    const at = place(t);

    t.equal(await make(join(at, 'a/b/c'), 0o700), join(at, 'a'));
    t.equal(statSync(join(at, 'a/b/c')).mode & 0o777, 0o700);
    t.equal(await make(join(at, 'a/b/c')), undefined);
    symlinkSync(join(at, 'a'), join(at, 'link'));
    t.equal(await make(join(at, 'link/d')), join(at, 'link/d'));
  });

  t.test(`${name} rejects where no folder can be, also below /proc, where Node's own never returns`, async (t) => {
    const at = place(t);
    writeFileSync(join(at, 'file'), '');
    symlinkSync(join(at, 'nowhere'), join(at, 'dangling'));

    await t.rejects(make('/proc/x/y'), { code: 'ENOENT' });
    await t.rejects(make(join(at, 'file')), { code: 'EEXIST' });
    await t.rejects(make(join(at, 'file/below')), { code: 'ENOTDIR' });
    await t.rejects(make(join(at, 'dangling')), /EEXIST|ENOENT/);
  });
}
