// The pictures of one camera at a hub, on a manual clock: requests, leases, pauses after faults, and other edges.

import t from 'tap';
import { startChain } from '../../../../plugins/kit/fleet/chain.ts';
import type { AskOptions, Reply, Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { manualClock, settle } from '../../../../testing/index.ts';

const picture = (key: string): Reply => ({
  is: 'picture',
  head: { camera: 'door', key, time: 1, type: 'image/jpeg', meta: {} },
  data: Buffer.from(key),
});

function hub(edge = 'a') {
  const time = manualClock();
  let at: string | undefined = edge;
  const asks: {
    edge: string;
    request: Request;
    options: AskOptions;
    answer(reply: Reply): void;
    fail(cause: unknown): void;
  }[] = [];
  const sent: unknown[] = [];
  const pictures: string[] = [];
  const faults: unknown[] = [];
  let take: Promise<void> = Promise.resolve();
  const chain = startChain('door', {
    ...{ hub: 'h', size: 'small', every: 50, lease: 1000, clock: time.clock },
    find: (id) => (at === undefined ? undefined : { id, edge: at, capture: false, command: false, small: true }),
    carrier: {
      send: (edge, request) => void sent.push({ edge, ...request }),
      ask: (edge, request, options) =>
        new Promise((answer, fail) => {
          asks.push({ edge, request, options, answer, fail });
          options.signal.addEventListener('abort', () => fail(options.signal.reason), { once: true });
        }),
    },
    picture(found, edge) {
      pictures.push(`${found.head.key} of ${edge}`);
      return take;
    },
    failed: (camera, cause) => faults.push([camera, (cause as { code?: string }).code]),
  });
  return {
    ...{ chain, time, asks, sent, pictures, faults },
    move: (edge: string | undefined) => (at = edge),
    hold: (until: Promise<void>) => (take = until),
  };
}
const want = { edge: 'a', is: 'want', hub: 'h', camera: 'door', size: 'small' };

t.test('each request names the key of the previous picture', async (t) => {
  const { chain, asks, pictures } = hub();
  await settle();
  t.match(asks, [{ edge: 'a', options: { timeoutMs: 21_000 } }]);
  t.same(asks[0]?.request, { is: 'next', hub: 'h', camera: 'door', size: 'small', after: '', every: 50, lease: 1000 });
  asks[0]?.answer(picture('k1'));
  await settle();
  asks[1]?.answer({ is: 'nothing' });
  await settle();
  asks[2]?.answer(picture('k2'));
  await settle();

  t.match(
    asks.map(({ request }) => request),
    [{ after: '' }, { after: 'k1' }, { after: 'k1' }, { after: 'k2' }],
  );
  t.same(pictures, ['k1 of a', 'k2 of a']);
  chain.stop();
  await settle();
});

t.test('a stopped chain releases its camera and sends no further request', async (t) => {
  const { chain, asks, sent, time, faults } = hub();
  await settle();
  chain.stop();
  await settle();
  t.same(sent, [{ ...want, lease: 0 }]);
  t.ok(asks[0]?.options.signal.aborted);
  await time.advance(10_000);
  t.equal(asks.length, 1);
  t.same(faults, []);
  t.equal(time.sleepers(), 0);

  const none = hub('');
  none.move(undefined);
  none.chain.stop();
});

t.test('a probe is answered at once, with its number', async (t) => {
  const { chain, asks, sent } = hub();
  await settle();
  asks[0]?.options.onProbe?.(7);
  t.same(sent, [{ ...want, lease: 1000, probe: 7 }]);
  chain.stop();
  await settle();
});

t.test('the camera is held while a slow consumer handles a picture', async (t) => {
  const { chain, asks, sent, time, hold } = hub();
  let done = (): void => {};
  hold(new Promise((resolve) => (done = resolve)));
  await settle();
  asks[0]?.answer(picture('k1'));
  await settle();
  await time.advance(399);
  t.same(sent, []);
  await time.advance(1);
  t.same(sent, [{ ...want, lease: 1000 }]);
  await time.advance(800);
  t.equal(sent.length, 3);
  t.equal(asks.length, 1);
  done();
  await settle();
  t.equal(asks.length, 2);
  await time.advance(5000);
  t.equal(sent.length, 3, 'the open request now holds the camera');
  chain.stop();
  await settle();
});

t.test('a stopped chain does not hold its camera, even if its consumer still has a picture', async (t) => {
  const { chain, asks, sent, time, hold } = hub();
  hold(new Promise(() => {}));
  await settle();
  asks[0]?.answer(picture('k1'));
  await settle();
  chain.stop();
  await time.advance(2000);
  t.same(sent, []);
});

t.test('after a fault the request is repeated with growing pauses, which a picture resets', async (t) => {
  const { chain, asks, faults, time } = hub();
  await settle();
  const waits: number[] = [];
  for (let count = 0; count < 6; count++) {
    const before = asks.length;
    if (count % 2) asks.at(-1)?.fail(Object.assign(new Error('late'), { code: 'edge-late' }));
    else asks.at(-1)?.answer({ is: 'fault', code: 'edge-busy', message: 'Busy.' });
    let waited = 0;
    for (await settle(); asks.length === before && waited < 5000; waited += 10) await time.advance(10);
    waits.push(waited);
  }
  // Jitter shortens a pause by up to three tenths.
  for (const [index, most] of [200, 400, 800, 1600, 2000, 2000].entries()) {
    const waited = waits[index] ?? 0;
    t.ok(waited <= most && waited >= 0.7 * most, `${waited} of ${most} ms`);
  }
  t.same(faults.slice(0, 2), [
    ['door', 'edge-busy'],
    ['door', 'edge-late'],
  ]);

  asks.at(-1)?.answer(picture('k'));
  await settle();
  asks.at(-1)?.answer({ is: 'list', revision: 1, cameras: [] });
  await settle();
  t.same(faults.at(-1), ['door', 'bad-answer']);
  const before = asks.length;
  await time.advance(200);
  t.equal(asks.length, before + 1, 'the shortest pause again');
  chain.stop();
  await settle();
});

t.test('a kick cancels the open request and the pause', async (t) => {
  const { chain, asks, faults, time, move } = hub();
  await settle();
  chain.kick();
  await settle();
  t.equal(asks.length, 2);
  t.same(faults, []);
  t.notOk(asks[1]?.options.signal.aborted);
  for (let count = 0; count < 5; count++) {
    asks.at(-1)?.answer({ is: 'fault', code: 'x', message: 'X.' });
    await settle();
    await time.advance(2000);
  }
  asks.at(-1)?.answer({ is: 'fault', code: 'x', message: 'X.' });
  await settle();
  const before = asks.length;
  move('b');
  chain.kick();
  await settle();
  t.equal(asks.length, before + 1);
  t.equal(asks.at(-1)?.edge, 'b');
  asks.at(-1)?.answer({ is: 'fault', code: 'x', message: 'X.' });
  await settle();
  await time.advance(200);
  t.equal(asks.length, before + 2, 'the shortest pause again, after a kick');
  chain.stop();
  await settle();
});

t.test('requests go to the edge that now has the camera, and the previous edge is released', async (t) => {
  const { chain, asks, sent, move } = hub();
  await settle();
  move('b');
  asks[0]?.answer(picture('k1'));
  await settle();
  t.same([asks[1]?.edge, sent], ['b', [{ ...want, lease: 0 }]]);
  asks[1]?.answer(picture('k2'));
  await settle();
  t.equal(sent.length, 1);
  chain.stop();
  await settle();
  t.same(sent[1], { ...want, edge: 'b', lease: 0 });
});

t.test('while no edge has the camera, the chain checks again periodically', async (t) => {
  const { chain, asks, sent, time, move } = hub();
  move(undefined);
  asks[0]?.answer({ is: 'nothing' });
  await settle();
  t.equal(asks.length, 1);
  move('c');
  await time.advance(200);
  t.equal(asks.at(-1)?.edge, 'c');
  t.same(sent, [{ ...want, lease: 0 }]);
  chain.stop();
  await settle();
});
