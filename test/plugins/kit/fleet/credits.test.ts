// Open requests at an edge: when and in which order pictures are sent, and when leases and requests expire.

import t from 'tap';
import type { Frame } from '../../../../core/contract/plugin.ts';
import { createCredits, MAX_LEASES } from '../../../../plugins/kit/fleet/credits.ts';
import type { Pacer } from '../../../../plugins/kit/fleet/pacer.ts';
import type { Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { makeFrame } from '../../../../testing/index.ts';

function edge() {
  let now = 0;
  let room = Number.POSITIVE_INFINITY;
  let underWay = 0;
  const frames = new Map<string, Frame>();
  const events: string[] = [];
  const counts = new Map<string, number>();
  const pacer: Pacer = {
    hasRoom: () => room > 0,
    sent(id, bytes) {
      room--;
      events.push(`sent ${id} ${bytes}`);
    },
    arrived: (id) => void events.push(`arrived ${id}`),
    lost: (id) => void events.push(`lost ${id}`),
    roundTrip: (ms) => void events.push(`round trip ${ms}`),
    reset: () => void events.push('reset'),
    get underWay() {
      return underWay;
    },
  };
  const credits = createCredits({
    now: () => now,
    want(camera, size) {
      events.push(`want ${camera} ${size}`);
      return () => void events.push(`release ${camera} ${size}`);
    },
    newest: (camera) => frames.get(camera),
    pacer,
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
  });
  type Next = Extract<Request, { is: 'next' }>;
  const next = (camera: string, changes: Partial<Next> = {}): void => {
    const request: Next = { is: 'next', hub: 'h', camera, size: 'full', after: '', every: 0, lease: 1000, ...changes };
    credits.next(request, (reply) => {
      if (reply.is === 'picture') events.push(`${camera} gets ${reply.head.key}`);
      else if (reply.is === 'probe') events.push(`${camera} probe ${reply.probe}`);
      else events.push(`${camera} ${reply.is === 'fault' ? reply.code : reply.is}`);
    });
  };
  const want = (camera: string, lease: number, probe?: number): void =>
    credits.want({ is: 'want', hub: 'h', camera, size: 'full', lease, ...(probe === undefined ? {} : { probe }) });
  return {
    ...{ credits, counts, next, want },
    take: (camera: string, count: number) => frames.set(camera, makeFrame(camera, count)),
    takeEvents: (): string[] => events.splice(0),
    at: (time: number) => (now = time),
    set: (values: { room?: number; underWay?: number }) => {
      room = values.room ?? room;
      underWay = values.underWay ?? underWay;
    },
  };
}
const key = (camera: string, count: number): string => makeFrame(camera, count).key;
const bytes = (camera: string, count: number): number => makeFrame(camera, count).data.length;

t.test('a request is answered with a probe and the newest picture', (t) => {
  const { next, take, takeEvents, counts } = edge();
  take('door', 1);
  next('door');

  t.same(takeEvents(), [
    ...['want door full', 'arrived h door full', 'door probe 1'],
    ...[`sent h door full ${bytes('door', 1)}`, `door gets ${key('door', 1)}`],
  ]);
  t.same(
    [...counts],
    [
      ['pictures_sent_total', 1],
      ['picture_bytes_sent_total', bytes('door', 1)],
    ],
  );
  t.end();
});

t.test('a returned probe measures the round trip and renews no lease', (t) => {
  const { credits, next, want, take, takeEvents, at } = edge();
  take('door', 1);
  next('door');
  takeEvents();
  at(70);
  want('door', 1000, 2);
  t.same(takeEvents(), [], 'the number of another probe');
  want('door', 1000, 1);
  t.same(takeEvents(), [], 'the probe is no longer open');
  at(4000);
  next('door', { lease: 10_000 });
  take('door', 2);
  credits.offer();
  t.match(takeEvents().slice(1), ['door probe 2', /^sent/, /gets/]);
  at(4080);
  want('door', 0, 2);
  t.same(takeEvents(), ['round trip 80']);
  t.equal(credits.size, 1);
  t.end();
});

t.test('every four seconds the edge sends a probe, once no picture is under way', (t) => {
  const { credits, next, take, takeEvents, at, set } = edge();
  take('door', 1);
  next('door', { lease: 60_000 });
  at(3999);
  set({ underWay: 5 });
  take('door', 2);
  next('door', { lease: 60_000 });
  t.notMatch(takeEvents().slice(5).join(), 'probe');
  at(4000);
  take('door', 3);
  next('door', { lease: 60_000, after: key('door', 2) });
  t.same(takeEvents(), ['arrived h door full'], 'bytes are still under way');
  set({ underWay: 0 });
  credits.offer();
  t.same(takeEvents(), ['door probe 2', `sent h door full ${bytes('door', 3)}`, `door gets ${key('door', 3)}`]);
  t.end();
});

t.test('no picture is sent without room, without a newer picture, or before the requested interval has passed', (t) => {
  const { credits, next, take, takeEvents, at, set } = edge();
  set({ room: 0 });
  take('door', 1);
  next('door', { every: 100 });
  t.notMatch(takeEvents().join(), 'gets');
  set({ room: 9 });
  credits.offer();
  t.match(takeEvents().join(), 'gets');
  take('door', 2);
  next('door', { every: 100, after: key('door', 2) });
  at(100);
  credits.offer();
  t.notMatch(takeEvents().join(), 'gets', 'the hub already has this picture');
  next('door', { every: 100 });
  t.match(takeEvents().join(), 'gets');
  next('door', { every: 100 });
  at(199);
  credits.offer();
  t.notMatch(takeEvents().join(), 'gets', 'too soon');
  at(200);
  credits.offer();
  t.match(takeEvents().join(), 'gets');
  t.end();
});

t.test('the camera that was sent longest ago comes first', (t) => {
  const { credits, next, take, takeEvents, at, set } = edge();
  set({ room: 0 });
  for (const [time, camera] of ['a', 'b', 'c'].entries()) {
    at(time);
    take(camera, 1);
    next(camera);
    set({ room: 1 });
    credits.offer();
  }
  takeEvents();
  at(10);
  for (const camera of ['c', 'b', 'a']) next(camera);
  next('d');
  take('d', 1);

  set({ room: 3 });
  credits.offer();

  t.same(
    takeEvents().filter((line) => line.includes('gets')),
    [`d gets ${key('d', 1)}`, `a gets ${key('a', 1)}`, `b gets ${key('b', 1)}`],
  );
  t.end();
});

t.test('an open request is answered after half its lease, and a lease expires unless it is renewed', (t) => {
  const { credits, next, want, takeEvents, at, counts } = edge();
  next('door');
  at(499);
  credits.sweep();
  t.same(takeEvents(), ['want door full', 'arrived h door full']);
  at(500);
  credits.sweep();
  credits.sweep();
  t.same(takeEvents(), ['door nothing'], 'one answer only');
  want('door', 2000);
  at(2499);
  credits.sweep();
  t.same(takeEvents(), ['arrived h door full'], 'renewed');
  at(2500);
  credits.sweep();
  t.same(takeEvents(), ['lost h door full', 'release door full']);
  t.equal(counts.get('leases_expired_total'), 1);
  t.equal(credits.size, 0);
  t.end();
});

t.test('a hub releases a camera with a lease of 0, and can hold one without requesting a picture', (t) => {
  const { credits, want, take, takeEvents } = edge();
  want('door', 0);
  t.same(takeEvents(), ['arrived h door full'], 'no lease to release');
  want('door', 100);
  take('door', 1);
  credits.offer();
  t.same(takeEvents(), ['arrived h door full', 'want door full']);
  want('door', 0);
  t.same(takeEvents(), ['arrived h door full', 'lost h door full', 'release door full']);
  t.equal(credits.size, 0);
  t.end();
});

t.test('each hub, camera and size has its own lease', (t) => {
  const { credits, next, takeEvents } = edge();
  next('door');
  next('door', { size: 'small' });
  next('door', { hub: 'other' });
  next('yard');
  next('yard', { after: 'k' });
  t.equal(credits.size, 4);
  t.equal(takeEvents().filter((line) => line.startsWith('want')).length, 4);

  credits.clear();

  t.equal(credits.size, 0);
  const end = takeEvents();
  t.same(end.filter((line) => line.startsWith('release')).sort(), [
    ...['release door full', 'release door full', 'release door small', 'release yard full'],
  ]);
  t.equal(end.at(-1), 'reset');
  t.end();
});

t.test('probes of an earlier connection are ignored', (t) => {
  const { credits, next, want, take, takeEvents } = edge();
  take('door', 1);
  next('door');
  credits.clear();
  takeEvents();
  want('door', 0, 1);
  t.same(takeEvents(), []);
  t.end();
});

t.test('the number of leases of an edge is limited', (t) => {
  const { credits, next, want, takeEvents } = edge();
  for (let index = 0; index < MAX_LEASES; index++) next(`c${index}`);
  t.equal(credits.size, 4096);
  takeEvents();
  next('more');
  t.same(takeEvents(), ['more edge-busy']);
  want('more', 100);
  t.equal(credits.size, MAX_LEASES);
  takeEvents();
  next('c5');
  t.same(takeEvents(), ['arrived h c5 full'], 'existing leases are renewed');
  t.end();
});
