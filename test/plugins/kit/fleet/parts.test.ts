// Single parts of the camd protocol: subjects, packets, the pacer of the line, leases and the list of cameras.

import t from 'tap';
import type { Frame, ImageType } from '../../../../core/contract/plugin.ts';
import { startChain } from '../../../../plugins/kit/fleet/chain.ts';
import { createCredits } from '../../../../plugins/kit/fleet/credits.ts';
import { createDirectory, type DirectoryEvents } from '../../../../plugins/kit/fleet/directory.ts';
import { createPacer } from '../../../../plugins/kit/fleet/pacer.ts';
import { decodePacket, encodePacket, encodeReply, replyOf, requestOf } from '../../../../plugins/kit/fleet/packet.ts';
import type { ListedCamera, Reply, Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { createSubjects, decodeId, encodeId } from '../../../../plugins/kit/fleet/subjects.ts';
import { makeFrame, manualClock, settle } from '../../../../testing/index.ts';

t.test('every id is encoded as one token of a subject and decoded unchanged', (t) => {
  for (const id of ['door', 'till.2', '*', '>', 'a b', 'Tür', '=2E', 'a\tb', '$SYS', '..']) {
    const token = encodeId(id);
    t.match(token, /^[A-Za-z0-9_=-]+$/, id);
    t.equal(decodeId(token), id);
  }
  for (const token of ['', 'a.b', 'a=2', 'a=zz', 'a=61', 'a=2e', 'a b', '=FF'])
    t.equal(decodeId(token), undefined, token);

  const subjects = createSubjects('camd');
  t.equal(subjects.request('shop.1', 'next', 'door.2'), 'camd.edge.shop=2E1.next.door=2E2');
  t.same(subjects.readRequest('shop.1', 'camd.edge.shop=2E1.next.door=2E2'), { is: 'next', camera: 'door.2' });
  t.equal(subjects.readRequest('shop.2', 'camd.edge.shop=2E1.next.door=2E2'), undefined);
  t.equal(subjects.readHello('camd.hello.shop=2E1'), 'shop.1');
  t.end();
});

t.test('packets are decoded unchanged, and malformed ones are rejected', (t) => {
  const picture: Reply = {
    is: 'picture',
    head: { camera: 'door', key: 'k', time: 1.5, type: 'image/jpeg', meta: { a: [1, null, { b: true }] } },
    data: Buffer.from([1, 2, 3]),
  };
  const request: Request = { is: 'next', hub: 'h', camera: 'door', size: 'small', after: 'k', every: 5, lease: 1000 };

  const back = decodePacket(encodeReply(picture, { re: 7 }));
  t.same(back && replyOf(back), picture);
  t.equal(back?.head.re, 7);
  t.same(requestOf({ ...request }), request);
  t.equal(requestOf({ ...request, lease: 1e12 })?.is === 'next' && 60_000, 60_000);
  t.match(requestOf({ ...request, lease: 1e12 }), { lease: 60_000 }, 'a lease is limited to the longest allowed');
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(3), Buffer.from([0, 0, 0, 9, 123]), Buffer.from('\0\0\0\x02[]')]) {
    t.equal(decodePacket(bytes), undefined);
  }
  const wrong: readonly object[] = [
    { is: 'next', camera: '../etc' },
    { is: 'next', camera: 'a' },
    { is: 'x', camera: 'a' },
  ];
  for (const head of wrong) t.equal(requestOf(decodePacket(encodePacket(head))?.head ?? {}), undefined);
  const svg = { ...picture, head: { ...picture.head, type: 'image/svg' as ImageType } };
  t.equal(replyOf(decodePacket(encodeReply(svg)) ?? { head: {}, body: Buffer.alloc(0) }), undefined);
  t.end();
});

t.test('the pacer keeps one picture under way on a slow line, and fills a fast one with a long delay', (t) => {
  /** The number of 80 KB pictures under way at the end, on a line of this rate (bytes per ms) and round trip. */
  const settled = (rate: number, trip: number): number => {
    let now = 0;
    const pacer = createPacer(() => now);
    pacer.roundTrip(trip);
    const line: { readonly id: string; readonly at: number }[] = [];
    let free = 0;
    let sent = 0;
    for (let step = 0; step < 200; step++) {
      while (pacer.hasRoom()) {
        const id = String(sent++);
        pacer.sent(id, 80_000);
        free = Math.max(free, now) + 80_000 / rate;
        line.push({ id, at: free + trip });
      }
      const next = line.shift();
      if (!next) break;
      now = next.at;
      pacer.arrived(next.id);
    }
    return line.length + 1;
  };

  t.equal(settled(125, 100), 1, '1 Mbit/s');
  t.equal(settled(250, 100), 1, '2 Mbit/s');
  const fast = settled(12_500, 50);
  t.ok(fast >= 8 && fast <= 20, `100 Mbit/s and 50 ms hold eight pictures, and ${fast} are under way`);
  t.end();
});

t.test('a lease holds its camera, is renewed by requests, and expires', (t) => {
  let now = 0;
  let held = 0;
  let frame: Frame | undefined;
  const replies: Reply[] = [];
  const credits = createCredits({
    now: () => now,
    want() {
      held++;
      return () => held--;
    },
    newest: () => frame,
    pacer: createPacer(() => now),
    count() {},
  });
  const next = (after = ''): Extract<Request, { is: 'next' }> => ({
    ...{ is: 'next', hub: 'h', camera: 'door', size: 'full', after, every: 0, lease: 1000 },
  });
  const pictures = () => replies.filter(({ is }) => is === 'picture').length;

  credits.next(next(), (reply) => replies.push(reply));
  t.equal(held, 1);
  frame = makeFrame('door', 1);
  credits.offer();
  credits.offer();
  t.equal(pictures(), 1, 'one picture per request');
  credits.want({ is: 'want', hub: 'h', camera: 'door', size: 'full', lease: 1000 });
  frame = makeFrame('door', 2);
  credits.offer();
  t.equal(pictures(), 1, 'without a request, no further picture');
  credits.next(next(frame.key), (reply) => replies.push(reply));
  t.equal(pictures(), 1, 'the same picture is not sent again');
  now = 600;
  credits.sweep();
  t.same(replies.at(-1), { is: 'nothing' }, 'half a lease without a picture is answered');
  now = 999;
  credits.sweep();
  t.equal(held, 1);
  now = 1000;
  credits.sweep();
  t.equal(held, 0);
  t.equal(credits.size, 0);
  t.end();
});

t.test('the list follows the lists of edges, and of two edges with the same id the first by name serves it', (t) => {
  const events: string[] = [];
  const listener: DirectoryEvents = {
    stale: (edge) => events.push(`ask ${edge}`),
    appeared: ({ id, edge }) => events.push(`${id} at ${edge}`),
    left: (camera) => events.push(`${camera} left`),
    back: (edge) => events.push(`${edge} is back`),
    duplicates: (camera, first, second) => events.push(`${camera}: ${first} and ${second}`),
  };
  const directory = createDirectory(listener);
  const cameras = (...ids: string[]): ListedCamera[] =>
    ids.map((id) => ({ id, capture: true, command: false, small: false }));
  const takeEvents = (): string[] => events.splice(0);

  directory.hello('b', { session: 's', revision: 1, ttl: 100 }, 0);
  t.same(takeEvents(), ['ask b', 'b is back']);
  directory.list('b', 1, cameras('door', 'yard'));
  t.same(takeEvents(), ['door at b', 'yard at b']);
  directory.hello('b', { session: 's', revision: 1, ttl: 100 }, 50);
  t.same(takeEvents(), [], 'no request without a change');
  directory.hello('a', { session: 's', revision: 1, ttl: 100 }, 50);
  directory.list('a', 1, cameras('door'));
  t.same(takeEvents(), ['ask a', 'a is back', 'door at a', 'door: a and b']);
  t.equal(directory.find('door')?.edge, 'a');
  directory.list('a', 2, cameras());
  t.same(takeEvents(), ['door at b']);
  t.ok(directory.isOnline('b', 149));
  t.notOk(directory.isOnline('b', 150));
  directory.sweep(1149, 1000);
  t.equal(directory.size, 2);
  directory.sweep(1150, 1000);
  t.same(takeEvents(), ['door left', 'yard left']);
  t.equal(directory.edges, 0);
  t.end();
});

t.test('a longer list reports only the new cameras, so that open requests for the others continue', (t) => {
  const events: string[] = [];
  const directory = createDirectory({
    ...{ stale() {}, left() {}, back() {}, duplicates() {} },
    appeared: ({ id }) => events.push(id),
  });
  const camera = (id: string): ListedCamera => ({ id, capture: false, command: false, small: false });
  directory.hello('a', { session: 's', revision: 1, ttl: 100 }, 0);
  directory.list('a', 1, [camera('door')]);
  directory.list('a', 2, [{ ...camera('door'), capture: true }, camera('yard')]);

  t.same(events, ['door', 'yard']);
  t.equal(directory.find('door')?.capture, true);
  t.end();
});

t.test('a picture that the hub cannot use is not requested again', async (t) => {
  const requests: Request[] = [];
  const head = { camera: 'door', key: 'bad', time: 1, type: 'image/jpeg', meta: {} } as const;
  const chain = startChain('door', {
    ...{ hub: 'h', size: 'full', every: 0, lease: 1000, clock: manualClock().clock },
    find: (id) => ({ id, edge: 'a', capture: false, command: false, small: false }),
    carrier: {
      send() {},
      ask(_, request) {
        requests.push(request);
        const isFirst = requests.length === 1;
        return isFirst ? Promise.resolve({ is: 'picture', head, data: Buffer.alloc(0) }) : new Promise(() => {});
      },
    },
    async picture() {},
    failed: (_, cause) => t.fail(String(cause)),
  });
  await settle();
  chain.stop();

  t.match(requests, [{ after: '' }, { after: 'bad' }]);
});
