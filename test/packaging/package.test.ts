// `npm pack` would publish every file needed at run time, and nothing else.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';

t.test('the package holds the bundle, types, schemas and starting profiles, and no source or test', async (t) => {
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent'];
  const { stdout } = await promisify(execFile)('npm', npm, { maxBuffer: 2 ** 24 });
  const [packed] = JSON.parse(stdout);
  const paths: string[] = packed.files.map(({ path }: { path: string }) => path);

  for (const path of [
    'package.json',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'dist/camd.cjs',
    'dist/camd.mjs',
    'dist/plugin.mjs',
    'dist/kit.mjs',
    'dist/testing.mjs',
    'dist/types/core/contract/plugin.d.ts',
    'dist/types/plugins/kit/index.d.ts',
    'dist/types/testing/index.d.ts',
    'dist/validators/profile.base.cjs',
    'schemas/profile.schema.json',
    'schemas/profile.base.schema.json',
    'schemas/cache/latest.schema.json',
    'configs/demo.yaml',
  ]) {
    t.ok(paths.includes(path), path);
  }
  const foreign = paths.filter((path) => /^(core|plugins|testing|test|bench|docs|\.)/.test(path));
  t.same(foreign, []);
  t.notOk(paths.includes('dist/code-cache.bin'), 'compiled code fits only one version of Node.js');
  t.same(packed.bundled, []);
});
