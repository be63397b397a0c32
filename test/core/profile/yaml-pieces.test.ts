// A profile parsed in pieces gives the same result as one parsed as a whole.

import fc from 'fast-check';
import t from 'tap';
import type { Tree } from '../../../core/profile/source/tree.ts';
import { type ParsedYaml, parseYaml } from '../../../core/profile/source/yaml.ts';
import { createYamlReader } from '../../../core/profile/source/yaml-pieces.ts';
import { dedent } from '../../support/dedent.ts';

/** Long enough to be read in pieces. */
const PADDING = `# ${'x'.repeat(9000)}\n`;

const plain = dedent`
  camd: 1
  vars: { interval: 10s }
  pipeline: # the nodes
    # the first
    camera:
      use: source/tcp
      connect: 127.0.0.1:9000

    latest: { use: cache/latest,
      from: camera }
    text:
      use: upload/http
      body: |+
        two
          lines

    list:
      use: http/server
      hosts:
      - "a: b"
      - 'c'
  # behind the nodes
  watch: true
`;

const texts: Readonly<Record<string, string>> = {
  'as most are': plain,
  'without anything behind the nodes': plain.slice(0, plain.indexOf('# behind')),
  'with lines that end as in DOS': plain.replaceAll('\n', '\r\n'),
  'with an anchor and an alias in two nodes': plain.replace('latest: {', 'latest: &a {').replace("- 'c'", '- *a'),
  'with a node twice': plain.replace('list:', 'camera:'),
  'with the nodes twice': `${plain}pipeline: {}\n`,
  'with a key twice behind the nodes': `${plain}camd: 2\n`,
  'with a quote that is not closed': plain.replace("'c'", "'c"),
  'with a brace that is not closed': plain.replace('from: camera }', 'from: camera'),
  'with a line less indented': plain.replace('    use: upload/http', '  use: upload/http'),
  'with a tab': plain.replace('    use: upload/http', '\t\tuse: upload/http'),
  'with two documents': `${plain}---\ncamd: 1\n`,
  'with nodes in braces': 'camd: 1\npipeline: { a: { use: b }, c: { use: d } }\n',
  'with an empty node': plain.replace(/latest: [^}]*}/, 'latest:'),
  'with no nodes': 'camd: 1\npipeline:\nwatch: true\n',
  'that is a list': '- 1\n- 2\n',
  'that is empty': '',
};

/** Where maps and lists end (before or behind the comment that follows) may differ: it is never shown. */
function comparable({ tree, ...rest }: ParsedYaml): object {
  return { ...rest, tree: tree && withoutEnds(tree) };
}

function withoutEnds(tree: Tree): Tree {
  if (tree.kind === 'leaf') return tree;
  const spot = { ...tree.range, end: 0 };
  if (tree.kind === 'list') return { ...tree, range: spot, items: tree.items.map(withoutEnds) };
  const entries = [...tree.entries].map(([id, { key, value }]) => [id, { key, value: withoutEnds(value) }] as const);
  return { ...tree, range: spot, entries: new Map(entries) };
}

t.test('a text reads the same in pieces', async (t) => {
  for (const [title, text] of Object.entries(texts)) {
    const whole = text + PADDING;

    const pieces = await createYamlReader()('profile.yaml', whole);

    t.same(comparable(pieces), comparable(parseYaml('profile.yaml', whole)), title);
  }
});

t.test('a text reads the same after any change of its lines', async (t) => {
  const lines = plain.split('\n');
  const change = fc.record({
    at: fc.nat({ max: lines.length }),
    drop: fc.nat({ max: 3 }),
    put: fc.array(
      fc.constantFrom('  new:', '    use: x', '', '  # note', 'top: 1', '  latest: &a 1', '    - *a', ' }'),
      {
        maxLength: 3,
      },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
      const reader = createYamlReader();
      let now = lines;
      for (const { at, drop, put } of changes) {
        now = now.toSpliced(at, drop, ...put);
        const text = `${now.join('\n')}\n${PADDING}`;

        const pieces = await reader('profile.yaml', text);

        t.same(comparable(pieces), comparable(parseYaml('profile.yaml', text)));
      }
    }),
    { numRuns: 60 },
  );
});
