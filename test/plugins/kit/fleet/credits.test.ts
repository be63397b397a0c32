// Open requests at an edge: when a picture is sent, to whom first, and when leases and requests run out.

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
  const told: string[] = [];
  const counts = new Map<string, number>();
  const pacer: Pacer = {
    hasRoom: () => room > 0,
    sent(id, bytes) {
      room--;
      told.push(`sent ${id} ${bytes}`);
    },
    arrived: (id) => void told.push(`arrived ${id}`),
    lost: (id) => void told.push(`lost ${id}`),
    roundTrip: (ms) => void told.push(`round trip ${ms}`),
    reset: () => void told.push('reset'),
    get underWay() {
      return underWay;
    },
  };
  const credits = createCredits({
    now: () => now,
    want(camera, size) {
      told.push(`want ${camera} ${size}`);
      return () => void told.push(`release ${camera} ${size}`);
    },
    newest: (camera) => frames.get(camera),
    pacer,
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
  });
  type Next = Extract<Request, { is: 'next' }>;
  const next = (camera: string, changes: Partial<Next> = {}): void => {
    const request: Next = { is: 'next', hub: 'h', camera, size: 'full', after: '', every: 0, lease: 1000, ...changes };
    credits.next(request, (reply) => {
      if (reply.is === 'picture') told.push(`${camera} gets ${reply.head.key}`);
      else if (reply.is === 'probe') told.push(`${camera} probe ${reply.probe}`);
      else told.push(`${camera} ${reply.is === 'fault' ? reply.code : reply.is}`);
    });
  };
  const want = (camera: string, lease: number, probe?: number): void =>
    credits.want({ is: 'want', hub: 'h', camera, size: 'full', lease, ...(probe === undefined ? {} : { probe }) });
  return {
    ...{ credits, counts, next, want },
    take: (camera: string, count: number) => frames.set(camera, makeFrame(camera, count)),
    heard: (): string[] => told.splice(0),
    at: (time: number) => (now = time),
    set: (values: { room?: number; underWay?: number }) => {
      room = values.room ?? room;
      underWay = values.underWay ?? underWay;
    },
  };
}
const key = (camera: string, count: number): string => makeFrame(camera, count).key;
const bytes = (camera: string, count: number): number => makeFrame(camera, count).data.length;

t.test('a request is answered with the newest picture, before it a probe', (t) => {
  const { next, take, heard, counts } = edge();
  take('door', 1);
  next('door');

  t.same(heard(), [
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

t.test('a probe that comes back measures the round trip, and renews no lease', (t) => {
  const { credits, next, want, take, heard, at } = edge();
  take('door', 1);
  next('door');
  heard();
  at(70);
  want('door', 1000, 2);
  t.same(heard(), [], 'another probe');
  want('door', 1000, 1);
  t.same(heard(), [], 'it has been answered for');
  at(4000);
  next('door', { lease: 10_000 });
  take('door', 2);
  credits.offer();
  t.match(heard().slice(1), ['door probe 2', /^sent/, /gets/]);
  at(4080);
  want('door', 0, 2);
  t.same(heard(), ['round trip 80']);
  t.equal(credits.size, 1);
  t.end();
});

t.test('every four seconds the line is emptied for a probe', (t) => {
  const { credits, next, take, heard, at, set } = edge();
  take('door', 1);
  next('door', { lease: 60_000 });
  at(3999);
  set({ underWay: 5 });
  take('door', 2);
  next('door', { lease: 60_000 });
  t.notMatch(heard().slice(5).join(), 'probe');
  at(4000);
  take('door', 3);
  next('door', { lease: 60_000, after: key('door', 2) });
  t.same(heard(), ['arrived h door full'], 'something is under way');
  set({ underWay: 0 });
  credits.offer();
  t.same(heard(), ['door probe 2', `sent h door full ${bytes('door', 3)}`, `door gets ${key('door', 3)}`]);
  t.end();
});

t.test('nothing is sent without room, without a newer picture, or sooner than asked', (t) => {
  const { credits, next, take, heard, at, set } = edge();
  set({ room: 0 });
  take('door', 1);
  next('door', { every: 100 });
  t.notMatch(heard().join(), 'gets');
  set({ room: 9 });
  credits.offer();
  t.match(heard().join(), 'gets');
  take('door', 2);
  next('door', { every: 100, after: key('door', 2) });
  at(100);
  credits.offer();
  t.notMatch(heard().join(), 'gets', 'the hub has it');
  next('door', { every: 100 });
  t.match(heard().join(), 'gets');
  next('door', { every: 100 });
  at(199);
  credits.offer();
  t.notMatch(heard().join(), 'gets', 'too soon');
  at(200);
  credits.offer();
  t.match(heard().join(), 'gets');
  t.end();
});

t.test('whoever was served longest ago comes first', (t) => {
  const { credits, next, take, heard, at, set } = edge();
  set({ room: 0 });
  for (const [time, camera] of ['a', 'b', 'c'].entries()) {
    at(time);
    take(camera, 1);
    next(camera);
    set({ room: 1 });
    credits.offer();
  }
  heard();
  at(10);
  for (const camera of ['c', 'b', 'a']) next(camera);
  next('d');
  take('d', 1);

  set({ room: 3 });
  credits.offer();

  t.same(
    heard().filter((line) => line.includes('gets')),
    [`d gets ${key('d', 1)}`, `a gets ${key('a', 1)}`, `b gets ${key('b', 1)}`],
  );
  t.end();
});

t.test('an open request is answered after half its lease, and the lease ends when nobody asks', (t) => {
  const { credits, next, want, heard, at, counts } = edge();
  next('door');
  at(499);
  credits.sweep();
  t.same(heard(), ['want door full', 'arrived h door full']);
  at(500);
  credits.sweep();
  credits.sweep();
  t.same(heard(), ['door nothing'], 'once');
  want('door', 2000);
  at(2499);
  credits.sweep();
  t.same(heard(), ['arrived h door full'], 'renewed');
  at(2500);
  credits.sweep();
  t.same(heard(), ['lost h door full', 'release door full']);
  t.equal(counts.get('leases_expired_total'), 1);
  t.equal(credits.size, 0);
  t.end();
});

t.test('a hub lets go with a lease of nothing, or holds without asking', (t) => {
  const { credits, want, take, heard } = edge();
  want('door', 0);
  t.same(heard(), ['arrived h door full'], 'there is nothing to let go of');
  want('door', 100);
  take('door', 1);
  credits.offer();
  t.same(heard(), ['arrived h door full', 'want door full']);
  want('door', 0);
  t.same(heard(), ['arrived h door full', 'lost h door full', 'release door full']);
  t.equal(credits.size, 0);
  t.end();
});

t.test('hubs, cameras and sizes have leases of their own', (t) => {
  const { credits, next, heard } = edge();
  next('door');
  next('door', { size: 'small' });
  next('door', { hub: 'other' });
  next('yard');
  next('yard', { after: 'k' });
  t.equal(credits.size, 4);
  t.equal(heard().filter((line) => line.startsWith('want')).length, 4);

  credits.clear();

  t.equal(credits.size, 0);
  const end = heard();
  t.same(end.filter((line) => line.startsWith('release')).sort(), [
    ...['release door full', 'release door full', 'release door small', 'release yard full'],
  ]);
  t.equal(end.at(-1), 'reset');
  t.end();
});

t.test('after a connection has ended, a probe of before is not answered for', (t) => {
  const { credits, next, want, take, heard } = edge();
  take('door', 1);
  next('door');
  credits.clear();
  heard();
  want('door', 0, 1);
  t.same(heard(), []);
  t.end();
});

t.test('the leases of an edge are bounded', (t) => {
  const { credits, next, want, heard } = edge();
  for (let index = 0; index < MAX_LEASES; index++) next(`c${index}`);
  t.equal(credits.size, 4096);
  heard();
  next('more');
  t.same(heard(), ['more edge-busy']);
  want('more', 100);
  t.equal(credits.size, MAX_LEASES);
  heard();
  next('c5');
  t.same(heard(), ['arrived h c5 full'], 'those that are held go on');
  t.end();
});
