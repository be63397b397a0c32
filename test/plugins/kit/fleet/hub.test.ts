// The hub's side of the camd protocol in a running graph, over a carrier in memory and on a manual clock.

import t, { type Test } from 'tap';
import type { Input, Node, Ref, Registry } from '../../../../core/contract/plugin.ts';
import { createHub, type Hub } from '../../../../plugins/kit/fleet/hub.ts';
import type { AskOptions, Hello, ListedCamera, Reply, Request } from '../../../../plugins/kit/fleet/protocol.ts';
import { createProbe, makeCapture, manualClock, run, settle } from '../../../../testing/index.ts';
import { until } from '../../../support/until.ts';

interface OpenRequest {
  readonly edge: string;
  readonly request: Request;
  readonly options: AskOptions;
  answer(reply: Reply): void;
}

async function running(t: Test, take?: Parameters<typeof createProbe>[0], only?: Ref<Registry>) {
  const time = manualClock();
  const requests: OpenRequest[] = [];
  const sent: { edge: string; request: Request }[] = [];
  const probe = createProbe(take);
  let made: { hub: Hub; node: Node<unknown> } | undefined;
  const plugin = {
    use: 'test/hub',
    schema: {
      ...{ summary: 'A hub', description: 'A hub.', provides: ['frames'], type: 'object', additionalProperties: false },
      properties: {},
    },
    start(node: Node<unknown>) {
      const options = { size: 'full', every: 40, lease: 10_000, forgetAfter: 60_000, captureTimeout: 3000 } as const;
      const hub = createHub(
        node,
        options,
        {
          send: (edge, request) => void sent.push({ edge, request }),
          ask: (edge, request, options) =>
            new Promise((answer, reject) => {
              requests.push({ edge, request, options, answer });
              options.signal.addEventListener('abort', () => reject(options.signal.reason), { once: true });
            }),
        },
        only,
      );
      made = { hub, node };
    },
  };
  let taken: Input | undefined;
  const consumer = {
    ...probe.plugin,
    start(node: Node<unknown>) {
      taken = node.input();
      (probe.plugin as { start(node: Node<unknown>): void }).start(node);
    },
  };
  const camd = await run(t, 'camd: 1\npipeline:\n  hub: { use: test/hub }\n  probe: { use: test/probe, from: hub }\n', {
    ...{ clock: time.clock, plugins: [plugin, consumer] },
  });
  if (!made) throw new Error('the hub has not started');
  const { handler } = made.hub;
  const hello = (edge: string, more: Partial<Hello> = {}): void =>
    handler.hello(edge, { session: 's', revision: 1, ttl: 20_000, ...more });
  const open = (is: Request['is']): OpenRequest[] => requests.filter(({ request }) => request.is === is);
  /** An edge with these cameras. */
  const join = async (edge: string, cameras: readonly string[], more: Partial<ListedCamera> = {}): Promise<void> => {
    hello(edge);
    const list = cameras.map((id) => ({ id, capture: false, command: false, small: false, ...more }));
    open('list').at(-1)?.answer({ is: 'list', revision: 1, cameras: list });
    await settle();
  };
  const metric = (name: string): number => Number(camd.status('hub').metrics[name] ?? 0);
  const input = (): Input => {
    if (!taken) throw new Error('the consumer has not started');
    return taken;
  };
  return { camd, time, requests, sent, probe, handler, hello, join, open, metric, input };
}

const picture = (seed: number, key = `k${seed}`): Reply => ({
  is: 'picture',
  head: { camera: 'door', key, time: 1000 + seed, type: 'image/jpeg', meta: { night: true } },
  data: makeCapture(seed).data,
});

t.test('a hub lists the cameras of its edges, and removes them with their edge', async (t) => {
  const { join, probe, metric, open, time, hello, handler, camd } = await running(t);
  handler.connected(true);
  t.equal(camd.status('hub').state.is, 'running');
  await join('shop', ['door', 'yard']);
  t.same(
    open('list').map(({ edge, options }) => [edge, options.timeoutMs]),
    [['shop', 5000]],
  );
  t.same(probe.cameras(), ['door', 'yard']);
  t.same([metric('edges'), metric('cameras'), metric('cameras_asked')], [1, 2, 0]);
  hello('shop', { ttl: 0 });
  await time.advance(59_000);
  t.equal(metric('cameras'), 2);
  await time.advance(6000);
  t.same([metric('edges'), metric('cameras')], [0, 0]);
  t.same(probe.cameras(), []);
});

t.test('a hub requests pictures of a camera while a consumer wants it, and releases it afterwards', async (t) => {
  const { join, probe, open, sent, metric } = await running(t);
  await join('shop', ['door', 'yard']);
  t.equal(open('next').length, 0);
  const release = probe.want('door');
  await settle();
  t.match(open('next'), [
    { edge: 'shop', request: { camera: 'door', size: 'full', every: 40, lease: 10_000, after: '' } },
  ]);
  t.equal(metric('cameras_asked'), 1);
  open('next')[0]?.answer(picture(1));
  await until(() => probe.frames.length === 1, 'the picture');
  const [frame] = probe.frames;
  t.match(frame, { camera: 'door', key: 'k1', time: 1001, width: 16, height: 16, meta: { night: true, edge: 'shop' } });
  t.ok(frame?.data.equals(makeCapture(1).data));
  t.equal(metric('pictures_total'), 1);
  await until(() => open('next').length === 2, 'the next request');
  t.match(open('next')[1]?.request, { after: 'k1' });

  release();
  release();
  await settle();
  t.match(sent, [{ edge: 'shop', request: { is: 'want', camera: 'door', lease: 0 } }]);
  t.equal(metric('cameras_asked'), 0);
});

t.test('two consumers of the same camera share its requests', async (t) => {
  const { join, probe, open, sent } = await running(t);
  await join('shop', ['door']);
  const releases = [probe.want('door'), probe.want()];
  await settle();
  t.equal(open('next').length, 1);
  releases[0]?.();
  await settle();
  t.same(sent, []);
  releases[1]?.();
  await settle();
  t.equal(sent.length, 1);
});

t.test('a consumer of all cameras also gets later ones, and requests for removed ones end', async (t) => {
  const { join, probe, open, metric, hello, requests } = await running(t);
  await join('shop', ['door']);
  const release = probe.want();
  await settle();
  t.equal(metric('cameras_asked'), 1);
  await join('till', ['yard', 'gate']);
  t.same(
    open('next').map(({ request }) => 'camera' in request && request.camera),
    ['door', 'yard', 'gate'],
  );
  hello('till', { revision: 2 });
  requests
    .at(-1)
    ?.answer({ is: 'list', revision: 2, cameras: [{ id: 'gate', capture: false, command: false, small: false }] });
  await settle();
  t.equal(metric('cameras_asked'), 2);
  release();
  await settle();
  t.equal(metric('cameras_asked'), 0);
  await join('more', ['porch']);
  t.equal(metric('cameras_asked'), 0);
});

t.test('requests are sent again when the carrier or the edge is back', async (t) => {
  const { join, probe, open, handler, hello } = await running(t);
  await join('shop', ['door']);
  probe.want('door');
  await settle();
  handler.connected(true);
  await settle();
  t.equal(open('next').length, 2);
  hello('shop', { session: 'other' });
  await settle();
  t.equal(open('next').length, 3);
  hello('shop', { session: 'other' });
  await settle();
  t.equal(open('next').length, 3);
});

t.test('data that is not a picture is counted and not requested again', async (t) => {
  const { join, probe, open, metric, camd } = await running(t);
  await join('shop', ['door']);
  probe.want('door');
  await settle();
  open('next')[0]?.answer({ ...picture(1), data: Buffer.from('GIF89a') } as Reply);
  await until(() => open('next').length === 2, 'the next request');
  t.match(open('next')[1]?.request, { after: 'k1' });
  t.equal(metric('bad_pictures_total'), 1);
  t.equal(metric('pictures_total'), 0);
  t.ok(camd.lines.some(({ why }) => why === 'neither JPEG nor PNG'));
  open('next')[1]?.answer({ is: 'fault', code: 'edge-busy', message: 'Busy.' });
  await settle();
  t.equal(metric('failed_requests_total'), 1);
});

t.test('a consumer of every picture delays the next request until it is done', async (t) => {
  let done = (): void => {};
  const { join, probe, open } = await running(t, () => new Promise((resolve) => (done = resolve)));
  await join('shop', ['door']);
  probe.want('door');
  await settle();
  open('next')[0]?.answer(picture(1));
  await settle();
  await settle();
  t.equal(open('next').length, 1);
  done();
  await until(() => open('next').length === 2, 'the next request');
  t.end();
});

t.test('a picture that a consumer refuses is counted, and the next one is requested', async (t) => {
  const { join, probe, open, metric } = await running(t, () => Promise.reject(new Error('full')));
  await join('shop', ['door']);
  probe.want('door');
  await settle();
  open('next')[0]?.answer(picture(1));
  await until(() => open('next').length === 2, 'the next request');
  t.equal(metric('refused_total'), 1);
});

t.test('a capture is requested from the edge that has the camera', async (t) => {
  const { join, probe, open, metric } = await running(t);
  await join('shop', ['door'], { capture: true });
  await join('till', ['yard']);
  t.same([probe.answers('door'), probe.answers('yard'), probe.answers('none')], [true, false, false]);

  const captured = probe.capture('door');
  await settle();
  t.match(open('capture'), [
    { edge: 'shop', request: { camera: 'door', timeout: 3000 }, options: { timeoutMs: 4000 } },
  ]);
  open('capture')[0]?.answer(picture(4, ''));
  const frame = await captured;
  t.match(frame, { camera: 'door', time: 1004, meta: { edge: 'shop' } });
  t.not(frame.key, '', 'a picture without a key gets one');
  t.equal(metric('captures_total'), 1);

  for (const [reply, code] of [
    [{ is: 'fault', code: 'camera-away', message: 'Away.' }, 'camera-away'],
    [{ is: 'nothing' }, 'bad-answer'],
    [{ ...picture(1), data: Buffer.alloc(0) } as Reply, 'no-picture'],
  ] as const) {
    const failed = probe.capture('door');
    await settle();
    open('capture').at(-1)?.answer(reply);
    await t.rejects(failed, { code });
  }
});

t.test('two edges with the same camera degrade the hub for a while, and the hub notifies both', async (t) => {
  const { join, handler, sent, camd, time, metric, hello } = await running(t);
  handler.connected(true);
  await join('shop', ['door']);
  await join('till', ['door']);
  t.match(sent, [
    { edge: 'shop', request: { is: 'rival', camera: 'door', edge: 'till' } },
    { edge: 'till', request: { is: 'rival', camera: 'door', edge: 'shop' } },
  ]);
  t.equal(metric('rivals_total'), 1);
  t.match(
    JSON.stringify(camd.status('hub').state),
    /"shop\\" and \\"till\\" both have a camera door; \\"shop\\" serves it/,
  );
  handler.connected(true);
  t.equal(camd.status('hub').state.is, 'degraded', 'a new connection does not change that');
  await time.advance(29_000);
  hello('till', { ttl: 60_000 });
  t.equal(camd.status('hub').state.is, 'degraded');
  await time.advance(1000);
  t.equal(camd.status('hub').state.is, 'running');
});

t.test('the status of a camera gives the reason when its edge is offline', async (t) => {
  const { join, camd, time } = await running(t);
  await join('shop', ['door']);
  const why = (): boolean =>
    camd.daemon.view.cameras().some(({ id, why }) => id === 'door' && why === 'The edge "shop" is offline.');
  t.equal(why(), false);
  await time.advance(20_000);
  t.equal(why(), true);
});

t.test('a command is sent to the edge that has the camera, and its fact is returned', async (t) => {
  const command = (name: string, args?: string) => ({ name, ...(args === undefined ? {} : { args }) });
  const { join, input, open } = await running(t);
  await join('shop', ['door'], { command: true });
  await join('till', ['yard']);
  const { signal } = new AbortController();
  t.same([input().answers('command', 'door'), input().answers('command', 'yard')], [true, false]);

  const plain = input().ask('command', 'door', command('light'), signal);
  await settle();
  t.match(open('command'), [{ edge: 'shop', options: { timeoutMs: 30_000 } }]);
  t.same(open('command')[0]?.request, { is: 'command', camera: 'door', name: 'light' });
  open('command')[0]?.answer({ is: 'fact', fact: 'on' });
  t.equal(await plain, 'on');

  const more = input().ask('command', 'door', command('light', 'off'), signal);
  await settle();
  t.same(open('command')[1]?.request, { is: 'command', camera: 'door', name: 'light', args: 'off' });
  open('command')[1]?.answer({ is: 'fault', code: 'camera-away', message: 'Away.' });
  await t.rejects(more, { code: 'camera-away' });
});

t.test('with a registry, only its cameras are listed, and lists are requested again when it changes', async (t) => {
  let changed = (): void => {};
  const known = new Set(['door']);
  const registry: Registry = {
    lookup: async (camera) => (known.has(camera) ? ({} as never) : undefined),
    watch(listener) {
      changed = listener;
      return () => {};
    },
  } as Partial<Registry> as Registry;
  const only = {
    ...{ id: 'cameras', current: () => registry },
    bind: (attach: (port: Registry) => unknown) => void attach(registry),
  } as unknown as Ref<Registry>;
  const { join, probe, open, hello } = await running(t, undefined, only);
  await join('shop', ['door', 'yard']);
  t.same(probe.cameras(), ['door']);
  hello('shop');
  t.equal(open('list').length, 1);
  known.add('yard');
  changed();
  hello('shop');
  t.equal(open('list').length, 2);
});

t.test('a stopped hub releases its cameras and sends no further request', async (t) => {
  const { join, probe, open, sent, camd, time } = await running(t);
  await join('shop', ['door']);
  probe.want('door');
  await settle();
  await camd.stop();
  await settle();
  t.match(sent, [{ edge: 'shop', request: { is: 'want', camera: 'door', lease: 0 } }]);
  await time.advance(60_000);
  t.equal(open('next').length, 1);
});
