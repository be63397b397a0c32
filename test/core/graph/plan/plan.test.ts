// From a profile to a plan: the start order, what makes a node the same node, and who takes whose frames.

import t from 'tap';
import { consumers, EMPTY_PLAN, type Plan, plan, withReferrers } from '../../../../core/graph/plan/plan.ts';
import type { NodeSpec, Reference } from '../../../../core/profile/profile.ts';

const PLACE = { file: 'test.yaml', line: 1, column: 1, length: 1 };

const refer = (option: string, to: readonly string[], more: Partial<Reference> = {}): Reference => ({
  option,
  to,
  ports: ['frames'],
  delivery: 'live',
  places: to.map(() => PLACE),
  ...more,
});

const spec = (id: string, references: readonly Reference[] = [], more: Partial<NodeSpec> = {}): NodeSpec => ({
  id,
  use: 'test/part',
  options: {},
  parse: undefined,
  provides: [],
  exclusive: false,
  references,
  claims: [],
  routes: [],
  place: PLACE,
  ...more,
});

const profile = (...specs: readonly NodeSpec[]) => ({ nodes: new Map(specs.map((one) => [one.id, one])) });
const ids = ({ nodes }: Plan): string[] => [...nodes.keys()];

t.test('providers stand before those who refer to them, and else the order is that of the profile', (t) => {
  const page = spec('page', [refer('on', ['web']), refer('from', ['latest', 'gone'])]);
  const latest = spec('latest', [refer('from', ['b', 'a'])]);

  t.same(ids(plan(profile(page, spec('a'), latest, spec('web'), spec('b')))), ['web', 'b', 'a', 'latest', 'page']);
  t.same(ids(EMPTY_PLAN), []);
  t.end();
});

t.test('the key of a node contains its plugin, options and parser, in any order', (t) => {
  const keyOf = (more: Partial<NodeSpec>, references: readonly Reference[] = []): string | undefined =>
    plan(profile(spec('a', references, more))).nodes.get('a')?.key;
  const base = keyOf({ options: { x: 1, y: { p: [1, 2], q: null } } });

  t.equal(keyOf({ options: { y: { q: null, p: [1, 2] }, x: 1 } }), base);
  t.equal(keyOf({ options: { x: 1, y: { p: [1, 2], q: null } }, place: { ...PLACE, line: 9 } }), base);
  for (const other of [
    { options: { x: 2, y: { p: [1, 2], q: null } } },
    { options: { x: 1, y: { p: [2, 1], q: null } } },
    { options: { x: 1, y: { p: [1, 2], q: null } }, use: 'test/other' },
    { options: { x: 1, y: { p: [1, 2], q: null } }, parse: { use: 'parse/x', options: {} } },
  ]) {
    t.not(keyOf(other), base);
  }
  const linked = { options: { from: ['cam'], x: 1 } };
  t.equal(
    keyOf(linked, [refer('from', ['cam'])]),
    keyOf({ options: { from: ['gate'], x: 1 } }, [refer('from', ['gate'])]),
  );
  t.not(keyOf(linked, [refer('from', ['cam'], { ports: [] })]), keyOf(linked, [refer('from', ['cam'])]), 'a mere name');
  t.end();
});

t.test('the wiring contains options and nodes, in their order', (t) => {
  const wiringOf = (...references: readonly Reference[]): string | undefined =>
    plan(profile(spec('a', references))).nodes.get('a')?.wiring;

  t.equal(wiringOf(refer('from', ['x', 'y'])), wiringOf(refer('from', ['x', 'y'], { delivery: 'every' })));
  t.not(wiringOf(refer('from', ['x', 'y'])), wiringOf(refer('from', ['y', 'x'])));
  t.not(wiringOf(refer('from', ['x'])), wiringOf(refer('on', ['x'])));
  t.end();
});

t.test('nodes that did not change stay the same objects', (t) => {
  const options = { x: 1 };
  const before = plan(profile(spec('a'), spec('b', [], { options })));
  const kept = before.nodes.get('a')?.spec ?? spec('a');
  const moved = spec('b', [], { options, place: { ...PLACE, line: 7 } });

  const after = plan(profile(kept, moved), before);

  t.equal(after.nodes.get('a'), before.nodes.get('a'));
  t.not(after.nodes.get('b'), before.nodes.get('b'));
  t.equal(after.nodes.get('b')?.key, before.nodes.get('b')?.key);
  t.equal(after.nodes.get('b')?.spec, moved);
  for (const other of [{ use: 'test/other' }, { options: { x: 2 } }, { parse: { use: 'parse/x', options: {} } }]) {
    const changed = plan(profile(kept, { ...moved, ...other }), before);
    t.not(changed.nodes.get('b')?.key, before.nodes.get('b')?.key);
  }
  t.end();
});

t.test('other code of a plugin or of its parser is another revision', (t) => {
  const node = spec('a', [], { parse: { use: 'parse/x', options: {} } });
  const code: Record<string, string> = { 'test/part': '1', 'parse/x': '2' };
  const revisionOf = (use: string): string => code[use] ?? '';
  const before = plan(profile(node), EMPTY_PLAN, revisionOf);

  t.equal(plan(profile(node), before, revisionOf).nodes.get('a'), before.nodes.get('a'));
  for (const use of Object.keys(code)) {
    code[use] = 'new';
    const after = plan(profile(node), before, revisionOf).nodes.get('a');
    t.not(after?.revision, before.nodes.get('a')?.revision, use);
    t.equal(after?.key, before.nodes.get('a')?.key);
    code[use] = use === 'parse/x' ? '2' : '1';
  }
  t.end();
});

t.test('those who take the frames of a node, and how', (t) => {
  const made = plan(
    profile(
      spec('cam'),
      spec('small', [refer('from', ['cam'], { delivery: 'through' })]),
      spec('store', [
        refer('from', ['cam', 'small'], { delivery: 'every' }),
        refer('on', ['web'], { delivery: undefined }),
      ]),
      spec('web'),
    ),
  );

  t.same(
    [...consumers(made)].map(([id, all]) => [id, [...all]]),
    [
      [
        'cam',
        [
          ['small', 'through'],
          ['store', 'every'],
        ],
      ],
      ['small', [['store', 'every']]],
    ],
  );
  t.end();
});

t.test('a node and all that refer to it', (t) => {
  const made = plan(
    profile(
      spec('page', [refer('from', ['latest'])]),
      spec('latest', [refer('from', ['a', 'b'])]),
      spec('a'),
      spec('b'),
    ),
  );

  t.same([...withReferrers(made, ['b'])].sort(), ['b', 'latest', 'page']);
  t.same([...withReferrers(made, ['page'])], ['page']);
  t.same([...withReferrers(made, [])], []);
  t.end();
});
