// Warnings about a valid profile: unused nodes and vars, secrets in plain text, and secrets truncated by a comment.

import t from 'tap';
import type { PortName } from '../../../../core/contract/ports.ts';
import { advise } from '../../../../core/profile/check/advice.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import type { Mark } from '../../../../core/profile/values/fill.ts';
import { checkedNodes, markOf, type NodeParts, problemTexts, rangeAt } from '../../../support/checked-node.ts';

function advised(parts: Readonly<Record<string, NodeParts>>, text = 'camd: 1', used: readonly string[] = []) {
  const { tree } = parseYaml('/p/main.yaml', text);
  if (tree?.kind !== 'map') throw new Error('the text is a map');
  return problemTexts(advise(tree, checkedNodes(parts), new Set(used), '/p/main.yaml'));
}
const ofMarks = (...marks: Mark[]): string[] => advised({ a: { marks } });

t.test('a node with ports for others that no node names', (t) => {
  const alone = (...provides: PortName[]): string[] => advised({ a: { use: 'test/use', provides } });
  const frames = '1:3 No node refers to "a" (test/use): its frames are not used.';
  const server = '1:3 No node refers to "a" (test/use): it serves nothing.';

  t.same(alone(), []);
  t.same(alone('frames'), [frames]);
  t.same(alone('frames', 'stills'), [frames]);
  t.same(alone('server'), [server]);
  t.same(alone('server', 'frames'), [server]);
  t.same(alone('store'), [], 'a store keeps what it gets');
  t.same(alone('frames', 'store'), []);
  t.same(alone('mqtt'), []);
  t.same(alone('server', 'mqtt'), [], 'a broker serves clients outside');
  t.same(advised({ a: { provides: ['frames'] }, b: { from: ['a'] } }), []);
  t.end();
});

t.test('a secret in plain text is named, one that stands elsewhere is not', (t) => {
  const secret = (text: string, more: Partial<Mark> = {}): string[] =>
    ofMarks(markOf('token', text, { keywords: { secret: true }, range: rangeAt(5, 8), ...more }));
  const plain = '5:8 token is a secret in plain text; write ${env:NAME}, ${file:/path} or ${cred:NAME}.';
  const url = { secret: true, format: 'http-url' } as const;

  t.same(secret('hunter22'), [plain]);
  t.same(secret(''), []);
  t.same(secret('hunter22', { interpolated: true }), []);
  t.same(secret('hunter22', { given: false }), []);
  t.same(secret('hunter22', { keywords: {} }), []);
  t.same(secret('http://example.com/', { keywords: url }), [], 'no secret is shown');
  t.same(secret('http://example.com/?key=1', { keywords: url }), [plain]);
  t.same(secret('http://ann@example.com/', { keywords: url }), [plain]);
  t.same(secret('http://example.com/'), [plain], 'it is no URL for the plugin');
  t.end();
});

t.test('a password in a URL is named, where the URL is no secret as a whole', (t) => {
  const url = (text: string, more: Partial<Mark> = {}): string[] =>
    ofMarks(markOf('url', text, { keywords: { format: 'http-url' }, ...more }));
  const found = [
    '9:3 url contains a password in plain text; write ${env:NAME}, ${file:/path} or ${cred:NAME} in its place.',
  ];

  t.same(url('http://ann:hunter22@example.com/'), found);
  t.same(url('http://example.com/'), []);
  t.same(url('http://ann:hunter22@example.com/', { interpolated: true }), []);
  t.same(url('http://ann:hunter22@example.com/', { given: false }), []);
  t.same(url('http://ann:hunter22@example.com/', { keywords: { format: 'address' } }), []);
  t.same(url('http://ann:hunter22@example.com/', { keywords: {} }), []);
  t.end();
});

t.test('a secret that ends before a comment', (t) => {
  const cut = (more: Partial<Mark> = {}): string[] =>
    ofMarks(markOf('password', 'secret', { keywords: { secret: true }, interpolated: true, cut: true, ...more }));

  t.same(cut(), [
    '9:3 password ends before the " #", where a comment begins; if the "#" is part of it, put the whole in quotes.',
  ]);
  t.same(cut({ cut: false }), []);
  t.same(cut({ given: false }), []);
  t.same(cut({ keywords: {} }), []);
  t.end();
});

t.test('a var that nothing uses', (t) => {
  const text = 'camd: 1\nvars:\n  one: 1\n  two: 2\n';

  t.same(advised({}, text), ['3:3 Nothing uses the var "one".', '4:3 Nothing uses the var "two".']);
  t.same(advised({}, text, ['one', 'three']), ['4:3 Nothing uses the var "two".']);
  t.same(advised({}, text, ['one', 'two']), []);
  t.same(advised({}, 'camd: 1\nvars: 3\n'), []);
  const { tree } = parseYaml('/p/other.yaml', text);
  if (tree?.kind !== 'map') throw new Error('the text is a map');
  t.same(advise(tree, new Map(), new Set(), '/p/main.yaml'), [], 'an included file may offer more than is used');
  t.end();
});
