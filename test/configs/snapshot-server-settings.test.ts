// The settings page in configs/snapshot-server.yaml: the profile stays short, and is valid with it as well.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import t from 'tap';
import { readProfile } from '../../core/profile/read.ts';
import { builtinCatalog } from '../support/catalog.ts';

const FILE = resolve('configs/snapshot-server.yaml');
const TEXT = readFileSync(FILE, 'utf8');

t.test('two cameras with everything that the original does take fewer than 40 lines', async (t) => {
  t.ok(TEXT.trimEnd().split('\n').length < 40);
});

t.test('the settings page that its comments describe needs a password and nothing else', async (t) => {
  const text = TEXT.replace('  # admin:', '  admin:').replace('  # settings:', '  settings:');
  const reading = await readProfile(FILE, {
    env: { ADMIN_PASSWORD: 'open-sesame-42' },
    readFile: async (path) => (path === FILE ? text : readFileSync(path, 'utf8')),
    catalog: builtinCatalog(),
  });

  t.not(text, TEXT);
  t.same(
    reading.problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  t.ok(reading.profile?.nodes.has('settings'));
});
