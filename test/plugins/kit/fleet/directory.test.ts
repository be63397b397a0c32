// The list of all cameras at a hub, and how lists of edges are asked for.

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
  const told: string[] = [];
  const events: DirectoryEvents = {
    stale: (edge) => told.push(`ask ${edge}`),
    appeared: ({ id, edge }) => told.push(`${id} at ${edge}`),
    left: (camera) => told.push(`${camera} left`),
    back: (edge) => told.push(`${edge} is back`),
    rivals: (camera, first, second) => told.push(`${camera}: ${first} and ${second}`),
  };
  const directory = createDirectory(events);
  const hello = (edge: string, now = 0, ttl = 100, revision = 1, session = 's') =>
    directory.hello(edge, { session, revision, ttl }, now);
  /** An edge with these cameras. */
  const join = (edge: string, ...ids: string[]): void => {
    hello(edge);
    directory.list(edge, 1, cameras(...ids));
  };
  return { directory, hello, join, heard: () => told.splice(0) };
}

t.test('a list is asked for at the first hello, and when its revision or the session changes', (t) => {
  const { directory, hello, join, heard } = listing();
  join('a', 'door');
  t.same(heard(), ['ask a', 'a is back', 'door at a']);
  hello('a', 10);
  t.same(heard(), []);
  hello('a', 20, 100, 2);
  t.same(heard(), ['ask a']);
  hello('a', 30, 100, 2);
  t.same(heard(), ['ask a'], 'until it has come');
  directory.list('a', 2, cameras('door'));
  hello('a', 40, 100, 2, 'other');
  t.same(heard(), ['ask a', 'a is back'], 'what was asked in the session before is lost');
  directory.markStale();
  hello('a', 50, 100, 2, 'other');
  t.same(heard(), ['ask a']);
  t.end();
});

t.test('an edge is online until its time is over, or until it says goodbye', (t) => {
  const { directory, hello, join, heard } = listing();
  t.notOk(directory.isOnline('a', 0));
  join('a', 'door');
  heard();
  t.ok(directory.isOnline('a', 99));
  t.notOk(directory.isOnline('a', 100));
  hello('a', 100);
  t.same(heard(), ['a is back'], 'it was offline for a moment');
  hello('a', 150, 0);
  t.same(heard(), [], 'goodbye');
  t.notOk(directory.isOnline('a', 150));
  t.equal(directory.find('door')?.edge, 'a', 'its cameras stay for a while');
  hello('b', 150, 0, 1, 'new');
  t.same(heard(), [], 'the goodbye of an edge that was unknown');
  t.end();
});

t.test('an edge that is forgotten takes its cameras with it', (t) => {
  const { directory, hello, join, heard } = listing();
  join('a', 'door', 'yard');
  join('b', 'gate');
  heard();
  t.same([directory.edges, directory.size], [2, 3]);
  t.same([...directory.camerasOf('a')], ['door', 'yard']);
  t.same([...directory.camerasOf('z')], []);
  t.same(
    [...directory.cameras()].map(({ id, edge }) => `${id} at ${edge}`),
    ['door at a', 'yard at a', 'gate at b'],
  );
  hello('b', 50);
  directory.sweep(1100, 1000);
  t.same(heard(), ['door left', 'yard left']);
  t.same([directory.edges, directory.size], [1, 1]);
  t.equal(directory.find('door'), undefined);
  directory.list('a', 2, cameras('door'));
  t.same(heard(), [], 'the list of an edge that is forgotten');
  t.end();
});

t.test('of several edges with one camera, the first by name serves it, and the next one takes over', (t) => {
  const { directory, join, heard } = listing();
  join('m', 'door');
  heard();
  join('z', 'door');
  t.same(heard(), ['ask z', 'z is back', 'door: m and z'], 'it stays where it is');
  join('a', 'door');
  t.same(heard(), ['ask a', 'a is back', 'door at a', 'door: a and m']);
  directory.list('a', 2, []);
  t.same(heard(), ['door at m']);
  directory.list('z', 2, []);
  t.same(heard(), []);
  directory.list('m', 2, []);
  t.same(heard(), ['door left']);
  t.equal(directory.size, 0);
  join('b', 'door');
  t.same(heard(), ['ask b', 'b is back', 'door at b'], 'nothing is left of the rivals');
  t.end();
});

t.test('rivals are told again with each hello of the edge that serves the camera', (t) => {
  const { hello, join, heard } = listing();
  join('a', 'door', 'yard');
  join('b', 'door');
  join('c', 'door');
  heard();
  hello('a', 10);
  t.same(heard(), ['door: a and b', 'door: a and c']);
  hello('b', 10);
  t.same(heard(), []);
  t.end();
});

t.test('a list replaces the one before', (t) => {
  const { directory, join, heard } = listing();
  join('a', 'door', 'yard');
  heard();
  directory.list('a', 2, [...cameras('gate'), { id: 'yard', capture: false, command: true, small: true }]);
  t.same(heard(), ['door left', 'gate at a']);
  t.same(directory.find('yard'), { id: 'yard', edge: 'a', capture: false, command: true, small: true });
  t.same([...directory.camerasOf('a')], ['yard', 'gate']);
  t.end();
});

t.test('edges and cameras are bounded', (t) => {
  const { directory, hello, heard } = listing();
  for (let index = 0; index < MAX_EDGES; index++) hello(`e${index}`);
  t.equal(directory.edges, 50_000);
  heard();
  hello('one more');
  t.same([directory.edges, heard()], [MAX_EDGES, []]);
  hello('e0', 1, 100, 2);
  t.same(heard(), ['ask e0'], 'those that are known go on');

  const ids = Array.from({ length: MAX_LISTED }, (_, index) => `c${index}`);
  directory.list('e0', 2, cameras(...ids));
  t.equal(directory.size, 100_000);
  heard();
  directory.list('e1', 1, cameras('one-more', 'c5'));
  t.equal(directory.size, MAX_LISTED);
  t.same(heard(), ['c5: e0 and e1']);
  t.end();
});

function asking(answers: (edge: string) => Promise<Reply>, allowed?: (id: string) => boolean) {
  const ending = new AbortController();
  const asked: string[] = [];
  const told: string[] = [];
  const lists = createLists({
    carrier: {
      send: () => t.fail('nothing is told'),
      ask(edge, request, { signal, timeoutMs }) {
        t.same([request, signal, timeoutMs], [{ is: 'list' }, ending.signal, 5000]);
        asked.push(edge);
        return answers(edge);
      },
    },
    signal: ending.signal,
    allowed: async (all) => all.filter(({ id }) => allowed?.(id) ?? true),
    listed: (edge, revision, all) => told.push(`${edge} ${revision}: ${all.map(({ id }) => id)}`),
    failed: (edge, cause) => told.push(`${edge} ${(cause as { code: string }).code}`),
  });
  return { lists, asked, told, ending };
}

t.test('a list that has come is handed on, without the cameras that are not allowed', async (t) => {
  const { lists, told } = asking(
    async () => ({ is: 'list', revision: 7, cameras: cameras('door', 'yard') }),
    (id) => id === 'yard',
  );
  lists.ask('a');
  await settle();

  t.same(told, ['a 7: yard']);
});

t.test('an edge that answers with something else has not sent its list', async (t) => {
  const replies: Reply[] = [{ is: 'nothing' }, { is: 'fault', code: 'edge-busy', message: 'Busy.' }];
  const { lists, told, asked } = asking(async () => replies.shift() ?? { is: 'list', revision: 1, cameras: [] });
  for (let count = 0; count < 3; count++) {
    lists.ask('a');
    await settle();
  }

  t.same(told, ['a bad-answer', 'a edge-busy', 'a 1: ']);
  t.equal(asked.length, 3);
});

t.test('32 edges are asked at a time, and each only once', async (t) => {
  const open = new Map<string, (reply: Reply) => void>();
  const { lists, asked, told, ending } = asking((edge) => new Promise((resolve) => open.set(edge, resolve)));
  for (let index = 0; index < 40; index++) lists.ask(`e${index}`);
  lists.ask('e0');
  lists.ask('e39');
  await settle();
  t.equal(asked.length, 32);

  open.get('e5')?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  t.same(asked.slice(32), ['e32'], 'one comes, the next is asked');
  open.get('e0')?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  for (const edge of ['e1', 'e2', 'e3', 'e4', 'e6', 'e7', 'e8', 'e9'])
    open.get(edge)?.({ is: 'list', revision: 1, cameras: [] });
  await settle();
  t.same(
    asked.slice(33),
    ['e33', 'e34', 'e35', 'e36', 'e37', 'e38', 'e39', 'e0'],
    'a list that changed while it was asked for is asked for again, behind the others',
  );
  t.equal(told.length, 10);

  ending.abort();
  open.get('e10')?.({ is: 'fault', code: 'x', message: 'X.' });
  lists.ask('new');
  await settle();
  t.equal(asked.length, 41, 'nobody is asked any more');
  t.equal(told.length, 10, 'and nothing is told');
});
