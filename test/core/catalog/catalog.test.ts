// The catalog: built-in plugins, npm packages and local modules.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { unknownFormats } from '../../../core/base/formats.ts';
import { createCompiler } from '../../../core/catalog/ajv.ts';
import { createCatalog } from '../../../core/catalog/create.ts';
import { readProfile } from '../../../core/profile/read.ts';
import { readFromDisk } from '../../../core/profile/source/disk.ts';
import { builtins } from '../../../plugins/index.ts';
import { builtinCatalog } from '../../support/catalog.ts';
import { found } from '../../support/reading.ts';

const catalog = builtinCatalog();

function folderOf(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'camd-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const THING = `{ use: 'acme/thing', start() {}, schema: { type: 'object', provides: ['service'], properties: {
  every: { description: 'How often.', type: 'string', unit: 'duration', default: '1s' } } } }`;

t.test('every built-in plugin has a schema of its name and a module of its kind', async (t) => {
  t.same(catalog.entries.map(({ use }) => use).sort(), Object.keys(builtins).sort());
  for (const { use } of catalog.entries) {
    const { examples: _examples, ...schema } = catalog.schema(use) ?? { examples: [] };
    t.match(schema, { title: use });
    t.same(unknownFormats(schema), []);
    await t.resolves(createCompiler().compile(schema, true), `the schema of ${use} uses the vocabulary`);
  }
  t.type((await catalog.parser('parse/mjpeg')).create, 'function');
  await t.rejects(catalog.node('parse/mjpeg'));
  await t.rejects(catalog.parser('cache/latest'));
  await t.rejects(catalog.node('acme/none'));
  t.equal(catalog.schema('acme/none'), undefined);
});

t.test('one list of plugins gives one catalog, so that its schemas are compiled once', (t) => {
  t.equal(createCatalog(builtins), catalog);
  t.not(createCatalog({ ...builtins }), catalog);
  t.end();
});

t.test('packages and local modules of a profile bring plugins, one or a list', async (t) => {
  const folder = folderOf(t, {
    'one.mjs': `export default ${THING}`,
    'node_modules/@acme/more/package.json': '{"type":"module","exports":{".":{"import":"./lib/all.js"}}}',
    'node_modules/@acme/more/lib/all.js': `export default [
      { use: 'acme/other', start() {}, schema: { type: 'object', provides: [], required: ['of'], properties: {
        of: { description: 'A thing.', type: 'string', reference: { ports: ['service'] } } } } },
      { use: 'acme/raw', create() {}, schema: { type: 'object' } },
      { use: 'acme/mjpeg', create() {}, schema: { type: 'object' } },
    ]`,
    'profile.yaml': `
camd: 1
plugins: ['./one.mjs', '@acme/more']
pipeline:
  thing: { use: acme/thing, every: 2s }
  other: { use: acme/other, of: thing }
  short: { use: source/tcp, connect: '127.0.0.1:9', parse: raw }
  whole: { use: source/tcp, connect: '127.0.0.1:9', parse: acme/mjpeg }
  own: { use: source/tcp, connect: '127.0.0.1:9', parse: mjpeg }
`,
  });

  const reading = await readProfile(join(folder, 'profile.yaml'), { env: {}, readFile: readFromDisk, catalog });

  t.same(found(reading), []);
  t.same(reading.profile?.plugins, ['./one.mjs', '@acme/more']);
  t.same(reading.profile?.nodes.get('thing')?.options, { every: 2000 });
  t.type((await reading.catalog.node('acme/other')).start, 'function');
  t.type((await reading.catalog.parser('acme/raw')).create, 'function');
  t.same(
    ['short', 'whole', 'own'].map((id) => reading.profile?.nodes.get(id)?.parse?.use),
    ['acme/raw', 'acme/mjpeg', 'parse/mjpeg'],
    'a short name means the built-in parser where there is one',
  );
  t.ok(reading.catalog.has('cache/latest'));
  t.notOk(catalog.has('acme/thing'), 'the built-in catalog stays what it was');
});

t.test('a module that was changed is loaded anew', async (t) => {
  const folder = folderOf(t, { 'one.mjs': `export default ${THING}` });
  const before = await catalog.extend([{ specifier: './one.mjs', folder }]);

  writeFileSync(join(folder, 'one.mjs'), `export default ${THING.replace('acme/thing', 'acme/renamed')}`);
  const after = await catalog.extend([{ specifier: './one.mjs', folder }]);

  t.ok(before.catalog.has('acme/thing'));
  t.same([after.catalog.has('acme/thing'), after.catalog.has('acme/renamed')], [false, true]);
});

t.test('an unusable module is reported with the reason, and the others are used', async (t) => {
  const folder = folderOf(t, {
    'good.mjs': `export default ${THING}`,
    'none.mjs': 'export const x = 1',
    'throws.mjs': 'throw new Error("no licence")',
    'taken.mjs': `export default ${THING.replace('acme/thing', 'cache/latest')}`,
    'name.mjs': `export default ${THING.replace('acme/thing', 'thing')}`,
    'start.mjs': `export default { use: 'a/b', schema: { type: 'object' } }`,
    'schema.mjs': `export default { use: 'a/b', start() {}, schema: { type: 'object', properties: { a: { unit: 'miles' } } } }`,
    'format.mjs': `export default { use: 'a/b', start() {}, schema: { type: 'object', properties: { a: { format: 'zip' } } } }`,
    'kind.mjs': `export default { use: 'acme/b', start() {}, schema: { type: 'object', parser: true } }`,
  });
  const names = ['none', 'throws', 'good', 'taken', 'name', 'start', 'schema', 'format', 'kind', 'absent'];
  const specifiers = [...names.map((name) => `./${name}.mjs`), 'not-installed-anywhere', 'https://example.org/x.mjs'];

  const { catalog: extended, failures } = await catalog.extend(specifiers.map((specifier) => ({ specifier, folder })));

  t.ok(extended.has('acme/thing'));
  t.same(
    failures.map(({ index }) => index),
    [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  for (const { message, index } of failures) t.match(message, specifiers[index]);
});

t.test('files are read whole, but pipes, folders and what is too large are refused', async (t) => {
  const folder = folderOf(t, { 'some.txt': 'x'.repeat(100_000) });
  const file = join(folder, 'some.txt');

  t.equal((await readFromDisk(file, 100_000)).length, 100_000);
  await t.rejects(readFromDisk(file, 99_999));
  await t.rejects(readFromDisk(folder, 10));
  await t.rejects(readFromDisk('/dev/zero', 10));
  t.ok((await readFromDisk('/proc/self/status', 65_536)).length > 0, 'files for which the system reports no size');
});
