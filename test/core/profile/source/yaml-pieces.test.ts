// A profile that is read again: what did not change is not parsed again, and stands where it is now.

import t from 'tap';
import type { Entry } from '../../../../core/profile/source/tree.ts';
import { createYamlReader, type YamlReader } from '../../../../core/profile/source/yaml-pieces.ts';

const PADDING = `# ${'x'.repeat(9000)}\n`;
const NODES = '  one: { use: a/b }\n  two:\n    use: c/d\n    x: [1]\n';
const text = (nodes: string, tail = 'watch: true\n', head = ''): string =>
  `camd: 1\n${PADDING}${head}pipeline:\n${nodes}${tail}`;

async function nodesOf(read: YamlReader, whole: string, file = 'a.yaml'): Promise<ReadonlyMap<string, Entry>> {
  const { tree, problems } = await read(file, whole);
  const pipeline = tree?.kind === 'map' ? tree.entries.get('pipeline')?.value : undefined;
  if (pipeline?.kind !== 'map') throw new Error(`there are nodes, but ${problems[0]?.message}`);
  return pipeline.entries;
}

t.test('the same text gives the same objects', async (t) => {
  const read = createYamlReader();
  const before = await nodesOf(read, text(NODES));

  const again = await nodesOf(read, text(NODES));
  const other = await nodesOf(read, text(NODES), 'b.yaml');

  t.equal(again.get('two'), before.get('two'));
  t.not(other.get('two'), before.get('two'), 'each file has its own');
});

t.test('a node that has moved knows where it was parsed first, and has its places where it is', async (t) => {
  const read = createYamlReader();
  const before = await nodesOf(read, text(NODES));
  const first = before.get('two');
  const origin = first && read.origin(first);

  const moved = (await nodesOf(read, text(NODES, 'watch: true\n', '# one more\n'))).get('two');
  const back = (await nodesOf(read, text(NODES))).get('two');

  if (!first || !moved || !back || !origin) throw new Error('the node is there');
  t.equal(moved.key.line, first.key.line + 1);
  t.equal(moved.key.column, first.key.column);
  t.equal(moved.key.start, first.key.start + 11);
  t.equal(moved.key.end, first.key.end + 11);
  t.match(moved.value, {
    kind: 'map',
    range: { line: first.value.range.line + 1, start: first.value.range.start + 11 },
  });
  const [list] = [moved, first].map(({ value }) => (value.kind === 'map' ? value.entries.get('x') : undefined));
  t.match(list?.value, { kind: 'list', items: [{ value: 1, range: { line: 8, column: 9, length: 1 } }] });
  t.equal(read.origin(moved)?.entry, origin.entry);
  t.equal(read.origin(moved)?.lines, origin.lines + 1);
  t.equal(read.origin(moved)?.characters, origin.characters + 11);
  t.same(read.origin(back), origin);
});

t.test('only the pieces that changed are parsed', async (t) => {
  const read = createYamlReader();
  const before = await nodesOf(read, text(NODES));

  const after = await nodesOf(read, text(NODES.replace('c/d', 'c/e')));

  t.equal(after.get('one'), before.get('one'));
  t.not(after.get('two'), before.get('two'));
});

t.test('after a text that is wrong all is parsed anew', async (t) => {
  const read = createYamlReader();
  const before = await nodesOf(read, text(NODES));

  t.match(await read('a.yaml', text(`${NODES}  two: { use: e/f }\n`)), { problems: [{ code: 'duplicate-id' }] });
  const after = await nodesOf(read, text(NODES));

  t.not(after.get('one'), before.get('one'));
  t.match(after.get('one')?.key, before.get('one')?.key);
});

t.test('short texts are parsed as a whole', async (t) => {
  const read = createYamlReader();
  const short = `camd: 1\npipeline:\n${NODES}`;
  const long = `${short}#${'x'.repeat(8 * 1024 - short.length - 1)}`;

  const [first, again] = [await nodesOf(read, short), await nodesOf(read, short)];
  t.not(first.get('one'), again.get('one'));
  const almost = long.slice(0, -1);
  t.not((await nodesOf(read, almost)).get('one'), (await nodesOf(read, almost)).get('one'));
  t.equal((await nodesOf(read, long)).get('one'), (await nodesOf(read, long)).get('one'));
});

t.test('keys before and behind the nodes are read too', async (t) => {
  const read = createYamlReader();

  const { tree } = await read('a.yaml', text(NODES, '# note\nwatch: true\nlog: { level: warn }\n', 'vars: { a: 1 }\n'));

  t.same(tree?.kind === 'map' && [...tree.entries.keys()], ['camd', 'vars', 'pipeline', 'watch', 'log']);
  t.match(tree?.kind === 'map' && tree.entries.get('log')?.key, { line: 11, column: 1, length: 3 });
});
