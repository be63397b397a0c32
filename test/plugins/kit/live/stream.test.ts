// The live stream of a node without a server: admission, rates and metrics.

import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Frame } from '../../../../core/contract/frame.ts';
import type { HttpReply, HttpRequest } from '../../../../core/contract/http.ts';
import type { Node } from '../../../../core/contract/plugin.ts';
import { createStream } from '../../../../plugins/kit/live/stream.ts';
import { makeFrame } from '../../../../testing/index.ts';
import { manualClock } from '../../../support/manual-clock.ts';

/** A connection that accepts all data at once. */
function connection(t: Test) {
  const taken: string[] = [];
  let isEnded = false;
  const socket = Object.assign(new Socket(), {
    write(chunk: Buffer | string) {
      taken.push(chunk.toString('latin1'));
      return true;
    },
    destroySoon() {
      isEnded = true;
      socket.destroy();
    },
  });
  t.teardown(() => socket.destroy());
  return { socket, taken, isEnded: () => isEnded };
}

async function world(t: Test, maxViewers = 10) {
  const time = manualClock();
  const counts: Record<string, number> = {};
  const gauges: Record<string, () => number> = {};
  const wants: string[] = [];
  const latest = new Map<string, Frame>();
  let show = (_frame: Frame): void => {};
  let leave = (_cameras: readonly string[]): void => {};
  const node = {
    clock: time.clock,
    metrics: {
      count(name: string, by = 1) {
        counts[name] = (counts[name] ?? 0) + by;
      },
      gauge(name: string, read: () => number) {
        gauges[name] = read;
      },
    },
    input: () => ({
      cameras: () => ['gate', 'yard'],
      want(camera: string) {
        wants.push(`+${camera}`);
        return () => void wants.push(`-${camera}`);
      },
      onLeft(handle: (cameras: readonly string[]) => void) {
        leave = handle;
      },
      each(handle: (frame: Frame) => void, options: unknown) {
        t.same(options, { delivery: 'live', demand: 'none' });
        show = handle;
      },
    }),
    refs: () => [{ current: () => ({ latest: (camera: string) => ({ frame: latest.get(camera) }) }) }],
    async durable(_name: string, { create, dispose }: { create(): unknown; dispose(value: unknown): void }) {
      const made = create();
      t.teardown(() => dispose(made));
      return made;
    },
    whileActive: (attach: () => unknown) => void attach(),
  } as unknown as Node<unknown>;
  const stream = await createStream(node, {
    ...{ path: '/stream', stall: 60_000, repeat: 60_000, maxViewers },
    shows: (how, { cameras, has }) => cameras().find((camera) => how === 'any' && has(camera)),
  });
  return {
    ...{ stream, counts, gauges, latest, wants, time },
    leave: (camera: string) => leave([camera]),
    show: (seq: number, camera = 'gate') => show(makeFrame(camera, seq, { data: Buffer.from(`<${seq}>`) })),
    watch: (query: unknown = {}, how?: string, camera = 'gate', method = 'GET') => {
      const viewer = connection(t);
      const answer = serve(stream, { method, query }, viewer.socket, camera, how);
      const shown = (): number[] =>
        viewer.taken.flatMap((text) => [...text.matchAll(/<(\d+)>/g)].map((hit) => Number(hit[1])));
      return { ...viewer, ...answer, shown };
    },
  };
}

function serve(
  stream: Awaited<ReturnType<typeof createStream>>,
  request: { readonly method: string; readonly query: unknown },
  socket: Socket | null,
  camera: string,
  how?: string,
) {
  const raw = Object.assign(Object.create(ServerResponse.prototype), {
    socket,
    getHeaders: () => ({ 'x-own': 'yes' }),
    hasHeader: () => false,
  });
  const reply = { raw, status: 0, body: '', hijacked: false };
  const chain = {
    raw,
    code(status: number) {
      reply.status = status;
      return chain;
    },
    header: () => chain,
    type: () => chain,
    send(body: string) {
      reply.body = body;
      return chain;
    },
    hijack() {
      reply.hijacked = true;
      return chain;
    },
  };
  const returned = stream.serve(request as HttpRequest, chain as unknown as HttpReply, camera, how);
  if (returned !== chain) throw new Error('the answer is not the one that was begun');
  return reply;
}

t.test('a viewer may request a lower rate, and receives each frame as soon as it is due', async (t) => {
  const { watch, show, time } = await world(t);
  const calm = watch({ fps: '5' });
  show(1);
  await time.advance(100);
  show(2);
  await time.advance(100);
  show(3);
  await time.advance(200);
  show(4);

  t.same(calm.shown(), [1, 3, 4]);
});

t.test(
  'a rate may be less than one frame per second, and a frame may come a tenth of the interval early',
  async (t) => {
    const { watch, show, time } = await world(t);
    const calm = watch({ fps: '0.5' });
    show(1);
    await time.advance(1799);
    show(2);
    await time.advance(1);
    show(3);

    t.same(calm.shown(), [1, 3]);
  },
);

t.test('an invalid rate is ignored', async (t) => {
  const { watch, show } = await world(t);
  const queries = [{}, { fps: 'none' }, { fps: '' }, { fps: '0' }, { fps: '-5' }, { fps: '1000' }, { fps: '5000' }];
  const viewers = [...queries, { fps: ['5', '7'] }].map((query) => watch(query));
  for (const seq of [1, 2, 3]) show(seq);

  for (const viewer of viewers) t.same(viewer.shown(), [1, 2, 3]);
});

t.test('viewers and refused viewers are counted', async (t) => {
  const { watch, counts, gauges, stream } = await world(t, 2);
  const first = watch();
  const second = watch({}, undefined, 'yard');
  const third = watch();
  const head = watch({}, undefined, 'gate', 'HEAD');

  t.match(first.taken[0], /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nx-own: yes\r\n\r\n--boundarydonotcross\r\n$/);
  t.equal(first.hijacked, true);
  t.same([third.status, JSON.parse(third.body).error], [503, 'the maximum number of viewers is reached']);
  t.same([third.hijacked, third.taken], [false, []]);
  t.same([head.status, head.isEnded()], [0, true], 'a HEAD request does not count as a viewer');
  t.notMatch(head.taken.join(''), /--boundary/);
  t.same(counts, { viewers_total: 2, viewers_refused_total: 1 });
  t.same([gauges.viewers?.(), gauges.viewers_lagging?.(), gauges.lag_ms?.()], [2, 0, 0]);
  t.same([stream.watching('gate'), stream.watching('yard')], [1, 1]);
  second.socket.destroy();
  await new Promise((resolve) => second.socket.once('close', resolve));
  t.same([gauges.viewers?.(), stream.watching('yard')], [1, 0]);
});

t.test('a stream requested on a connection with a pending answer is refused', async (t) => {
  const { stream, counts } = await world(t);
  const answer = serve(stream, { method: 'GET', query: {} }, null, 'gate');

  t.same([answer.status, JSON.parse(answer.body).error], [503, 'request a stream on its own connection']);
  t.same(counts, {});
});

t.test('the newest known frame is sent at once, and the camera is wanted', async (t) => {
  const { watch, latest, wants, stream, counts } = await world(t);
  latest.set('gate', makeFrame('gate', 7, { data: Buffer.from('<7>') }));
  const viewer = watch();

  t.same(viewer.shown(), [7]);
  t.same(wants, ['+gate']);
  t.same([stream.has('gate'), stream.has('yard')], [true, false]);
  t.same(stream.cameras(), ['gate', 'yard']);
  t.equal(counts.frames_sent_total, 1);
});

t.test('viewers of a removed camera are disconnected, and so are those whose URL now shows another one', async (t) => {
  const { watch, latest, leave } = await world(t);
  const [named, any] = [watch({}, undefined, 'yard'), watch({}, 'any', 'yard')];
  leave('shed');
  t.same([named.isEnded(), any.isEnded()], [false, false]);
  latest.set('gate', makeFrame('gate', 1));
  leave('shed');
  t.same([named.isEnded(), any.isEnded()], [false, true]);
  leave('yard');
  t.equal(named.isEnded(), true);
});
