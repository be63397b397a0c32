// Every profile that a released version shipped is still valid.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { camd } from '../support/cli.ts';

const FOLDER = 'test/released';
const versions = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

t.test('the profiles of this version are included', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

  t.ok(versions.includes(version), `copy the shipped profiles to ${FOLDER}/${version}`);
});

for (const version of versions) {
  const files = readdirSync(join(FOLDER, version)).filter((name) => name.endsWith('.yaml'));
  t.test(`the ${files.length} profiles of ${version} are valid`, async (t) => {
    const paths = files.map((name) => join(FOLDER, version, name));

    const { code, out } = await camd(['validate', '--without-secrets', ...paths]);

    for (const path of paths) t.match(out, new RegExp(`^${path}: valid`, 'm'));
    t.equal(code, 0, out);
  });
}
