// Reading a profile again gives the same result as reading it for the first time.

import t from 'tap';
import { checkNode } from '../../../core/profile/check/node.ts';
import { createProfileMemory, type ProfileMemory } from '../../../core/profile/memory.ts';
import { readProfile } from '../../../core/profile/read.ts';
import { builtinCatalog } from '../../support/catalog.ts';

const catalog = builtinCatalog();
const environment = (text: string) => ({ env: { AT: '127.0.0.1:9000' }, readFile: async () => text, catalog });

/** Long enough to be read in pieces. */
const profile = (stale: string, note: string, port: number): string => `camd: 1
# ${'x'.repeat(9000)}
pipeline:
  gate: { use: source/tcp, connect: '\${env:AT}' }
  latest-1:
    use: cache/latest
    from: gate
    stale_after: ${stale}
${note}  web: { use: http/server, listen: 127.0.0.1:${port}, auth: { bearer: { tokens: [not-so-very-secret-token] } } }
  shot: { use: http/snapshot, on: web, path: /a.jpg, from: latest-1 }
  copy: { use: http/snapshot, on: web, path: /b.jpg, from: latest-1 }
`;

t.test('reused results equal fresh ones, also for a node at another place', async (t) => {
  const memory = createProfileMemory();
  const texts = [
    profile('5s', '', 80),
    profile('5s', '', 80),
    profile('15s', '', 80),
    profile('15s', '  # a note\n\n', 80),
    profile('wrong', '', 80),
    profile('15s', '  more: { use: cache/latest, from: gate }\n', 80),
    profile('15s', '', 99999),
    profile('5s', '', 80).replace('/b.jpg', '/a.jpg'),
    profile('5s', '# nothing\n', 80),
    profile('5s', '  # as long as both\n', 99999),
    // One line more, and as many characters.
    profile('5s', '  # a\n  # as a note\n', 99999),
  ];

  for (const text of texts) {
    const again = await readProfile('/p.yaml', { ...environment(text), memory });
    const anew = await readProfile('/p.yaml', environment(text));

    t.same(again, anew);
  }
});

t.test('an unchanged node keeps its options object, so that no comparison is needed', async (t) => {
  const memory = createProfileMemory();

  const before = await readProfile('/p.yaml', { ...environment(profile('5s', '', 80)), memory });
  const after = await readProfile('/p.yaml', { ...environment(profile('15s', '# a note\n', 80)), memory });

  t.ok(before.profile && after.profile);
  t.equal(after.profile?.nodes.get('web')?.options, before.profile?.nodes.get('web')?.options);
  t.not(after.profile?.nodes.get('latest-1')?.options, before.profile?.nodes.get('latest-1')?.options);
});

t.test(
  'a node that has moved has all its ranges where it is now, as if it were checked for the first time',
  async (t) => {
    const entryOf = async (memory: ProfileMemory, text: string) => {
      const { tree } = await memory.readYaml('/p.yaml', text);
      const pipeline = tree?.kind === 'map' ? tree.entries.get('pipeline')?.value : undefined;
      const entry = pipeline?.kind === 'map' ? pipeline.entries.get('web') : undefined;
      if (!entry) throw new Error('the node is not there');
      return entry;
    };
    const memory = createProfileMemory();
    const moved = profile('5s', '  # a note\n\n', 80);
    await memory.checkNode('web', await entryOf(memory, profile('5s', '', 80)), catalog, '/');

    const again = await memory.checkNode('web', await entryOf(memory, moved), catalog, '/');
    const anew = await checkNode('web', await entryOf(createProfileMemory(), moved), catalog, '/');

    t.same(again, anew);
  },
);
