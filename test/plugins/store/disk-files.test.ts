// The files of store/disk: new ones and their aliases, names that are taken, and folders that come and go between two pictures.

import { readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createFolders } from '../../../plugins/kit/disk/folders.ts';
import { createFiles, Taken } from '../../../plugins/store/disk/files.ts';
import { folderWith } from '../../support/cli.ts';

const temporaryFolder = async (t: Test): Promise<string> => folderWith(t, {});

t.test('on systems that do not show open files, links are refused as well', async (t) => {
  const folder = realpathSync(await temporaryFolder(t));
  const outside = await temporaryFolder(t);
  const files = createFiles(createFolders(folder, false, true), true);
  symlinkSync(outside, join(folder, 'a'));

  await t.rejects(files.create('a/x.jpg', Buffer.from('x'), {}), { code: 'not-a-folder' });
  await files.create('b/x.jpg', Buffer.from('x'), {});

  t.same(await readdir(outside), []);
  t.equal(readFileSync(join(folder, 'b/x.jpg'), 'utf8'), 'x');
  t.same(await readdir(join(folder, 'b')), ['x.jpg']);
});

t.test(
  'a file and its alias are one file; an existing name is not overwritten, and no temporary file is left',
  async (t) => {
    const folder = realpathSync(await temporaryFolder(t));
    const files = createFiles(createFolders(folder, true, true), true);
    writeFileSync(join(folder, 'latest.jpg'), 'before');
    writeFileSync(join(folder, 'taken.jpg'), 'theirs');
    const seen: boolean[] = [];
    const also = async (isAliased: boolean) => void seen.push(isAliased);

    await files.create('new.jpg', Buffer.from('new'), { alias: 'latest.jpg', also });
    for (const more of [{ alias: 'latest.jpg', also }, {}]) {
      const refused = await files.create('taken.jpg', Buffer.from('x'), more).catch((cause: unknown) => cause);
      t.ok(refused instanceof Taken);
    }
    await files.create('far.jpg', Buffer.from('far'), { alias: 'other/latest.jpg', also });

    t.same(seen, [true, false], 'an alias in another folder is made by its own steps');
    t.equal(statSync(join(folder, 'new.jpg')).ino, statSync(join(folder, 'latest.jpg')).ino);
    t.equal(readFileSync(join(folder, 'taken.jpg'), 'utf8'), 'theirs');
    t.same((await readdir(folder)).sort(), ['far.jpg', 'latest.jpg', 'new.jpg', 'taken.jpg']);
  },
);

t.test('a folder removed and created again between two pictures accepts the next one', async (t) => {
  const folder = realpathSync(await temporaryFolder(t));
  const files = createFiles(createFolders(folder, true, true), true);
  await files.create('a/1.jpg', Buffer.from('1'), {});
  rmSync(join(folder, 'a'), { recursive: true });
  await files.create('a/2.jpg', Buffer.from('2'), {});

  t.same(await readdir(join(folder, 'a')), ['2.jpg']);
});
