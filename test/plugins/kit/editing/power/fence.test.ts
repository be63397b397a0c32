// Changes that a user without access to the files may not make: two read profiles, compared.

import t, { type Test } from 'tap';
import { createCompiler } from '../../../../../core/catalog/ajv.ts';
import type { Catalog } from '../../../../../core/catalog/catalog.ts';
import type { Fenced } from '../../../../../core/contract/kernel.ts';
import type { OptionSchema, PluginSchema } from '../../../../../core/contract/schema.ts';
import { fenced, type ReadProfile } from '../../../../../plugins/kit/editing/power/fence.ts';
import { readText, testCatalog } from '../../../../support/reading.ts';

const plugin = (title: string, properties: PluginSchema['properties'], more: Partial<PluginSchema> = {}) => ({
  title,
  summary: 'For tests',
  description: 'For tests.',
  type: 'object' as const,
  additionalProperties: false,
  ...(more.parser ? {} : { provides: ['frames'] as const }),
  ...(properties ? { properties } : {}),
  ...more,
});

const text: OptionSchema = { type: 'string' };
const CAM: Readonly<Record<string, OptionSchema>> = {
  width: { type: 'integer', power: 'none' },
  label: { ...text, power: 'none', editable: { pattern: '^[a-z]+$' } },
  command: { type: 'array', items: text, power: 'machine' },
  bare: text,
  mode: { enum: ['always', 'seldom'], default: 'always', power: 'machine' },
  wait: { ...text, unit: 'duration', default: '5s', power: 'machine' },
  listen: { ...text, format: 'address', claim: 'address', default: '127.0.0.1:81', power: 'machine' },
  folder: { ...text, power: 'path' },
  spool: { type: ['string', 'boolean'], power: 'path' },
  folders: { type: 'array', items: text, power: 'path' },
  url: { ...text, power: 'target' },
  hosts: { type: 'array', items: text, power: 'target' },
  token: { ...text, secret: true, power: 'machine' },
  users: {
    type: 'array',
    power: 'none',
    items: {
      type: 'object',
      properties: { name: { ...text, power: 'none' }, role: { ...text, power: 'machine' } },
    },
  },
  crops: {
    type: 'object',
    power: 'none',
    additionalProperties: {
      type: 'object',
      properties: { x: { type: 'integer', power: 'none' }, run: { ...text, power: 'machine' }, y: { type: 'integer' } },
    },
  },
  parse: { type: ['string', 'object'], parse: true, power: 'none' },
};

const SCHEMAS = new Map<string, PluginSchema>(
  [
    plugin('acme/cam', CAM),
    plugin('acme/other', { width: { type: 'integer', power: 'none' }, bare: text }),
    plugin('acme/exec', { command: { ...text, power: 'none' } }, { power: 'machine' }),
    plugin('parse/other', { tool: text }, { parser: true }),
    plugin('parse/acme', { most: { type: 'integer', power: 'none' }, tool: text }, { parser: true }),
  ].map((schema) => [schema.title, schema]),
);
const compiler = createCompiler();
const catalog: Catalog = {
  ...testCatalog(),
  entries: [...SCHEMAS.keys()].map((use) => ({ use, origin: 'builtin' })),
  has: (use) => SCHEMAS.has(use),
  schema: (use) => SCHEMAS.get(use),
  extend: async () => ({ catalog, failures: [] }),
  validator: (use) => compiler.compile(SCHEMAS.get(use) ?? plugin(use, {}), true),
};

async function candidate(profile: string): Promise<ReadProfile> {
  const reading = await readText(profile, { catalog, env: { A: 'a', B: 'b' } });
  if (!reading.profile) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  return { reading, profile: reading.profile };
}

const described = ({ node, path, place }: Fenced): string =>
  `${place?.line}:${place?.column} ${node ?? '-'} ${path}`.trimEnd();
const between = async (before: string, after: string): Promise<readonly Fenced[]> =>
  fenced(await candidate(before), await candidate(after), '/state');
/** One node "cam" in line 3 with these options. */
const cam = (options: string): string => `camd: 1\npipeline:\n  cam: { use: acme/cam${options && `, ${options}`} }\n`;
const paths = async (before: string, after: string): Promise<string[]> =>
  (await between(cam(before), cam(after))).map(({ path }) => path);

type Case = readonly [before: string, after: string, paths: readonly string[]];
async function check(t: Test, cases: readonly Case[]) {
  for (const [before, after, expected] of cases) t.same(await paths(before, after), expected, `${before} → ${after}`);
}

t.test('options of the machine may not change, except to and from their default', (t) =>
  check(t, [
    ['', '', []],
    ['width: 1', 'width: 2', []],
    ['', 'width: 2', []],
    ['command: [a]', 'command: [b]', ['command']],
    ['command: [a]', '', ['command']],
    ['', 'command: [a]', ['command']],
    ['bare: a', 'bare: b', ['bare']],
    ['mode: always', '', []],
    ['mode: seldom', '', ['mode']],
    ['wait: 5s', 'wait: 5000ms', []],
    ['wait: 5s', 'wait: 6s', ['wait']],
    ['', 'listen: 127.0.0.1:82', ['listen']],
    ['width: 1, bare: a', 'width: 2, bare: b, command: [c]', ['bare', 'command']],
  ]),
);

t.test('texts that a page may set must match their pattern', (t) =>
  check(t, [
    ['label: a', 'label: b', []],
    ['label: a', 'label: B', ['label']],
    ['', 'label: B', ['label']],
    ['label: B', 'label: B', []],
    ['label: B', '', []],
  ]),
);

t.test('paths may change from one place in the state folder to another', (t) =>
  check(t, [
    ['', 'folder: /state/a', []],
    ['folder: /state/a', 'folder: /state', []],
    ['', 'folder: /state/../etc', ['folder']],
    ['', 'folder: /states', ['folder']],
    ['', 'folder: state', ['folder']],
    ['folder: /etc', 'folder: /state/a', ['folder']],
    ['folder: /etc', '', ['folder']],
    ['folders: [/state/a]', 'folders: [/state/b, /state/c]', []],
    ['folders: [/state/a]', 'folders: [/state/a, /etc]', ['folders[1]']],
    ['spool: true', 'spool: /state/a', ['spool']],
    ['', 'spool: false', ['spool']],
  ]),
);

t.test('a target may change in a node without secrets, and never to a socket file', (t) =>
  check(t, [
    ['url: http://a', 'url: http://b', []],
    ['', 'url: http://b', []],
    ['url: http://a', 'url: unix:/run/x', ['url']],
    ['hosts: [a]', 'hosts: [a, b]', []],
    ['hosts: [a]', 'hosts: [a, "unix:/run/x"]', ['hosts']],
    ['url: http://a, token: t', 'url: http://b, token: t', ['url']],
    ['token: t', 'url: http://b, token: t', []],
    ['url: http://u:p@a', 'url: http://u:p@b', ['url']],
    ['url: http://a, label: "${env:A}"', 'url: http://b, label: "${env:A}"', ['url']],
    ['hosts: [a], users: [{ name: "${env:A}" }]', 'hosts: [b], users: [{ name: "${env:A}" }]', ['hosts']],
  ]),
);

t.test('inside lists and maps, each part has its own class or that of its parent', (t) =>
  check(t, [
    ['users: [{ name: a }]', 'users: [{ name: b }, { name: c }]', []],
    ['users: [{ name: a }]', 'users: [{ name: a }, { name: c, role: r }]', ['users[1].role']],
    ['users: [{ name: a, role: r }, { name: b }]', 'users: [{ name: b }]', ['users[0].role']],
    ['crops: { a: { x: 1 } }', 'crops: { b: { x: 2, y: 3 } }', []],
    ['crops: { a: { x: 1 } }', 'crops: { a: { x: 1, run: sh } }', ['crops.a.run']],
    ['crops: { a: { run: sh } }', '', ['crops.a.run']],
  ]),
);

t.test('the options of a parser are checked with its own schema', (t) =>
  check(t, [
    ['parse: { use: acme, most: 1 }', 'parse: { use: acme, most: 2 }', []],
    ['parse: { use: acme, tool: a }', 'parse: { use: acme, tool: b }', ['parse.tool']],
    ['', 'parse: { use: acme, tool: a }', ['parse.tool']],
    ['parse: { use: acme, tool: a, most: 1 }', 'parse: { use: acme, tool: a, most: 2 }', []],
    ['parse: { use: acme, tool: a }', 'parse: { use: other, tool: a }', ['parse.tool']],
  ]),
);

t.test('nodes of a plugin of the machine stay unchanged, and others may be added and removed', async (t) => {
  const nodes = (...lines: string[]) => `camd: 1\npipeline:\n  base: { use: acme/other }\n  ${lines.join('\n  ')}\n`;
  const run = (rest = '') => `run: { use: acme/exec${rest} }`;
  const cases: readonly (readonly [before: string, after: string, found: readonly string[], done?: string])[] = [
    [nodes(), nodes(run()), ['4:3 run'], 'added'],
    [nodes(run()), nodes(), ['4:3 run'], 'removed'],
    [nodes(run()), nodes(run(', command: a')), ['4:3 run'], 'changed'],
    [nodes('run: { use: acme/other }'), nodes(run()), ['4:3 run'], 'changed'],
    [nodes(run()), nodes('run: { use: acme/other }'), ['4:3 run'], 'changed'],
    [nodes(run()), nodes('new: { use: acme/other }', run()), []],
    [nodes('old: { use: acme/cam, bare: a }'), nodes(), []],
    [nodes(), nodes('new: { use: acme/other, width: 1 }'), []],
    [nodes(), nodes('new: { use: acme/cam }'), ['4:3 new listen']],
    [nodes(), nodes('new: { use: acme/other, bare: a }'), ['4:27 new bare']],
    [nodes('new: { use: acme/cam, bare: a }'), nodes('new: { use: acme/other, bare: a }'), ['4:27 new bare']],
  ];
  for (const [before, after, expected, done] of cases) {
    const found = await between(before, after);

    t.same(found.map(described), expected, `${before}${after}`);
    if (done)
      t.equal(
        found[0]?.message,
        `"run" uses acme/exec, which gives power over this machine, and cannot be ${done} from here; change this on the machine.`,
      );
  }
});

t.test('each refusal has its place: the current place of the option, or its former one', async (t) => {
  const [changed] = await between(cam('bare: a'), cam('width: 1, bare: b'));
  const [gone] = await between(cam('width: 1, bare: a'), cam('width: 1'));
  const [inside] = await between(cam('users: [{}]'), cam('users: [{ name: a, role: r }]'));

  t.same(
    [changed, gone, inside].map((item) => item && described(item)),
    ['3:35 cam bare', '3:3 cam bare', '3:44 cam users[0].role'],
  );
  t.equal(changed?.message, '"bare" of "cam" gives power over this machine; change this on the machine.');
});

t.test('the control socket and the plugins may not change', async (t) => {
  const found = await between(cam(''), `control: false\n${cam('')}`);

  t.same(found.map(described), ['1:1 - control']);
  t.equal(found[0]?.message, '"control" gives power over this machine; change this on the machine.');
  t.same((await between(`control: /a\n${cam('')}`, cam(''))).map(described), ['1:1 - control']);
  t.same((await between(`plugins: [a]\n${cam('')}`, `control: /a\nplugins: [a, b]\n${cam('')}`)).map(described), [
    '1:1 - control',
    '2:1 - plugins',
  ]);
  t.same(await between(`control: /a\n${cam('')}`, `watch: false\ncontrol: /a\n${cam('')}`), []);
});

t.test('a value from outside stays at its place, or is removed with its node', async (t) => {
  const both = (a: string, b: string, vars = '') =>
    `camd: 1\n${vars}cameras: { x: "${b}" }\npipeline:\n  cam: { use: acme/other }\n  up: { use: acme/cam${a} }\n`;
  const env = ', label: "${env:A}"';
  const cases: readonly (readonly [before: string, after: string, found: readonly string[]])[] = [
    [both(env, 'x'), both(env, 'y'), []],
    [both(env, 'x'), both(env, '${env:A}'), ['2:15 - cameras.x']],
    [both(env, '${env:A}'), both(env, '${env:B}'), ['2:15 - cameras.x']],
    [both(env, '${env:A}'), both(env, 'x'), ['2:15 - cameras.x']],
    [both('', 'x'), both(env, 'x'), ['5:31 up label']],
    [both(env, 'x'), both(', label: "${env:B}"', 'x'), ['5:31 up label']],
    [both(env, 'x'), both('', 'x').replace('up: { use: acme/cam }', ''), []],
  ];
  for (const [before, after, expected] of cases)
    t.same((await between(before, after)).map(described), expected, `${before}${after}`);

  const [inList] = await between(both(', users: [{ name: a }]', 'x'), both(', users: [{ name: "${env:A}" }]', 'x'));
  t.match(inList, { node: 'up', path: /^users/, place: { line: 5, column: 40 } });
  const [taken] = await between(both('', 'x'), both('', '${env:A}'));
  const [left] = await between(both('', '${env:A}'), both('', 'x'));
  const vars = (name: string) => both('', '${var:v}', `vars: { v: "\${env:${name}}" }\n`);
  t.equal(taken?.message, '"cameras.x" reads env:A from this machine; change this on the machine.');
  t.equal(left?.message, taken?.message);
  t.same((await between(vars('A'), vars('B'))).map(described), ['3:15 - cameras.x']);
});
