// The edge's side of the camd protocol in a running graph, over a carrier in memory and on a manual clock.

import t, { type Test } from 'tap';
import type { Node } from '../../../../core/contract/plugin.ts';
import { createEdge, type Edge } from '../../../../plugins/kit/fleet/edge.ts';
import type { Hello, Reply, Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { createFeed, makeCapture, manualClock, run } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

const from = {
  description: 'Where the pictures come from.',
  type: 'string',
  reference: { ports: ['frames'], delivery: 'live' },
};

async function running(t: Test, capture?: Parameters<typeof createFeed>[0]) {
  const time = manualClock();
  const feed = createFeed(capture);
  const hellos: Hello[] = [];
  let edge: Edge | undefined;
  const plugin = {
    use: 'test/edge',
    schema: {
      ...{ summary: 'An edge', description: 'An edge.', provides: [], type: 'object', additionalProperties: false },
      properties: { from },
      required: ['from'],
    },
    start(node: Node<unknown>) {
      const options = { edge: 'shop', helloEvery: 1000, staleAfter: 5000 };
      edge = createEdge(node, options, { hello: (hello) => hellos.push(hello) }, undefined);
    },
  };
  const camd = await run(
    t,
    'camd: 1\npipeline:\n  door: { use: test/feed }\n  edge: { use: test/edge, from: door }\n',
    { clock: time.clock, plugins: [feed.plugin, plugin] },
  );
  const started = (): Edge => {
    if (!edge) throw new Error('the edge has not started');
    return edge;
  };
  const ask = (request: Request): Reply[] => {
    const replies: Reply[] = [];
    started().handler.request(request, (reply) => replies.push(reply));
    return replies;
  };
  const next = (after = '', more: object = {}): Reply[] =>
    ask({ is: 'next', hub: 'h', camera: 'door', size: 'full', after, every: 0, lease: 10_000, ...more });
  const is = (replies: Reply[]): string[] => replies.map((reply) => (reply.is === 'fault' ? reply.code : reply.is));
  const metric = (name: string): number => Number(camd.status('edge').metrics[name] ?? 0);
  return { camd, time, feed, hellos, edge: started(), ask, next, is, metric };
}

t.test('an edge sends a hello when it is connected and periodically, and a goodbye', async (t) => {
  const { camd, edge, hellos, time, metric } = await running(t);
  t.same(hellos, [], 'no hub is connected');
  t.equal(metric('hubs_connected'), 0);

  edge.handler.connected(true);
  t.match(hellos, [{ session: /^[0-9a-f]{16}$/, revision: 1, ttl: 2500 }]);
  t.equal(camd.status('edge').state.is, 'running');
  t.equal(metric('hubs_connected'), 1);
  await time.advance(1000);
  t.same(hellos, [hellos[0], hellos[0]]);
  edge.handler.connected(true);
  t.not(hellos[2]?.session, hellos[0]?.session, 'each connection is a new session');
  t.equal(hellos[2]?.revision, 1);
  edge.leave();
  t.match(hellos.at(-1), { session: hellos[2]?.session, ttl: 0 });

  edge.handler.connected(false);
  await time.advance(3000);
  t.equal(hellos.length, 4);
  edge.handler.connected(true);
  await camd.stop();
  t.equal(hellos.at(-1)?.ttl, 0, 'a stopped edge sends a goodbye');
});

t.test('a roll call is answered once, within a second', async (t) => {
  const { edge, hellos, time } = await running(t);
  edge.handler.connected(true);
  await time.advance(10);
  for (let count = 0; count < 3; count++) edge.handler.rollCall();
  const before = hellos.length;
  // A regular hello is sent in this second too.
  await time.advance(1000);
  t.equal(hellos.length, before + 2);
  edge.handler.rollCall();
  await time.advance(1000);
  t.equal(hellos.length, before + 4, 'the next roll call is answered too');
});

t.test('the list contains the cameras and their capabilities', async (t) => {
  const taking = await running(t, () => makeCapture(5));
  t.same(taking.ask({ is: 'list' }), [
    { is: 'list', revision: 1, cameras: [{ id: 'door', capture: true, command: false, small: false }] },
  ]);
  t.match(taking.ask({ is: 'list' }), [{ revision: 1 }], 'the same revision without a change');
  const sending = await running(t);
  t.match(sending.ask({ is: 'list' }), [{ cameras: [{ id: 'door', capture: false }] }]);
});

t.test('a request holds the camera, and is answered with the next picture', async (t) => {
  const { edge, feed, next, is, metric, time } = await running(t);
  edge.handler.connected(true);
  const first = next();
  t.equal(feed.wants(), 1);
  t.equal(metric('leases'), 1);
  t.same(is(first), []);
  await feed.send(makeCapture(1), false);
  await until(() => first.length === 2, 'the picture');
  t.same(is(first), ['probe', 'picture']);
  const [, picture] = first;
  if (picture?.is !== 'picture') throw new Error('no picture');
  t.match(picture.head, { camera: 'door', type: 'image/jpeg', meta: {} });
  t.ok(picture.data.equals(makeCapture(1).data));
  t.equal(metric('under_way_bytes'), picture.data.length);
  t.equal(metric('pictures_sent_total'), 1);
  t.equal(metric('picture_bytes_sent_total'), picture.data.length);
  t.same(
    edge.newest('full').map(({ key }) => key),
    [picture.head.key],
  );
  t.same(edge.newest('small'), []);

  t.same(is(next()), ['picture'], 'the same picture, for a request without a key');
  t.same(is(next(picture.head.key)), []);
  await time.advance(5001);
  t.same(is(next()), [], 'the picture is too old now');
  await time.advance(10_250);
  t.equal(feed.wants(), 0, 'the lease has expired');
  t.equal(metric('leases_expired_total'), 1);
});

t.test('a picture is sent up to the maximum age', async (t) => {
  const { edge, feed, next, is, time } = await running(t);
  await feed.send(makeCapture(1), false);
  await until(() => edge.newest('full').length === 1, 'the picture');
  await time.advance(5000);
  t.same(is(next()), ['probe', 'picture']);
});

t.test('a new connection drops earlier requests of hubs', async (t) => {
  const { edge, feed, next } = await running(t);
  edge.handler.connected(true);
  const replies = next();
  edge.handler.connected(true);
  t.equal(feed.wants(), 0);
  await feed.send(makeCapture(1), false);
  await until(() => edge.newest('full').length === 1, 'the picture');
  t.same(replies, []);
});

t.test('a hub can hold and release a camera without requesting a picture', async (t) => {
  const { ask, feed } = await running(t);
  const want = { is: 'want', hub: 'h', camera: 'door', size: 'full' } as const;
  t.same(ask({ ...want, lease: 1000 }), []);
  t.equal(feed.wants(), 1);
  t.same(ask({ ...want, lease: 0 }), []);
  t.equal(feed.wants(), 0);
});

t.test('a request for a camera of another edge is answered with unknown-camera', async (t) => {
  const { ask, next, is } = await running(t);
  t.match(next('', { camera: 'yard' }), [
    { is: 'fault', code: 'unknown-camera', message: 'The edge "shop" has no camera yard.' },
  ]);
  t.same(is(ask({ is: 'capture', camera: 'yard', timeout: 0 })), ['unknown-camera']);
  t.same(ask({ is: 'rival', camera: 'yard', edge: 'other' }), []);
});

t.test('a capture is taken by the camera, and its fault is passed on', async (t) => {
  const good = await running(t, () => makeCapture(7));
  const replies = good.ask({ is: 'capture', camera: 'door', timeout: 1000 });
  await until(() => replies.length === 1, 'the picture');
  t.match(replies, [{ is: 'picture', head: { camera: 'door', type: 'image/jpeg' } }]);
  t.ok(replies[0]?.is === 'picture' && replies[0].data.equals(makeCapture(7).data));
  t.equal(good.metric('captures_total'), 1);

  const bad = await running(t, () => {
    throw new Error('secret detail');
  });
  const failed = bad.ask({ is: 'capture', camera: 'door', timeout: 0 });
  await until(() => failed.length === 1, 'the fault');
  t.match(failed, [{ is: 'fault' }]);
  const none = await running(t);
  const command = none.ask({ is: 'command', camera: 'door', name: 'light' });
  await until(() => command.length === 1, 'the fault');
  t.match(command, [{ is: 'fault' }]);
  t.equal(none.metric('commands_total'), 1);
});

t.test('a rival degrades the edge for a while', async (t) => {
  const { camd, edge, ask, time } = await running(t);
  edge.handler.connected(true);
  ask({ is: 'rival', camera: 'door', edge: 'other' });
  t.match(camd.status('edge').state, { is: 'degraded' });
  t.match(JSON.stringify(camd.status('edge').state), /edge \\"other\\" also has a camera door/);
  await time.advance(29_000);
  t.equal(camd.status('edge').state.is, 'degraded');
  await time.advance(2000);
  t.equal(camd.status('edge').state.is, 'running');
});
