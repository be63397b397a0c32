// camd new-plugin: its output is valid, and the test in it passes with node --test and camd's published form.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { camd, folderWith } from '../../support/cli.ts';
import { installCopy, nodeTest } from '../../support/own-copy.ts';

t.test('the skeleton is valid, and its test passes with the published form of camd', async (t) => {
  const cwd = folderWith(t, {});

  const written = await camd(['new-plugin', 'acme/large'], { cwd });
  const folder = join(cwd, 'large');
  installCopy(folder);
  const good = await camd(['validate', 'profile.yaml'], { cwd: folder });
  const passed = await nodeTest(folder);

  t.equal(written.code, 0, written.err);
  t.same(good, { code: 0, out: 'profile.yaml: valid, 5 nodes\n', err: '' });
  t.same(readdirSync(folder).sort(), ['index.mjs', 'index.test.mjs', 'node_modules', 'package.json', 'profile.yaml']);
  t.equal(passed.code, 0, passed.out);
  t.match(passed.out, /ok \d+ - smaller pictures are dropped/);
});

t.test('it overwrites nothing and refuses invalid names', async (t) => {
  const cwd = folderWith(t, { 'large/mine.txt': 'mine' });

  const again = await camd(['new-plugin', 'acme/large'], { cwd });
  const wrong = await camd(['new-plugin', '../large'], { cwd });

  t.equal(again.code, 64);
  t.match(again.err, 'large exists already');
  t.same(readdirSync(join(cwd, 'large')), ['mine.txt']);
  t.equal(wrong.code, 64);
  t.match(wrong.err, 'is not a name for a plugin');
});
