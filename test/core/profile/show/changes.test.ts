// The changed values that a reload reports: the path, the old text and the new one.

import t from 'tap';
import { changedValues, type Shown } from '../../../../core/profile/show/changes.ts';
import { readText, type Texts } from '../../../support/reading.ts';

async function shown(text: string, texts: Texts = {}): Promise<Shown> {
  const { profile, catalog, problems } = await readText(text, texts);
  if (!profile) throw new Error(`the profile is good, but ${problems.map(({ message }) => message).join()}`);
  return { profile, catalog };
}

/** "node path: before → after" of each change; "-" where nothing stands. */
async function changed(before: string, after: string, texts: Texts = {}): Promise<string[]> {
  const found = changedValues(await shown(before, texts), await shown(after, texts));
  return found.map((one) => `${one.node ?? '*'} ${one.path}: ${one.before ?? '-'} → ${one.after ?? '-'}`);
}

const cam = (options: string, top = ''): string =>
  `camd: 1\n${top}pipeline:\n  cam: { use: source/feed, connect: "a:1"${options} }\n`;
const web = (users: string): string => `camd: 1\npipeline:\n  web: { use: http/front, users: ${users} }\n`;

t.test('options of a node, as the profile writes them', async (t) => {
  const rows: readonly (readonly [before: string, after: string, ...said: string[]])[] = [
    ['', ''],
    ['', ', timeout: 5s'],
    [', timeout: 90s', ', timeout: 1h', 'cam timeout: 90s → 1h'],
    [', mode: on_demand', '', 'cam mode: on_demand → always'],
    ['', ', argv: [a]', 'cam argv: - → [a]'],
    [', argv: [a, b]', '', 'cam argv: [a, b] → -'],
    [', argv: [a, b]', ', argv: [a, c]', 'cam argv: [a, b] → [a, c]'],
    [', argv: [a, b]', ', argv: [a, b, c]', 'cam argv: [a, b] → [a, b, c]'],
    [
      ', url: "http://h/a"',
      ', url: "http://h/b", timeout: 6s',
      'cam timeout: 5s → 6s',
      'cam url: http://h/a → http://h/b',
    ],
    ['', ', parse: { use: frames, max_frame: 1MiB }', 'cam parse.max_frame: 4MiB → 1MiB'],
    [', argv: ["$${x}"]', ', argv: ["$${y}"]', 'cam argv: ["${x}"] → ["${y}"]'],
  ];
  for (const [before, after, ...said] of rows) {
    const found = await changed(cam(before), cam(after));

    t.same([...found].sort(), said, `${before} to ${after}`);
  }
});

t.test('a map in a list is named by its place in the list, unless one more or one less stands there', async (t) => {
  t.same(await changed(web('[{ name: ann }, { name: bob }]'), web('[{ name: ann }, { name: eve }]')), [
    'web users[1].name: bob → eve',
  ]);
  t.same(await changed(web('[{ name: ann }]'), web('[{ name: ann }, { name: eve }]')), [
    'web users: [{ name: ann }] → [{ name: ann }, { name: eve }]',
  ]);
  t.same(await changed(web('[]'), web('[{ name: ann }]')), ['web users: [] → [{ name: ann }]']);
});

t.test('a secret that changed is named and not shown', async (t) => {
  const users = (password: string) => `[{ name: ann, password: ${password} }]`;

  t.same(await changed(cam(', token: first-word'), cam(', token: other-word')), ['cam token: *** → ***']);
  t.same(await changed(cam(''), cam(', token: other-word')), ['cam token: - → ***']);
  t.same(await changed(web(users('first-word')), web(users('other-word'))), ['web users[0].password: *** → ***']);
  t.same(await changed(cam(', token: same-word, argv: [x]'), cam(', token: same-word, argv: [same-word]')), [
    'cam argv: [x] → ["***"]',
  ]);
  t.same(
    await changed(cam(', token: first-word, argv: [first-word]'), cam(', token: other-word, argv: [other-word]')),
    ['cam token: *** → ***', 'cam argv: ["***"] → ["***"]'],
  );
});

t.test('the plugin of a node', async (t) => {
  const found = await changed(
    'camd: 1\npipeline:\n  one: { use: http/front }\n',
    'camd: 1\npipeline:\n  one: { use: source/feed, connect: "a:1" }\n',
  );

  t.match(found.join('\n'), /^one use: http\/front → source\/feed$/m);
  t.match(found.join('\n'), /^one connect: - → a:1$/m);
});

t.test('keys of the profile itself', async (t) => {
  t.same(await changed(cam(''), cam('', 'log: { level: debug }\n')), ['* log.level: info → debug']);
  t.same(await changed(cam('', 'watch: true\n'), cam('')), ['* watch: true → false']);
  t.same(await changed(cam(''), cam('', 'control: false\n')), ['* control: - → false']);
});

t.test('nodes that only one of the profiles has are not listed, nor one that only moved', async (t) => {
  const more = `${cam('')}  other: { use: http/front }\n`;

  t.same(await changed(cam(''), more), []);
  t.same(await changed(more, cam('')), []);
  t.same(await changed(cam(''), cam('', '# a note\n\n')), []);
});

t.test('a long value is cut behind 80 characters', async (t) => {
  const [exact, longer] = ['x'.repeat(80), 'y'.repeat(81)];

  t.same(await changed(cam(`, device: ${exact}`), cam(`, device: ${longer}`)), [
    `cam device: ${exact} → ${longer.slice(0, 80)}…`,
  ]);
});

t.test('a key with the name of a method is not there unless it is written', async (t) => {
  const before = await shown(cam(''));
  const node = before.profile.nodes.get('cam');
  if (!node) throw new Error('the node is there');
  const nodes = new Map([['cam', { ...node, options: { ...node.options, toString: 'x' } }]]);

  t.same(changedValues(before, { ...before, profile: { ...before.profile, nodes } }), [
    { node: 'cam', path: 'toString', before: undefined, after: 'x' },
  ]);
});

t.test('two readings that share the options of a node have nothing to compare in it', async (t) => {
  const before = await shown(cam(''));
  const node = before.profile.nodes.get('cam');
  if (!node) throw new Error('the node is there');
  const swapped = (more: Partial<typeof node>): Shown => ({
    ...before,
    profile: { ...before.profile, nodes: new Map([['cam', { ...node, ...more }]]) },
  });

  t.same(changedValues(before, before), []);
  t.match(changedValues(before, swapped({ use: 'http/front' })), [{ node: 'cam', path: 'use', after: 'http/front' }]);
  const parse = { use: 'parse/frames', options: { max_frame: 1024 } };
  t.match(changedValues(before, swapped({ parse })), [{ path: 'parse.max_frame', after: '1KiB' }]);
});
