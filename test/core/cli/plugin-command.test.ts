// Commands of plugins that a profile uses.

import t from 'tap';
import { camd, folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';

const LIST = dedent`
  export default {
    use: 'acme/list',
    schema: {
      type: 'object',
      summary: 'A list',
      description: 'A list.',
      additionalProperties: false,
      properties: { size: { description: 'Bytes.', type: 'string', unit: 'size', default: '1KiB' } },
    },
    start() {},
    commands: {
      clients: {
        summary: 'Tells the clients',
        usage: 'clients add NAME',
        run: async (options, args) => [\`size \${options.size}\`, ...args],
      },
    },
  };
`;

t.test('a command of a plugin is found through the profile and gets the options of its node', async (t) => {
  const one = 'camd: 1\nplugins: [./list.mjs]\npipeline:\n  known: { use: acme/list, size: 2KiB }\n';
  const cwd = folderWith(t, { 'list.mjs': LIST, 'one.yaml': one, 'two.yaml': `${one}  more: { use: acme/list }\n` });

  const before = await camd(['--config', 'one.yaml', 'clients', 'add', 'x'], { cwd });
  const after = await camd(['clients', 'add', 'x', '-c', 'one.yaml'], { cwd });
  const help = await camd(['clients', '--help', '--config=one.yaml'], { cwd });
  const which = await camd(['clients', '--config', 'two.yaml'], { cwd });
  const chosen = await camd(['clients', '--config', 'two.yaml', '--node', 'more'], { cwd });
  const slip = await camd(['cliens', '--config', 'one.yaml'], { cwd });

  t.same(before, { code: 0, out: 'size 2048\nadd\nx\n', err: '' });
  t.same(after, before);
  t.match(help, { code: 0, out: /Usage: camd clients add NAME --config PROFILE/ });
  t.match(which, { code: 64, err: /several nodes have this command \(known, more\); choose one with --node/ });
  t.match(chosen, { code: 0, out: 'size 1024\n' });
  t.match(slip, { code: 64, err: /did you mean "clients"\?/ });
});
