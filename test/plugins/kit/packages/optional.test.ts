// Optional packages: installed beside camd, installed in its packages folder, or missing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packagesFolder } from '../../../../core/base/package.ts';
import { optionalPackage } from '../../../../plugins/kit/packages/optional.ts';

const away = (): Promise<never> => Promise.reject(new Error('not beside camd'));

t.test('an installed package is loaded, and a missing one is reported with instructions', async (t) => {
  t.equal(await optionalPackage('camd-test-package', 'this needs', async () => 'beside camd'), 'beside camd');
  await t.rejects(optionalPackage('camd-test-package', 'this needs', away), {
    code: 'missing-package',
    blame: 'environment',
    message: 'this needs the package camd-test-package; install it with "camd plugins install camd-test-package".',
  });

  t.teardown(() => {
    delete process.env.CAMD_PACKAGES;
  });
  process.env.CAMD_PACKAGES = t.testdir({});
  const folder = join(packagesFolder(process.env), 'node_modules/camd-test-package');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "camd-test-package", "main": "main.cjs" }');
  writeFileSync(join(folder, 'main.cjs'), 'module.exports = { found: true };');
  const found: { default: unknown } = await optionalPackage('camd-test-package', 'this needs', away);
  t.same(found.default, { found: true });
});
