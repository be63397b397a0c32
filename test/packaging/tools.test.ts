// The first `npm ci` installs what camd needs to run and to be built; tests and checks install their tools when they are missing or out of date.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';

/** In the lock file; npm leaves out a quarter of them, which are for other systems. */
const MOST_PACKAGES = 250;
const TOOLS = resolve('packaging/tools.ts');

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

t.test('the first installation is small and contains no tools of the tests', (t) => {
  const { packages } = json<{ packages: object }>('package-lock.json');
  const root = json<Manifest>('package.json');
  const tools = json<Manifest>('test/package.json').dependencies ?? {};

  t.ok(Object.keys(packages).length <= MOST_PACKAGES, `${Object.keys(packages).length} packages`);
  const twice = Object.keys({ ...root.dependencies, ...root.devDependencies, ...root.optionalDependencies });
  t.same(
    twice.filter((name) => name in tools),
    [],
  );
  for (const name of Object.keys(tools)) t.notOk(`node_modules/${name}` in packages, name);
  t.end();
});

t.test('the lock files name no registry, so npm can use any', (t) => {
  for (const file of ['package-lock.json', 'test/package-lock.json'])
    t.notMatch(readFileSync(file, 'utf8'), /"resolved"/, file);
  t.end();
});

/** A project whose test/ needs the package "saw", a local file: npm contacts no registry. */
function project(t: Test): { readonly folder: string; need(version: string): void; saw(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'camd-tools-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['saw', 'test']) mkdirSync(join(folder, part));
  const manifest = { name: 'tests', version: '1.0.0', dependencies: { saw: 'file:saw.tgz' } };
  writeFileSync(join(folder, 'test/package.json'), JSON.stringify(manifest));
  return {
    folder,
    need(version) {
      writeFileSync(join(folder, 'saw/package.json'), JSON.stringify({ name: 'saw', version }));
      execFileSync('tar', ['-czf', 'test/saw.tgz', '--transform', 's,^saw,package,', 'saw'], { cwd: folder });
      const packages = { '': manifest, 'node_modules/saw': { version, resolved: 'file:saw.tgz' } };
      const lock = { name: 'tests', version: '1.0.0', lockfileVersion: 3, requires: true, packages };
      writeFileSync(join(folder, 'test/package-lock.json'), JSON.stringify(lock));
    },
    saw: () => json<{ version: string }>(join(folder, 'test/node_modules/saw/package.json')).version,
  };
}

const obtain = (cwd: string) =>
  spawnSync(process.execPath, [`--import=${resolve('node_modules/tsx/dist/loader.mjs')}`, TOOLS], {
    cwd,
    encoding: 'utf8',
  });

t.test('it installs missing, old and half-installed tools and logs one line; it does not touch current ones', (t) => {
  const { folder, need, saw } = project(t);
  need('1.0.0');

  const first = obtain(folder);
  t.equal(first.status, 0, first.stderr);
  t.match(first.stderr, /^Installing the tools for tests and checks \(npm ci in test\/\)\n/);
  t.notMatch(first.stderr, /warn/i);
  t.equal(saw(), '1.0.0');

  const { ino } = statSync(join(folder, 'test/node_modules/saw/package.json'));
  t.equal(obtain(folder).stderr, '', 'it prints nothing');
  t.equal(statSync(join(folder, 'test/node_modules/saw/package.json')).ino, ino, 'it installs nothing');

  need('2.0.0');
  t.equal(obtain(folder).status, 0);
  t.equal(saw(), '2.0.0');

  rmSync(join(folder, 'test/node_modules/.package-lock.json'));
  t.match(obtain(folder).stderr, /^Installing/, 'npm has not finished');
  t.end();
});

t.test('a failed installation reports what to do and exits with 1', (t) => {
  const { folder, need } = project(t);
  need('1.0.0');
  rmSync(join(folder, 'test/saw.tgz'));

  const { status, stderr } = obtain(folder);

  t.equal(status, 1);
  t.match(stderr, /"npm ci" in test\/ ended with exit code \d+\. They come from the npm registry; try again/);
  t.end();
});

t.test('it uses a linked folder of tools and never writes to it', (t) => {
  const { folder, need } = project(t);
  need('1.0.0');
  obtain(folder);
  renameSync(join(folder, 'test/node_modules'), join(folder, 'elsewhere'));
  symlinkSync('../elsewhere', join(folder, 'test/node_modules'));

  t.equal(obtain(folder).stderr, '');
  need('2.0.0');
  const { status, stderr } = obtain(folder);

  t.equal(status, 1);
  t.match(stderr, /test\/node_modules is a link to \.\.\/elsewhere/);
  t.ok(existsSync(join(folder, 'elsewhere/saw')));
  t.end();
});
