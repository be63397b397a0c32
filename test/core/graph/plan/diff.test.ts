// The steps of a reload, computed from two plans.

import t from 'tap';
import { diff } from '../../../../core/graph/plan/diff.ts';
import { graph, type Part } from '../../../support/graph.ts';

const none = (): void => {};
const node = (part: Partial<Part> = {}): Part => ({ start: none, ...part });
const { plan } = graph();

t.test('a plan puts providers before those who refer to them, whatever the order of the profile', async (t) => {
  const made = plan({
    page: node({ refs: { from: ['cache'], on: ['web'] } }),
    cache: node({ refs: { from: ['camera'] } }),
    web: node(),
    camera: node(),
  });

  t.same([...made.nodes.keys()], ['camera', 'cache', 'web', 'page']);
});

t.test('equal profiles keep every node, also when keys are written in another order', async (t) => {
  const before = plan({ a: node({ options: { x: 1, y: { p: 1, q: 2 } } }) });
  const after = plan({ a: node({ options: { y: { q: 2, p: 1 }, x: 1 } }) });

  const { kept, start, stopFirst, stopLast } = diff(before, after);

  t.same({ kept, start, stopFirst, stopLast }, { kept: ['a'], start: [], stopFirst: [], stopLast: [] });
});

t.test('a changed option replaces one node and leaves those that refer to it alone', async (t) => {
  const before = plan({ a: node({ options: { x: 1 } }), b: node({ refs: { from: ['a'] } }) });
  const after = plan({ a: node({ options: { x: 2 } }), b: node({ refs: { from: ['a'] } }) });

  const change = diff(before, after);

  t.same(change.replaced, ['a']);
  t.same(change.kept, ['b']);
});

t.test('another node under "from" re-links, another plugin replaces', async (t) => {
  const others = { a: node(), b: node() };
  const before = plan({ ...others, c: node({ refs: { from: ['a'] } }), d: node() });
  const after = plan({ ...others, c: node({ refs: { from: ['a', 'b'] } }), d: node({ use: 'test/other' }) });

  const change = diff(before, after);

  t.same(change.relinked, ['c']);
  t.same(change.replaced, ['d']);
});

t.test('a claim that moves from one node to another stops the old owner first', async (t) => {
  const before = plan({ a: node({ claims: [['device', '/dev/video0']] }), z: node() });
  const after = plan({ b: node({ claims: [['device', '/dev/video0']] }) });

  const change = diff(before, after);

  t.same(change.stopFirst, ['a']);
  t.same(change.stopLast, ['z']);
  t.same(change.start, ['b']);
});

t.test('an address passes on without a stop: the core owns the listener', async (t) => {
  const before = plan({ a: node({ claims: [['address', '127.0.0.1:80']] }) });
  const after = plan({ b: node({ claims: [['address', '127.0.0.1:80']] }) });

  t.same(diff(before, after).stopFirst, []);
});

t.test('a source that is replaced stops before its successor starts: a camera seldom serves two', async (t) => {
  const before = plan({ cam: node({ use: 'source/exec', exclusive: true, options: { x: 1 } }) });
  const after = plan({ cam: node({ use: 'source/exec', exclusive: true, options: { x: 2 } }) });

  t.same(diff(before, after).stopFirst, ['cam']);
});

t.test('a node that was only renamed, or serves what a removed one served, comes in its place', async (t) => {
  const web = (port: number): Part =>
    node({ use: 'test/web', options: { port }, claims: [['address', `127.0.0.1:${port}`]] });
  const before = plan({
    cache: node({ use: 'test/cache', options: { size: 1 } }),
    store: node({ use: 'test/store', options: { size: 1 } }),
    web: web(80),
    gone: web(81),
    page: node({ use: 'test/page', refs: { on: ['web'], from: ['cache'] } }),
  });

  const { successors } = diff(
    before,
    plan({
      latest: node({ use: 'test/cache', options: { size: 1 } }),
      shelf: node({ use: 'test/store', options: { size: 2 } }),
      server: node({ use: 'test/web', options: { tls: true }, claims: [['address', '127.0.0.1:80']] }),
      other: web(82),
      grid: node({ use: 'test/page', refs: { on: ['server'], from: ['latest'] } }),
    }),
  );

  t.same([...successors].sort(), [
    ['grid', 'page'],
    ['latest', 'cache'],
    ['server', 'web'],
  ]);
});
