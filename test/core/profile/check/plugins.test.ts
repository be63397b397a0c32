// Checks of plugins: the place of each problem, the view of other nodes, and problems of this machine.

import t from 'tap';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { CheckView, Finding, FrameFacts } from '../../../../core/contract/check.ts';
import type { NodePlugin } from '../../../../core/contract/plugin.ts';
import { checkPlugins, inspectPlugins } from '../../../../core/profile/check/plugins.ts';
import { parseYaml } from '../../../../core/profile/source/yaml.ts';
import { checkedNodes, type NodeParts, problemTexts } from '../../../support/checked-node.ts';

const catalogOf = (plugin: Partial<NodePlugin>): Catalog =>
  ({ node: async () => ({ start: () => {}, ...plugin }) }) as unknown as Catalog;

/** The text of each node, one a line. */
function profileOf(texts: Readonly<Record<string, string>>) {
  const text = Object.entries(texts)
    .map(([id, options]) => `${id}: ${options}\n`)
    .join('');
  const { tree } = parseYaml('/p/main.yaml', text);
  if (tree?.kind !== 'map') throw new Error('the text is a map');
  return tree.entries;
}

/** The findings of a check that finds this. */
async function placed(text: string, findings: readonly Finding[]): Promise<string[]> {
  const catalog = catalogOf({ check: () => findings });
  return problemTexts(await checkPlugins(checkedNodes({ a: {} }), profileOf({ a: text }), catalog));
}
const finding = (option: string, message = 'Hm.'): Finding => ({ option, code: 'wrong-value', message });

t.test('a finding stands at its option, or at the nearest thing around it that is written', async (t) => {
  const text = '{ tls: { cert: /x, more: { deep: 1 } }, users: [{ name: ann }, bob] }';
  const at = async (option: string): Promise<string> => (await placed(text, [finding(option)]))[0] ?? '';

  t.equal(await at('tls.cert'), '1:19 Hm.');
  t.equal(await at('tls.more.deep'), '1:37 Hm.');
  t.equal(await at('tls.more'), '1:23 Hm.', 'a map: at its key');
  t.equal(await at('tls.gone.deep'), '1:6 Hm.');
  t.equal(await at('users[0].name'), '1:60 Hm.');
  t.equal(await at('users[1]'), '1:67 Hm.');
  t.equal(await at('users[7].name'), '1:44 Hm.');
  t.equal(await at('gone'), '1:1 Hm.');
  t.equal(await at(''), '1:1 Hm.');
});

t.test('a finding has the severity of its code unless it says another one, and its fix', async (t) => {
  const catalog = catalogOf({
    check: () => [
      finding('x'),
      { ...finding('x'), severity: 'warning', fix: 'sudo true' },
      { ...finding('x'), code: 'advice', severity: 'error' },
      { ...finding('x'), code: 'advice' },
    ],
  });

  const found = await checkPlugins(checkedNodes({ a: {} }), profileOf({ a: '{ x: 1 }' }), catalog);

  t.same(
    found.map(({ severity, fix }) => [severity, fix]),
    [
      ['error', undefined],
      ['warning', 'sudo true'],
      ['error', undefined],
      ['warning', undefined],
    ],
  );
});

t.test('a secret of four characters or more is starred out wherever it stands, a shorter one is not', async (t) => {
  const nodes = new Map(
    [...checkedNodes({ a: {} })].map(([id, node]) => [
      id,
      { ...node, secrets: { ranges: [], values: ['abcd', 'xyz'] } },
    ]),
  );
  const catalog = catalogOf({ check: () => [finding('x', 'abcd and xyz, abcd')] });
  const throwing = catalogOf({
    check: () => {
      throw new Error('abcd is bad');
    },
  });
  const entries = profileOf({ a: '{ x: 1 }' });

  t.same(problemTexts(await checkPlugins(nodes, entries, catalog)), ['1:9 *** and xyz, ***']);
  t.same(problemTexts(await checkPlugins(nodes, entries, throwing)), [
    '1:1 test/node cannot check its options: *** is bad.',
  ]);
});

t.test('a plugin that does not load is reported at each of its nodes, and is loaded once', async (t) => {
  let loads = 0;
  const catalog = {
    async node() {
      loads++;
      throw new Error('no such module');
    },
  } as unknown as Catalog;
  const entries = profileOf({ a: '{ x: 1 }', b: '{ x: 1 }', c: '{ x: 1 }' });
  const all = checkedNodes({ a: {}, b: {}, c: { use: 'test/other' } });

  t.same(problemTexts(await checkPlugins(all, entries, catalog)), [
    '1:1 test/node cannot check its options: no such module.',
    '2:1 test/node cannot check its options: no such module.',
    '3:1 test/other cannot check its options: no such module.',
  ]);
  t.equal(loads, 2);
});

t.test('facts about the frames of a node reach all nodes behind it, at any distance', async (t) => {
  const seen = new Map<string, FrameFacts>();
  const requested: string[] = [];
  const catalog = catalogOf({
    frames(_options: unknown, view: CheckView) {
      requested.push(view.id);
      if (view.id === 'bad') throw new Error('it does not know');
      return view.id.startsWith('cam') ? { cameras: [view.id], interval: view.id === 'cam1' ? 10 : 20 } : undefined;
    },
    check(_options: unknown, view: CheckView) {
      seen.set(view.id, view.frames('from'));
      return [];
    },
  } as Partial<NodePlugin>);
  const parts: Record<string, NodeParts> = {
    page: { from: ['both'] },
    both: { from: ['keep', 'cam2'] },
    keep: { from: ['cam1'] },
    cam1: {},
    cam2: {},
    bad: {},
    lost: { from: ['bad', 'cam1'] },
    stray: { from: ['gone', 'cam2'] },
    round: { from: ['trip'] },
    trip: { from: ['round'] },
  };

  const found = await checkPlugins(
    checkedNodes(parts),
    profileOf(Object.fromEntries(Object.keys(parts).map((id) => [id, '{ x: 1 }']))),
    catalog,
  );

  t.same(found, []);
  t.same(seen.get('page'), { cameras: ['cam1', 'cam2'], interval: 20 });
  t.same(seen.get('both'), { cameras: ['cam1', 'cam2'], interval: 20 });
  t.same(seen.get('keep'), { cameras: ['cam1'], interval: 10 });
  t.same(seen.get('cam1'), { cameras: undefined, interval: undefined });
  t.same(seen.get('lost'), { cameras: undefined, interval: 10 }, 'one of its inputs is not known');
  t.same(seen.get('stray'), { cameras: undefined, interval: 20 }, 'one of them is not there');
  t.same(seen.get('trip'), { cameras: undefined, interval: undefined });
  t.same(
    requested.sort(),
    ['bad', 'both', 'cam1', 'cam2', 'keep', 'round', 'trip'],
    'each node that another one names, once',
  );
});

t.test('a node sees the ports that all the nodes of an option provide, and the options of the first', async (t) => {
  const seen: unknown[] = [];
  const catalog = catalogOf({
    check(_options: unknown, view: CheckView) {
      if (view.id === 'page') {
        seen.push(view.provides('from'), view.provides('gone'), view.optionsOf('from'), view.optionsOf('gone'));
      }
      return [];
    },
  } as Partial<NodePlugin>);
  const nodes = new Map(
    [
      ...checkedNodes({
        a: { provides: ['frames', 'stills', 'server'] },
        b: { provides: ['server', 'frames'] },
        page: { from: ['a', 'b'] },
      }),
    ].map(([id, node]) => [id, { ...node, spec: { ...node.spec, options: { of: id } } }]),
  );

  await checkPlugins(nodes, profileOf({ a: '{ x: 1 }', b: '{ x: 1 }', page: '{ x: 1 }' }), catalog);

  t.same(seen, [['frames', 'server'], [], { of: 'a' }, undefined]);
});

t.test('a problem of this machine is reported at its option; a failed examination is advice', async (t) => {
  const { signal } = new AbortController();
  const seen: unknown[] = [];
  const catalog = catalogOf({
    async inspect(options, own, resolve) {
      seen.push([options, own === signal, resolve('dev'), resolve('/dev/video0')]);
      return [{ ...finding('device', 'It is no camera.'), code: 'not-here', fix: 'sudo true' }];
    },
  });
  const broken = catalogOf({ inspect: () => Promise.reject(new Error('no permission')) });
  const entries = profileOf({ a: '{ device: /dev/video0 }', b: '{}' });
  const inspect = (which: Catalog, parts: Readonly<Record<string, NodeParts>>) =>
    inspectPlugins(checkedNodes(parts), entries, which, '/p', signal);

  const found = await inspect(catalog, { a: {} });
  t.same(problemTexts(found), ['1:14 It is no camera.']);
  t.match(found, [{ code: 'not-here', severity: 'warning', fix: 'sudo true' }]);
  t.same(seen, [[{}, true, '/p/dev', '/dev/video0']]);

  const failed = await inspect(broken, { a: {}, b: {} });
  t.same(problemTexts(failed), [
    '1:1 test/node cannot examine this machine: no permission',
    '2:1 test/node cannot examine this machine: no permission',
  ]);
  t.match(failed, [{ code: 'advice', severity: 'warning' }, {}]);
  t.same(await inspect(catalogOf({}), { a: {} }), []);
  t.same(await inspect(broken, { other: {} }), [], 'it has no text');
});

t.test('a node with an error of its own is neither checked nor inspected; one with a warning is', async (t) => {
  const checked: string[] = [];
  const catalog = catalogOf({
    check(_options: unknown, { id }: CheckView) {
      checked.push(`check ${id}`);
      return [];
    },
    async inspect() {
      checked.push('inspect');
      return [];
    },
  } as Partial<NodePlugin>);
  const place = { file: '/p/main.yaml', line: 1, column: 1, length: 1 };
  const problems = (severity: 'error' | 'warning') => [{ code: 'advice' as const, severity, message: '', place }];
  const all = [...checkedNodes({ bad: {}, odd: {}, none: {} })];
  const nodes = new Map(
    all.map(([id, node]) => [
      id,
      id === 'none'
        ? { ...node, schema: undefined }
        : { ...node, problems: problems(id === 'bad' ? 'error' : 'warning') },
    ]),
  );
  const entries = profileOf({ bad: '{}', odd: '{}', none: '{}' });

  await checkPlugins(nodes, entries, catalog);
  await inspectPlugins(nodes, entries, catalog, '/p', new AbortController().signal);

  t.same(checked, ['check odd', 'inspect']);
});
