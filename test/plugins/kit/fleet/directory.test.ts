// The list of all cameras at a hub, and the requests for the lists of edges.

import t from 'tap';
import {
  createDirectory,
  type DirectoryEvents,
  MAX_EDGES,
  MAX_LISTED,
} from '../../../../plugins/kit/fleet/directory.ts';
import { createLists } from '../../../../plugins/kit/fleet/lists.ts';
import type { ListedCamera, Reply } from '../../../../plugins/kit/fleet/protocol.ts';
import { settle } from '../../../../testing/index.ts';

const cameras = (...ids: string[]): ListedCamera[] =>
  ids.map((id) => ({ id, capture: true, command: false, small: false }));

function listing() {
  const events: string[] = [];
  const listener: DirectoryEvents = {
    stale: (edge) => events.push(`ask ${edge}`),
    appeared: ({ id, edge }) => events.push(`${id} at ${edge}`),
    left: (camera) => events.push(`${camera} left`),
    back: (edge) => events.push(`${edge} is back`),
    duplicates: (camera, first, second) => events.push(`${camera}: ${first} and ${second}`),
  };
  const directory = createDirectory(listener);
  const hello = (edge: string, now = 0, ttl = 100, revision = 1, session = 's') =>
    directory.hello(edge, { session, revision, ttl }, now);
  /** An edge with these cameras. */
  const join = (edge: string, ...ids: string[]): void => {
    hello(edge);
    directory.list(edge, 1, cameras(...ids));
  };
  return { directory, hello, join, takeEvents: () => events.splice(0) };
}

t.test('a list is requested at the first hello, and when its revision or the session changes', (t) => {
  const { directory, hello, join, takeEvents } = listing();
  join('a', 'door');
  t.same(takeEvents(), ['ask a', 'a is back', 'door at a']);
  hello('a', 10);
  t.same(takeEvents(), []);
  hello('a', 20, 100, 2);
  t.same(takeEvents(), ['ask a']);
  hello('a', 30, 100, 2);
  t.same(takeEvents(), ['ask a'], 'the request is still open');
  directory.list('a', 2, cameras('door'));
  hello('a', 40, 100, 2, 'other');
  t.same(takeEvents(), ['ask a', 'a is back'], 'requests of the previous session are lost');
  directory.markStale();
  hello('a', 50, 100, 2, 'other');
  t.same(takeEvents(), ['ask a']);
  t.end();
});

t.test('an edge is online until its time has passed or it sends a goodbye', (t) => {
  const { directory, hello, join, takeEvents } = listing();
  t.notOk(directory.isOnline('a', 0));
  join('a', 'door');
  takeEvents();
  t.ok(directory.isOnline('a', 99));
  t.notOk(directory.isOnline('a', 100));
  hello('a', 100);
  t.same(takeEvents(), ['a is back'], 'the edge was offline for a moment');
  hello('a', 150, 0);
  t.same(takeEvents(), [], 'goodbye');
  t.notOk(directory.isOnline('a', 150));
  t.equal(directory.find('door')?.edge, 'a', 'its cameras stay for a while');
  hello('b', 150, 0, 1, 'new');
  t.same(takeEvents(), [], 'the goodbye of an unknown edge is ignored');
  t.end();
});

t.test('a forgotten edge is removed together with its cameras', (t) => {
  const { directory, hello, join, takeEvents } = listing();
  join('a', 'door', 'yard');
  join('b', 'gate');
  takeEvents();
  t.same([directory.edges, directory.size], [2, 3]);
  t.same([...directory.camerasOf('a')], ['door', 'yard']);
  t.same([...directory.camerasOf('z')], []);
  t.same(
    [...directory.cameras()].map(({ id, edge }) => `${id} at ${edge}`),
    ['door at a', 'yard at a', 'gate at b'],
  );
  hello('b', 50);
  directory.sweep(1100, 1000);
  t.same(takeEvents(), ['door left', 'yard left']);
  t.same([directory.edges, directory.size], [1, 1]);
  t.equal(directory.find('door'), undefined);
  directory.list('a', 2, cameras('door'));
  t.same(takeEvents(), [], 'the list of a forgotten edge is ignored');
  t.end();
});

t.test('of several edges with the same camera, the first by name serves it, and the next one takes over', (t) => {
  const { directory, join, takeEvents } = listing();
  join('m', 'door');
  takeEvents();
  join('z', 'door');
  t.same(takeEvents(), ['ask z', 'z is back', 'door: m and z'], 'the first edge still serves it');
  join('a', 'door');
  t.same(takeEvents(), ['ask a', 'a is back', 'door at a', 'door: a and m']);
  directory.list('a', 2, []);
  t.same(takeEvents(), ['door at m']);
  directory.list('z', 2, []);
  t.same(takeEvents(), []);
  directory.list('m', 2, []);
  t.same(takeEvents(), ['door left']);
  t.equal(directory.size, 0);
  join('b', 'door');
  t.same(takeEvents(), ['ask b', 'b is back', 'door at b'], 'the duplicates are forgotten');
  t.end();
});

t.test('duplicates are reported again with each hello of the edge that serves the camera', (t) => {
  const { hello, join, takeEvents } = listing();
  join('a', 'door', 'yard');
  join('b', 'door');
  join('c', 'door');
  takeEvents();
  hello('a', 10);
  t.same(takeEvents(), ['door: a and b', 'door: a and c']);
  hello('b', 10);
  t.same(takeEvents(), []);
  t.end();
});

t.test('a list replaces the previous one', (t) => {
  const { directory, join, takeEvents } = listing();
  join('a', 'door', 'yard');
  takeEvents();
  directory.list('a', 2, [...cameras('gate'), { id: 'yard', capture: false, command: true, small: true }]);
  t.same(takeEvents(), ['door left', 'gate at a']);
  t.same(directory.find('yard'), { id: 'yard', edge: 'a', capture: false, command: true, small: true });
  t.same([...directory.camerasOf('a')], ['yard', 'gate']);
  t.end();
});

t.test('the numbers of edges and cameras are limited', (t) => {
  const { directory, hello, takeEvents } = listing();
  for (let index = 0; index < MAX_EDGES; index++) hello(`e${index}`);
  t.equal(directory.edges, 50_000);
  takeEvents();
  hello('one more');
  t.same([directory.edges, takeEvents()], [MAX_EDGES, []]);
  hello('e0', 1, 100, 2);
  t.same(takeEvents(), ['ask e0'], 'known edges are still served');

  const ids = Array.from({ length: MAX_LISTED }, (_, index) => `c${index}`);
  directory.list('e0', 2, cameras(...ids));
  t.equal(directory.size, 100_000);
  takeEvents();
  directory.list('e1', 1, cameras('one-more', 'c5'));
  t.equal(directory.size, MAX_LISTED);
  t.same(takeEvents(), ['c5: e0 and e1']);
  t.end();
});

function listsOf(answers: (edge: string) => Promise<Reply>, allowed?: (id: string) => boolean) {
  const ending = new AbortController();
  const edges: string[] = [];
  const events: string[] = [];
  const lists = createLists({
    carrier: {
      send: () => t.fail('no message is sent'),
      ask(edge, request, { signal, timeoutMs }) {
        t.same([request, signal, timeoutMs], [{ is: 'list' }, ending.signal, 5000]);
        edges.push(edge);
        return answers(edge);
      },
    },
    signal: ending.signal,
    allowed: async (all) => all.filter(({ id }) => allowed?.(id) ?? true),
    listed: (edge, revision, all) => events.push(`${edge} ${revision}: ${all.map(({ id }) => id)}`),
    failed: (edge, cause) => events.push(`${edge} ${(cause as { code: string }).code}`),
  });
  return { lists, edges, events, ending };
}

t.test('a received list is passed on without the cameras that are not allowed', async (t) => {
  const { lists, events } = listsOf(
    async () => ({ is: 'list', revision: 7, cameras: cameras('door', 'yard') }),
    (id) => id === 'yard',
  );
  lists.ask('a');
  await settle();

  t.same(events, ['a 7: yard']);
});

t.test('an unexpected answer to a list request is a failure', async (t) => {
  const replies: Reply[] = [{ is: 'nothing' }, { is: 'fault', code: 'edge-busy', message: 'Busy.' }];
  const { lists, events, edges } = listsOf(async () => replies.shift() ?? { is: 'list', revision: 1, cameras: [] });
  for (let count = 0; count < 3; count++) {
    lists.ask('a');
    await settle();
  }

  t.same(events, ['a bad-answer', 'a edge-busy', 'a 1: ']);
  t.equal(edges.length, 3);
});

t.test('32 list requests are open at a time, at most one for each edge', async (t) => {
  const open = new Map<string, (reply: Reply) => void>();
  const { lists, edges, events, ending } = listsOf((edge) => new Promise((resolve) => open.set(edge, resolve)));
  for (let index = 0; index < 40; index++) lists.ask(`e${index}`);
  lists.ask('e0');
  lists.ask('e39');
  await settle();
  t.equal(edges.length, 32);

  open.get('e5')?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  t.same(edges.slice(32), ['e32'], 'after an answer, the next request is sent');
  open.get('e0')?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  for (const edge of ['e1', 'e2', 'e3', 'e4', 'e6', 'e7', 'e8', 'e9'])
    open.get(edge)?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  t.same(
    edges.slice(33),
    ['e33', 'e34', 'e35', 'e36', 'e37', 'e38', 'e39', 'e0'],
    'a list that changed during its request is requested again, after the others',
  );
  t.equal(events.length, 10);

  ending.abort();
  open.get('e10')?.({ is: 'fault', code: 'x', message: 'X.' });
  lists.ask('new');
  await settle();
  t.equal(edges.length, 41, 'no further request');
  t.equal(events.length, 10, 'no further event');
});
