// Every plugin's schema uses the vocabulary and documents each option; its examples are valid for camd and for editors.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { parseUnit } from '../core/base/units.ts';
import { PORT_NAMES } from '../core/contract/ports.ts';
import type { OptionSchema, PluginSchema } from '../core/contract/schema.ts';
import { readProfile } from '../core/profile/read.ts';
import { readFromDisk } from '../core/profile/source/disk.ts';
import { deref } from '../core/profile/values/schema-walk.ts';
import { baseSchema, pluginSchemas, schemaFiles } from '../packaging/generate/schemas.ts';
import { exampleProfile } from '../plugins/command/plugins/describe.ts';
import { profileSchema } from '../plugins/command/schema/build.ts';
import { builtinCatalog } from './support/catalog.ts';

const schemas = pluginSchemas();
const editor = new Ajv({ strict: false, allErrors: true }).compile(profileSchema(baseSchema(), schemas));

/** Problems of this machine only: examples use secrets that do not exist here. */
const ELSEWHERE = ['unset-variable', 'unreadable-secret', 'advice'];

t.test('each schema is titled like its file and has a summary of one line', async (t) => {
  for (const [index, schema] of schemas.entries()) {
    t.equal(`schemas/${schema.title}.schema.json`, schemaFiles()[index]);
    t.match(schema.summary, /^[A-Z][^\n]{8,120}[^.\n]$/, `${schema.title}: summary`);
    t.match(schema.description, /\.$/, `${schema.title}: description`);
    t.equal(schema.additionalProperties, false, `${schema.title}: no other option is allowed`);
    for (const port of schema.provides ?? []) t.ok(PORT_NAMES.includes(port), `${schema.title} provides ${port}`);
  }
});

t.test('each option is snake_case, documented, and has bounds and defaults of its own unit', async (t) => {
  for (const schema of schemas) {
    for (const { path, option } of options(schema, '')) {
      const name = `${schema.title}: ${path}`;
      t.match(path, /^[a-z0-9_.[\]]+$/, name);
      t.match(option.description ?? '', /^\S.*[.)]$/s, `${name} is described in sentences`);
      const { unit, least, most, default: given } = option;
      for (const text of unit ? [least, most, given] : []) {
        if (typeof text === 'string') t.type(parseUnit(unit ?? 'duration', text), 'number', `${name}: ${text}`);
      }
    }
  }
});

for (const schema of schemas) {
  t.test(`${schema.title}: its examples are valid profiles that use it`, async (t) => {
    const examples = schema.examples ?? [];
    t.ok(examples.length > 0, 'there is an example');
    for (const example of examples) {
      const yaml = exampleProfile(example);
      t.match(yaml, schema.title.replace(/^parse\//, ''), `${example.title}: uses it`);

      const reading = await readProfile('/examples/profile.yaml', {
        env: {},
        readFile: async (path) => (path === '/examples/profile.yaml' ? yaml : Promise.reject(new Error('not here'))),
        catalog: builtinCatalog(),
      });
      const problems = reading.problems.filter(({ code }) => !ELSEWHERE.includes(code));

      t.same(problems, [], `${example.title}: camd finds nothing wrong`);
      editor(parse(yaml));
      t.same(editor.errors ?? [], [], `${example.title}: an editor finds nothing wrong`);
    }
  });
}

t.test('every profile in configs/ is valid for camd and for editors', async (t) => {
  const names = readdirSync('configs').filter((name) => /^[^.]+\.yaml$/.test(name));
  for (const name of names) {
    const path = resolve('configs', name);
    const reading = await readProfile(path, { env: {}, readFile: readFromDisk, catalog: builtinCatalog() });

    t.same(
      reading.problems.filter(({ code }) => !ELSEWHERE.includes(code)),
      [],
      `${name}: camd finds nothing wrong`,
    );
    editor(parse(readFileSync(path, 'utf8')));
    t.same(editor.errors ?? [], [], `${name}: an editor finds nothing wrong`);
    t.match(
      readFileSync(path, 'utf8'),
      /^# yaml-language-server: \$schema=\.\.\/schemas\/profile\.schema\.json\n/,
      name,
    );
  }
});

t.test('an editor reports the same mistakes as camd', async (t) => {
  const body = (node: Record<string, unknown>) => ({ camd: 1, pipeline: { camera: node } });
  const wrong: readonly (readonly [string, unknown])[] = [
    ['unknown use', body({ use: 'source/test-patern' })],
    ['no use', body({ fps: 10 })],
    ['unknown option', body({ use: 'source/test-pattern', fsp: 10 })],
    ['missing option', body({ use: 'cache/latest' })],
    ['wrong type', body({ use: 'cache/latest', from: 7 })],
    ['a bare number for a duration', body({ use: 'cache/latest', from: 'x', stale_after: 15 })],
    ['another unit', body({ use: 'cache/latest', from: 'x', stale_after: '15KiB' })],
    ['out of range', body({ use: 'cache/latest', from: 'x', max_cameras: 0 })],
    ['a word for a number', body({ use: 'cache/latest', from: 'x', max_cameras: 'many' })],
    ['unknown key', { ...body({ use: 'source/test-pattern' }), pipelin: {} }],
    ['no pipeline', { camd: 1 }],
  ];
  for (const [what, profile] of wrong) t.notOk(editor(profile), what);
  t.ok(editor(body({ use: 'cache/latest', from: 'x', max_cameras: '${env:MANY}', stale_after: '${var:stale}' })));
  t.ok(
    editor({ camd: 1, include: ['base.yaml'], pipeline: { camera: { fps: 5 }, gone: null } }),
    'parts of an include',
  );
});

function options(
  schema: OptionSchema | PluginSchema,
  prefix: string,
  root: OptionSchema = schema as OptionSchema,
): { path: string; option: OptionSchema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, written]) => {
    const option = deref(written, root);
    const path = `${prefix}${name}`;
    const inside = [option, option.items, ...(option.oneOf ?? [])].filter((part) => part !== undefined);
    return [{ path, option }, ...inside.flatMap((part) => options(part, `${path}.`, root))];
  });
}

/** Options of these names hold secrets, except file names and choices. */
const CONFIDENTIAL = /password|passphrase|secret|api_key|^tokens?$/;

t.test('passwords, tokens and keys are marked secret, and so are maps and lists of them', async (t) => {
  const marked: string[] = [];
  const walk = (schema: OptionSchema, path: string, secret: boolean): void => {
    const isSecret = secret || schema.secret === true;
    const values = [
      ...Object.entries(schema.properties ?? {}),
      ...valuesOf(schema).map((value) => ['*', value] as const),
    ];
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (CONFIDENTIAL.test(name) && schema.type === 'string' && !schema.enum && schema.format !== 'path') {
      t.ok(isSecret, path);
      marked.push(path);
    }
    for (const [key, value] of values) walk(value, key === '*' ? path : `${path}.${key}`, isSecret);
  };
  for (const schema of schemas) walk(schema, schema.title, false);

  t.ok(marked.length >= 15, `${marked.length} options`);
  const auth = schemas.find(({ title }) => title === 'http/server')?.properties?.auth?.properties;
  t.equal(auth?.basic?.properties?.users?.secret, true);
  t.equal(auth?.bearer?.properties?.tokens?.secret, true);
});

const valuesOf = ({ items, additionalProperties }: OptionSchema): readonly OptionSchema[] =>
  [items, additionalProperties].filter((value) => typeof value === 'object');
