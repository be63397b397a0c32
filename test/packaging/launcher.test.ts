// `./camd` in a checkout: runs the bundle or the sources, whichever is newer, and never builds or installs.

import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

type Part = 'bundle' | 'dependencies';

/** A checkout whose bundle and sources print their name and their arguments. */
function checkout(t: Test, parts: readonly Part[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-checkout-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync('camd', join(folder, 'camd'));
  for (const name of ['core', 'plugins', 'schemas', 'dist']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'core/main.ts'),
    'const words: string[] = process.argv.slice(2);\nconsole.log("sources", ...words);\n',
  );
  writeFileSync(join(folder, 'plugins/index.ts'), 'export {};\n');
  if (parts.includes('bundle'))
    writeFileSync(join(folder, 'dist/camd.cjs'), 'console.log("bundle", ...process.argv.slice(2));\n');
  if (parts.includes('dependencies')) symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  age(folder, 'core/main.ts', 60);
  age(folder, 'plugins/index.ts', 60);
  return folder;
}

const age = (folder: string, file: string, seconds: number): void => {
  const then = Date.now() / 1000 - seconds;
  utimesSync(join(folder, file), then, then);
};

const launch = (path: string, ...argv: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(path, argv, { cwd: tmpdir() }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out: out.trim(), err: err.trim() });
    });
  });

t.test('the bundle runs, with unchanged arguments', async (t) => {
  const folder = checkout(t, ['bundle', 'dependencies']);

  t.same(await launch(join(folder, 'camd'), 'validate', 'two words', '$HOME'), {
    code: 0,
    out: 'bundle validate two words $HOME',
    err: '',
  });
});

t.test('a bundle without the build tools runs too, even if a source is newer', async (t) => {
  const folder = checkout(t, ['bundle']);
  age(folder, 'core/main.ts', -60);

  t.equal((await launch(join(folder, 'camd'))).out, 'bundle');
});

t.test('the sources run when one of them is newer than the bundle, and dist/ stays unchanged', async (t) => {
  const folder = checkout(t, ['bundle', 'dependencies']);
  age(folder, 'plugins/index.ts', -60);

  t.equal((await launch(join(folder, 'camd'), 'status')).out, 'sources status');
  t.same(readdirSync(join(folder, 'dist')), ['camd.cjs']);
});

t.test('the sources run when there is no bundle, and none is built', async (t) => {
  const folder = checkout(t, ['dependencies']);

  t.equal((await launch(join(folder, 'camd'), 'status')).out, 'sources status');
  t.same(readdirSync(join(folder, 'dist')), []);
});

t.test('a checkout without dependencies names the command that installs them, and installs nothing', async (t) => {
  const folder = checkout(t, []);

  const { code, err } = await launch(join(folder, 'camd'), 'status');

  t.equal(code, 72);
  t.match(err, /npm ci/);
  t.notOk(existsSync(join(folder, 'node_modules')));
});

t.test('no document uses the command npx camd, which installs the checkout again at every call', (t) => {
  const pages = [
    'README.md',
    'CHANGELOG.md',
    ...readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
  ];
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    t.notMatch(readFileSync(page, 'utf8'), /npx camd/, page);
  }
  t.end();
});

t.test('the script finds its checkout when called through a link', async (t) => {
  const folder = checkout(t, ['bundle']);
  symlinkSync(join(folder, 'camd'), join(folder, 'link'));

  t.equal((await launch(join(folder, 'link'), '--version')).out, 'bundle --version');
});
