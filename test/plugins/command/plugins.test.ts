// Documentation from schemas: it contains all keywords, paths of nested options, and valid profiles as examples.

import t from 'tap';
import type { PluginSchema } from '../../../core/contract/schema.ts';
import { describe } from '../../../plugins/command/plugins/describe.ts';
import { markdownIndex, markdownPage } from '../../../plugins/command/plugins/markdown.ts';
import { textList, textPage } from '../../../plugins/command/plugins/text.ts';
import { camd } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const schema: PluginSchema = {
  title: 'upload/shop',
  summary: 'Sends pictures to the shop',
  description: 'Sends every picture. Costs a connection.',
  provides: [],
  type: 'object',
  additionalProperties: false,
  required: ['from'],
  $defs: { corner: { type: 'object', properties: { x: { description: 'Across.', type: 'integer', minimum: 0 } } } },
  properties: {
    from: {
      description: 'Whence.',
      type: ['string', 'array'],
      items: { type: 'string' },
      reference: { ports: ['frames'], delivery: 'every' },
    },
    every: { description: 'How often.', type: 'string', unit: 'duration', least: '1s', most: '1d', default: '10s' },
    token: { description: 'The key.', type: 'string', secret: true, minLength: 20, maxLength: 20 },
    mode: { description: 'The manner.', enum: ['always', 'on_demand'], default: 'always' },
    parse: { description: 'The form.', type: ['string', 'object'], parse: true, default: 'mjpeg' },
    headers: { description: 'More headers.', type: 'object', additionalProperties: { type: 'string' } },
    auth: {
      description: 'Who we are.',
      type: 'object',
      required: ['user'],
      properties: { user: { description: 'The name.', type: 'string' } },
    },
    corners: { description: 'The crop.', type: 'array', items: { $ref: '#/$defs/corner' }, minItems: 2, maxItems: 4 },
  },
  examples: [{ title: 'Plain', pipeline: { cam: { use: 'source/x' }, up: { use: 'upload/shop', from: 'cam' } } }],
};

t.test('options are described in order, each followed by its nested ones', async (t) => {
  const { options } = describe(schema);

  t.same(
    options.map(({ path, type, required }) => [path, type, required]),
    [
      ['from', 'node or list of nodes', true],
      ['every', 'duration', false],
      ['token', 'text', false],
      ['mode', '`always` or `on_demand`', false],
      ['parse', 'parser', false],
      ['headers', 'map (each: text)', false],
      ['auth', 'map', false],
      ['auth.user', 'text', true],
      ['corners', 'list (each: map)', false],
      ['corners[].x', 'whole number', false],
    ],
  );
});

t.test('limits, ports, delivery and secrecy are printed', async (t) => {
  const of = (path: string) =>
    describe(schema)
      .options.find((option) => option.path === path)
      ?.facts.join('; ');

  t.equal(of('from'), 'needs `frames`; gets every frame');
  t.equal(of('every'), 'such as 250ms, 10s, 5m, 2h or 30d; at least 1s; at most 1d');
  t.match(of('token'), /^exactly 20 characters; secret: never printed/);
  t.equal(of('corners'), '2 to 4 items');
});

t.test('an example is printed as a complete profile', async (t) => {
  t.equal(
    describe(schema).examples[0]?.yaml,
    dedent`
      camd: 1

      pipeline:
        cam:
          use: source/x
        up:
          use: upload/shop
          from: cam
    `,
  );
});

t.test('pages contain everything, in Markdown and for a terminal', async (t) => {
  const doc = describe(schema);
  for (const page of [markdownPage(doc), textPage(doc, false), textPage(doc, true)]) {
    for (const { path, description } of doc.options) t.ok(page.includes(path) && page.includes(description), path);
    t.match(page, 'Provides: nothing to other nodes.');
    t.match(page, 'use: upload/shop');
  }
});

t.test('lists are grouped by kind and show the origin of each plugin', async (t) => {
  const docs = [
    { ...describe({ ...schema, title: 'acme/clock', summary: 'Tells | time' }), origin: './clock.mjs' },
    { ...describe(schema), origin: 'builtin' },
  ];

  t.equal(
    textList(docs, false),
    dedent`
      acme
        acme/clock   Tells | time (from ./clock.mjs)

      upload
        upload/shop  Sends pictures to the shop
    `,
  );
  t.match(
    markdownIndex(docs, ({ use }) => `${use}.md`),
    '| [acme/clock](acme/clock.md) | Tells \\| time |  |',
  );
});

t.test('plugins lists all built-in ones; plugins USE documents one, parsers by their short names too', async (t) => {
  const list = await camd(['plugins']);
  const page = await camd(['plugins', 'cache/latest']);
  const parser = await camd(['plugins', 'mjpeg']);
  const markdown = await camd(['plugins', 'cache/latest', '--format', 'markdown']);
  const json = await camd(['plugins', '--format', 'json']);

  t.match(list.out, /^cache\n {2}cache\/latest +Keeps the newest frame of each camera$/m);
  t.match(page.out, /stale_after {2}default 15s\n {6}duration; such as .*; at least 100ms\n/);
  t.match(page.out, 'Provides: frames, stills.');
  t.match(page.out, 'Example: ');
  t.match(parser.out, /^parse\/mjpeg: /);
  t.match(markdown.out, /^# cache\/latest\n/);
  t.ok(JSON.parse(json.out).length > 5);
});
