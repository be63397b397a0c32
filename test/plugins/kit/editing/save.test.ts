// Saving a profile: atomic, durable, with the same mode and link, and the previous text beside it.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import t from 'tap';
import { saveText } from '../../../../plugins/kit/editing/save.ts';
import { folderWith } from '../../../support/cli.ts';

t.test('mode and symbolic link stay, and the previous text is kept beside the file', async (t) => {
  const folder = folderWith(t, {});
  mkdirSync(join(folder, 'real'));
  const target = join(folder, 'real', 'p.yaml');
  writeFileSync(target, 'old\n');
  chmodSync(target, 0o640);
  const link = join(folder, 'p.yaml');
  symlinkSync('real/p.yaml', link);

  const result = await saveText(link, 'new\n', { expected: 'old\n' });

  t.same(result, { ok: true, path: target });
  t.equal(readFileSync(link, 'utf8'), 'new\n');
  t.equal(readFileSync(`${target}.bak`, 'utf8'), 'old\n');
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(statSync(target).mode & 0o777, 0o640);
  t.same(readdirSync(join(folder, 'real')).sort(), ['p.yaml', 'p.yaml.bak'], 'no temporary file is left');
});

t.test('a file that changed meanwhile is not overwritten', async (t) => {
  const folder = folderWith(t, { 'p.yaml': 'theirs\n' });

  const result = await saveText(join(folder, 'p.yaml'), 'mine\n', { expected: 'old\n' });

  t.match(result, { ok: false, fault: 'changed' });
  t.equal(readFileSync(join(folder, 'p.yaml'), 'utf8'), 'theirs\n');
});

t.test('a missing folder is reported', async (t) => {
  t.match(await saveText('/nonexistent/p.yaml', 'x', { expected: '' }), { ok: false, fault: 'failed' });
});

t.test('a folder without write permission for camd is reported as such', async (t) => {
  const folder = folderWith(t, { 'p.yaml': 'old\n' });
  const program = await saveProgram(folder);
  const path = join(folder, 'p.yaml');
  chmodSync(folder, 0o555);
  // Root may write everywhere, so another user tries.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

  const { stdout } = spawnSync(process.execPath, [program, path, 'old\n', 'new\n'], { ...user, encoding: 'utf8' });

  chmodSync(folder, 0o755);
  t.match(JSON.parse(stdout), { ok: false, fault: 'read-only' });
  t.equal(readFileSync(path, 'utf8'), 'old\n');
});

t.test('a process killed at any system call leaves the old text or the new one, complete', async (t) => {
  const folder = folderWith(t, {});
  const program = await saveProgram(folder);
  const old = 'old\n'.repeat(5000);
  const next = 'new!\n'.repeat(5000);
  const path = join(folder, 'p.yaml');
  const outcomes = new Set<string>();
  let killed = 0;
  for (const call of ['rename', 'fsync', 'write', 'fchmod', 'close']) {
    for (let nth = 1; nth <= 4; nth++) {
      for (const name of readdirSync(folder)) if (name !== 'save.mjs') writeFileSync(join(folder, name), '');
      writeFileSync(path, old);
      // Only calls that name this folder count, so that the start of Node does not.
      const places = [folder, path, `${path}.bak`, join(folder, '.p.yaml.new'), join(folder, '.p.yaml.bak.new')];
      const inject = `inject=${call}:signal=SIGKILL:when=${nth}`;
      const flags = ['-f', '-qq', '-o', '/dev/null', ...places.flatMap((place) => ['-P', place]), '-e', inject];
      const { signal, stdout } = spawnSync('strace', [...flags, process.execPath, program, path, old, next]);
      if (signal === 'SIGKILL' || stdout.length === 0) killed++;
      const text = readFileSync(path, 'utf8');
      outcomes.add(text === old ? 'old' : text === next ? 'new' : 'torn');
      const kept = existsSync(`${path}.bak`) ? readFileSync(`${path}.bak`, 'utf8') : '';
      t.ok(kept === '' || kept === old, `${call} ${nth}: the previous text is whole or not there`);
    }
  }

  t.ok(killed >= 6, `${killed} runs were killed`);
  t.notOk(outcomes.has('torn'));
  t.ok(outcomes.has('old'), `killed before the rename: ${[...outcomes]}`);
});

async function saveProgram(folder: string): Promise<string> {
  const outfile = join(folder, 'save.mjs');
  const entryPoints = ['test/support/save-once.ts'];
  await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  return outfile;
}
