// References between nodes, circles of them, and what only one node can have: each mistake with its words and its place.

import t from 'tap';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { PortName } from '../../../../core/contract/ports.ts';
import { checkWiring } from '../../../../core/profile/check/wiring.ts';
import type { Claim, Reference, RouteClaim } from '../../../../core/profile/profile.ts';
import { checkedNodes, type NodeParts, problemTexts, rangeAt } from '../../../support/checked-node.ts';

/** Plugins that provide these, for what is suggested. */
const catalogOf = (uses: Readonly<Record<string, readonly PortName[]>>): Catalog =>
  ({
    entries: Object.keys(uses).map((use) => ({ use, origin: 'builtin' })),
    schema: (use: string) => ({ provides: uses[use] }),
  }) as unknown as Catalog;

const wired = (parts: Readonly<Record<string, NodeParts>>, uses: Parameters<typeof catalogOf>[0] = {}): string[] =>
  problemTexts(checkWiring(checkedNodes(parts), catalogOf(uses)));

/** Its places are the columns 10, 20 and so on of line 7. */
const naming = (option: string, to: readonly string[], ports: readonly PortName[] = []): Reference => ({
  option,
  to,
  ports,
  delivery: undefined,
  places: to.map((_, index) => rangeAt(7, 10 * (index + 1))),
});
const named = (...to: string[]): NodeParts => ({ references: [naming('on', to, ['server'])] });

t.test('a node that is not there, with the one that may be meant', (t) => {
  const server: NodeParts = { provides: ['server'] };

  t.same(wired({ page: named('web') }), ['7:10 on: there is no node "web".']);
  t.same(wired({ web: server, page: named('wbe') }), ['7:10 on: there is no node "wbe"; did you mean "web"?']);
  t.same(
    wired({ web: server, page: named('other') }),
    ['7:10 on: there is no node "other"; did you mean "web"?'],
    'the only one that could be meant',
  );
  t.same(wired({ web: server, front: server, page: named('other') }), ['7:10 on: there is no node "other".']);
  t.same(
    wired({ camera: {}, web: server, front: server, page: named('camera1') }),
    ['7:10 on: there is no node "camera1"; did you mean "camera"?'],
    'one that provides something else, if its name is near',
  );
  t.same(
    wired({ page: { provides: ['server'], references: [naming('on', ['pag'], ['server'])] } }),
    ['7:10 on: there is no node "pag"; did you mean "page"?'],
    'its own name is near',
  );
  t.end();
});

t.test('a node that is named twice in one option, and one of several that is wrong', (t) => {
  t.same(wired({ web: { provides: ['server'] }, page: named('web', 'web', 'gone') }, {}), [
    '7:20 on names "web" twice.',
    '7:30 on: there is no node "gone"; did you mean "web"?',
  ]);
  t.end();
});

t.test('a node that does not provide what is needed, and what does', (t) => {
  const page: NodeParts = { references: [naming('from', ['a'], ['frames', 'stills'])] };
  const a: NodeParts = { use: 'test/a', provides: ['frames'] };
  const full: NodeParts = { provides: ['stills', 'frames'] };
  const uses = {
    'x/one': ['frames', 'stills'],
    'x/two': ['frames'],
    'x/three': ['stills', 'frames'],
    'x/four': ['frames', 'stills'],
    'x/five': ['frames', 'stills'],
  } as const;

  t.same(wired({ a, page }), ['7:10 from: "a" is test/a, which provides frames, but not stills.']);
  t.same(wired({ a: { ...a, provides: [] }, page }), [
    '7:10 from: "a" is test/a, which provides nothing, but not frames and stills.',
  ]);
  t.same(wired({ a: { ...a, provides: ['server', 'mqtt'] }, page }), [
    '7:10 from: "a" is test/a, which provides server and mqtt, but not frames and stills.',
  ]);
  t.same(wired({ a, page }, uses), [
    '7:10 from: "a" is test/a, which provides frames, but not stills; a node that uses x/one, x/three or x/four does.',
  ]);
  t.same(wired({ a, page, b: full, c: full, d: full, e: full }, uses), [
    '7:10 from: "a" is test/a, which provides frames, but not stills; "b", "c" or "d" does.',
  ]);
  t.same(wired({ a: full, page }), []);
  const unknown = new Map(
    [...checkedNodes({ a, page })].map(([id, node]) => [id, id === 'a' ? { ...node, schema: undefined } : node]),
  );
  t.same(checkWiring(unknown, catalogOf({})), [], 'nothing is known of what an unknown plugin provides');
  t.end();
});

t.test('each circle is reported once, at the reference of its first node', (t) => {
  const to = (...ids: string[]): NodeParts => ({ references: [naming('with', ids)] });
  const cycle = (names: string): string => `Nodes must not refer to each other in a cycle: ${names}.`;

  t.same(wired({ a: to('a') }), [`7:10 ${cycle('a → a')}`]);
  t.same(wired({ a: to('x', 'b'), x: {}, b: to('c'), c: to('a') }), [`7:20 ${cycle('a → b → c → a')}`]);
  t.same(wired({ start: to('a'), a: to('b'), b: to('a') }), [`7:10 ${cycle('a → b → a')}`], 'without the way to it');
  t.same(wired({ a: to('b', 'c'), b: to('a'), c: to('a') }), [
    `7:10 ${cycle('a → b → a')}`,
    `7:20 ${cycle('a → c → a')}`,
  ]);
  t.same(wired({ a: to('b', 'c'), b: to('d'), c: to('d'), d: {} }), [], 'two ways to one node are no circle');
  t.same(wired({ d: {}, c: to('d'), b: to('d', 'c'), a: to('b', 'c', 'd') }), []);
  t.end();
});

t.test('claims that only one node can have', (t) => {
  const claim = (kind: Claim['kind'], name: string, line: number): Claim => ({ kind, name, place: rangeAt(line) });
  const owners = (...claims: Claim[]): string[] =>
    wired(Object.fromEntries(claims.map((one, index) => [`n${index}`, { claims: [one] }])));

  t.same(owners(claim('address', '127.0.0.1:80', 4), claim('address', '127.0.0.1:80', 6)), [
    '6:3 The address 127.0.0.1:80 is taken by "n0"; only one node can have it. (4)',
  ]);
  t.same(owners(claim('address', '*:80', 4), claim('address', '127.0.0.1:80', 6)), [
    '6:3 The address 127.0.0.1:80 overlaps with :80, which "n0" has; only one node can have it. (4)',
  ]);
  t.same(owners(claim('address', '127.0.0.1:80', 4), claim('address', '*:80', 6)), [
    '6:3 The address :80 overlaps with 127.0.0.1:80, which "n0" has; only one node can have it. (4)',
  ]);
  t.same(owners(claim('address', '127.0.0.1:80', 4), claim('address', '127.0.0.1:81', 6)), []);
  t.same(
    owners(claim('file', '/a', 4), claim('folder', '/a', 5), claim('device', '/a', 6), claim('socket', '/a', 7)),
    [],
  );
  for (const [kind, words] of [
    ['socket', 'The socket'],
    ['device', 'The device'],
    ['file', 'The file'],
    ['folder', 'The folder'],
    ['client-id', 'The client id'],
  ] as const) {
    t.same(owners(claim(kind, 'a', 4), claim(kind, 'b', 5), claim(kind, 'a', 6)), [
      `6:3 ${words} a is taken by "n0"; only one node can have it. (4)`,
    ]);
  }
  t.same(wired({ a: { claims: [claim('file', '/a', 4), claim('file', '/a', 5)] } }), [
    '5:3 The file /a is taken by this node itself; only one node can have it. (4)',
  ]);
  const [address, v6] = [claim('address', '127.0.0.1:80', 4), claim('address', '[2001:db8::1]:80', 5)];
  t.same(owners(address, v6, claim('address', '*:80', 6)).length, 1, 'one mistake is reported once');
  t.end();
});

t.test('a path that two nodes serve on one server', (t) => {
  const route = (server: string, path: string, line: number): RouteClaim => ({
    server,
    path,
    page: false,
    place: rangeAt(line),
  });
  const served = (...routes: RouteClaim[]): string[] =>
    wired(Object.fromEntries(routes.map((one, index) => [`n${index}`, { routes: [one] }])));

  t.same(served(route('web', '/{camera}', 4), route('other', '/{camera}', 5), route('web', '/{name}', 6)), [
    '6:3 "n0" serves /{camera} on "web" already; give this one another path. (4)',
  ]);
  t.same(served(route('web', '/a', 4), route('web', '/b', 5)), []);
  t.end();
});
