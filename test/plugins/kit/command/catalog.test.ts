// The plugins that a command lists: those of camd and, with a profile, those of the profile.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Io } from '../../../../core/cli/command.ts';
import { builtins } from '../../../../plugins/index.ts';
import { catalogFor } from '../../../../plugins/kit/command/catalog.ts';
import { folderWith } from '../../../support/cli.ts';

const OWN = "export default [{ use: 'acme/cam', schema: { type: 'object' }, start() {} }];\n";
const PIPELINE = 'pipeline: { web: { use: http/server } }\n';

function world(t: Test, files: Readonly<Record<string, string>>) {
  const errors: string[] = [];
  const io = {
    cwd: folderWith(t, files),
    env: {},
    builtins,
    tty: { out: false, err: false },
    err: (text: string) => void errors.push(text),
  } as unknown as Io;
  return { io, errors };
}

t.test('without a profile the catalog contains the plugins of camd', async (t) => {
  const { io } = world(t, {});

  const catalog = await catalogFor(io, undefined);

  t.equal(catalog.has('http/server'), true);
  t.equal(catalog.has('acme/cam'), false);
});

t.test('a profile adds its own plugins, and its other mistakes are not reported', async (t) => {
  const { io, errors } = world(t, {
    'p.yaml': `camd: 1\nplugins: [./acme.mjs]\n${PIPELINE}wrong: 1\n`,
    'acme.mjs': OWN,
  });

  const catalog = await catalogFor(io, 'p.yaml');

  t.equal(catalog.has('acme/cam'), true);
  t.equal(catalog.has('http/server'), true);
  t.same(errors, []);
});

t.test('a plugin that cannot be loaded and a profile that cannot be read are reported', async (t) => {
  const { io, errors } = world(t, {
    'plugin.yaml': `camd: 1\nplugins: [./acme.mjs]\n${PIPELINE}wrong: 1\n`,
    'text.yaml': 'camd: [\n',
    'acme.mjs': 'throw new Error("rusty");\n',
  });

  t.equal((await catalogFor(io, 'plugin.yaml')).has('http/server'), true);
  await catalogFor(io, join(io.cwd, 'text.yaml'));

  t.equal(errors.length, 2);
  t.match(errors[0], /^plugin\.yaml:2:\d+ {2}error {2}bad-plugin\n.*rusty.*\n$/s);
  t.notMatch(errors[0], /wrong/);
  t.match(errors[1], /^text\.yaml:1:\d+ {2}error {2}bad-yaml\n/);
});
