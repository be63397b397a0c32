// Which new node comes in the place of which old one.

import t from 'tap';
import { plan } from '../../../../core/graph/plan/plan.ts';
import { successors } from '../../../../core/graph/plan/successors.ts';
import type { NodeSpec } from '../../../../core/profile/profile.ts';

const PLACE = { file: 'test.yaml', line: 1, column: 1, length: 1 };

interface Node {
  readonly use?: string;
  readonly x?: number;
  readonly from?: string;
  readonly listen?: string;
  readonly folder?: string;
  /** "server /path" */
  readonly route?: string;
}

function planOf(nodes: Readonly<Record<string, Node>>) {
  const specs = Object.entries(nodes).map(
    ([id, { use = 'test/part', x = 0, from, listen, folder, route }]): NodeSpec => {
      const [server = '', path = ''] = route?.split(' ') ?? [];
      const to = from ?? (server === '' ? undefined : server);
      return {
        id,
        use,
        options: { x },
        parse: undefined,
        provides: [],
        exclusive: false,
        references:
          to === undefined ? [] : [{ option: 'from', to: [to], ports: ['frames'], delivery: 'live', places: [PLACE] }],
        claims: [
          ...(listen === undefined ? [] : [{ kind: 'address' as const, name: listen, place: PLACE }]),
          ...(folder === undefined ? [] : [{ kind: 'folder' as const, name: folder, place: PLACE }]),
        ],
        routes: route === undefined ? [] : [{ server, path, page: false, place: PLACE }],
        place: PLACE,
      };
    },
  );
  return plan({ nodes: new Map(specs.map((one) => [one.id, one])) });
}

/** "new ← old" of all that differ, or of those that are named. */
function found(
  old: Readonly<Record<string, Node>>,
  next: Readonly<Record<string, Node>>,
  starting = Object.keys(next),
  going = Object.keys(old),
): string[] {
  return [...successors(planOf(old), planOf(next), starting, going)].map(([to, from]) => `${to} ← ${from}`).sort();
}

t.test('a node is its own successor, with other options too, but not with another plugin', (t) => {
  t.same(found({ a: {}, b: { x: 1 } }, { a: { x: 2 }, b: {} }), ['a ← a', 'b ← b']);
  t.same(found({ a: {} }, { a: { use: 'test/other' } }), []);
  t.end();
});

t.test('the same address, or the same path on the same server, comes before the same id', (t) => {
  t.same(found({ a: { listen: ':1' }, b: { listen: ':2' } }, { a: { listen: ':2' }, b: { listen: ':1' } }), [
    'a ← b',
    'b ← a',
  ]);
  t.same(found({ a: { listen: ':1' } }, { b: { listen: ':1', x: 5 } }), ['b ← a']);
  t.same(found({ a: { listen: 'x' } }, { b: { folder: 'x', x: 5 } }), [], 'another kind of thing');
  t.same(found({ a: { listen: ':1' } }, { b: { listen: ':2' } }).length, 1, 'but then it is one that was renamed');
  t.same(found({ web: {}, a: { route: 'web /x' } }, { web: {}, b: { route: 'web /x', x: 5 } }), ['b ← a', 'web ← web']);
  t.same(found({ web: {}, a: { route: 'web /x' } }, { web: {}, b: { route: 'web /y', x: 5 } }), ['web ← web']);
  t.same(
    found({ web: { listen: ':1' }, a: { route: 'web /x' } }, { site: { listen: ':1' }, b: { route: 'site /x', x: 5 } }),
    ['b ← a', 'site ← web'],
    'the server was renamed',
  );
  t.end();
});

t.test('of several that claim the same, a node is its own successor first', (t) => {
  const both = { a: { listen: ':1' }, b: { listen: ':1' } };

  t.same(found(both, both), ['a ← a', 'b ← b']);
  t.same(found(both, { b: { listen: ':1' }, a: { listen: ':1' } }), ['a ← a', 'b ← b']);
  t.end();
});

t.test('a node that was only renamed has the same options and refers to the same nodes', (t) => {
  t.same(found({ a: { x: 1 } }, { b: { x: 1 } }), ['b ← a']);
  t.same(found({ a: { x: 1 } }, { b: { x: 2 } }), []);
  t.same(found({ cam: {}, a: { x: 1, from: 'cam' } }, { door: {}, b: { x: 1, from: 'door' } }), [
    'b ← a',
    'door ← cam',
  ]);
  t.same(found({ cam: { x: 7 }, a: { x: 1, from: 'cam' } }, { cam: { x: 7 }, b: { x: 1, from: 'b2' }, b2: { x: 9 } }), [
    'cam ← cam',
  ]);
  t.same(found({ a: { x: 1 } }, { b: { x: 1 }, c: { x: 1 } }), ['b ← a'], 'one alone takes over');
  t.end();
});

t.test('only nodes that start take over, and only from those that go', (t) => {
  t.same(found({ a: {}, b: {} }, { a: {}, b: {} }, ['a'], ['a', 'b']), ['a ← a']);
  t.same(found({ a: {}, b: {} }, { a: {}, b: {} }, ['a', 'b'], ['b']), ['b ← b']);
  t.end();
});
