// `camd new-plugin NAME`: writes a plugin with its schema, a profile that uses it and a test that passes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, EXIT, UsageError } from '../../core/cli/command.ts';
import { sentence } from '../../core/contract/problems.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,63}\/[a-z0-9][a-z0-9-]{0,63}$/;

const make: Command = {
  name: 'new-plugin',
  summary: 'Write a new plugin to start from, with schema and test',
  usage: ['new-plugin OWNER/NAME'],
  details: 'It writes a folder NAME, such as nth for acme/nth, and never overwrites an existing one.',
  options: {},
  words: { least: 1, most: 1 },

  async run(io, args) {
    const [use = ''] = args.positionals;
    if (!NAME.test(use)) {
      throw new UsageError(
        `"${use}" is not a name for a plugin. A name is like acme/nth: lower-case letters, digits and "-".`,
      );
    }
    const name = use.slice(use.indexOf('/') + 1);
    const folder = resolve(io.cwd, name);
    try {
      mkdirSync(folder);
      for (const [file, text] of Object.entries(files(use, name))) writeFileSync(join(folder, file), text);
    } catch (thrown) {
      const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
      io.err(`${exists ? `${name} exists already; choose another name.` : sentence(thrown)}\n`);
      return exists ? EXIT.usage : EXIT.crashed;
    }
    io.out(
      `${name}/ written. Next: cd ${name}, npm install camd, node --test, and camd --config profile.yaml\n` +
        'docs/plugins.md explains the parts.\n',
    );
    return EXIT.ok;
  },
};

export default make;

const files = (use: string, name: string): Readonly<Record<string, string>> => ({
  'package.json': `${JSON.stringify(
    {
      name: `camd-plugin-${name}`,
      version: '0.1.0',
      type: 'module',
      exports: './index.mjs',
      scripts: { test: 'node --test' },
      peerDependencies: { camd: '*' },
    },
    undefined,
    2,
  )}\n`,
  'index.mjs': `// Passes on every picture of at least min_bytes.

/** @type {import('camd/plugin').NodePlugin<{ min_bytes: number }> & { use: string, schema: object }} */
export default {
  use: '${use}',

  schema: {
    summary: 'Passes on every picture of at least min_bytes',
    description: 'Drops smaller pictures. Costs nothing: pictures are not copied.',
    provides: ['frames'],
    type: 'object',
    additionalProperties: false,
    required: ['from'],
    properties: {
      from: {
        description: 'The node that sends the pictures, or a list of nodes.',
        type: ['string', 'array'],
        items: { type: 'string' },
        reference: { ports: ['frames'], delivery: 'through' },
      },
      min_bytes: { description: 'Smaller pictures are dropped.', type: 'string', unit: 'size', default: '0B' },
    },
  },

  start(node) {
    const { min_bytes: least } = node.options;
    node.pass((frame) => (frame.data.length >= least ? frame : undefined), { order: 'every' });
  },
};
`,
  'index.test.mjs': `// Tests the duties of every node between a source and a consumer, and those of this one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeed, createProbe, makeCapture, run, throughCases } from 'camd/testing';
import plugin from './index.mjs';

for (const { title, run } of throughCases(() => ({ node: 'use: ${use}', plugins: [plugin] }))) test(title, run);

test('smaller pictures are dropped', async (t) => {
  const feed = createFeed();
  const probe = createProbe();
  const profile = \`
camd: 1
pipeline:
  camera: { use: test/feed }
  large: { use: ${use}, from: camera, min_bytes: 1MiB }
  end: { use: test/probe, from: large }
\`;
  await run(t, profile, { plugins: [plugin, feed.plugin, probe.plugin] });

  await feed.send(makeCapture());

  assert.equal(probe.frames.length, 0);
});
`,
  'profile.yaml': `camd: 1

plugins:
  - ./index.mjs

pipeline:
  camera: { use: source/test-pattern }
  large: { use: ${use}, from: camera, min_bytes: 1KiB }
  latest: { use: cache/latest, from: large }
  web: { use: http/server, listen: 127.0.0.1:8080 }
  stream: { use: http/stream, on: web, from: latest, path: /stream }
`,
});
