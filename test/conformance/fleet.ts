// The conformance suite of the camd protocol between edges and hubs, for every carrier.

import type { Test } from 'tap';
import { createProbe, makeCapture, type Running } from '../../testing/index.ts';
import { type FleetCameras, fleetCameras, jpegOf } from '../support/fleet.ts';
import { type Ending, run } from '../support/harness.ts';
import { until } from '../support/until.ts';

export interface FleetUnderTest {
  /** Nodes of a profile, for the cameras of the nodes "cams" and, with `small`, "small". The node of the edge is "edge". */
  edge(name: string, options?: { readonly small?: boolean }): readonly string[];
  /** Nodes of a hub; the source is "fleet". */
  hub(options?: Readonly<Record<string, string>>): readonly string[];
  /** Nothing passes between edges and hubs any more, and connections end. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Two names of edges, the oddest that it takes. */
  readonly names: readonly [string, string];
}

interface StartedEdge {
  readonly camd: Running;
  readonly cameras: FleetCameras;
}

const LEASE = 10_000;

export function fleetConformance(t: Test, make: (t: Test) => Promise<FleetUnderTest>): void {
  const text = (nodes: readonly string[]): string =>
    `camd: 1\npipeline:\n${nodes.map((node) => `  ${node}\n`).join('')}`;
  const source = (ids: readonly string[], node = 'cams') => `${node}: { use: test/cameras, ids: [${ids.join(', ')}] }`;

  const edge = async (t: Ending, net: FleetUnderTest, name: string, ids: readonly string[]): Promise<StartedEdge> => {
    const cameras = fleetCameras(makeCapture, { done: name });
    const camd = await run(t, text([source(ids), ...net.edge(name)]), { plugins: [cameras.plugin] });
    return { camd, cameras };
  };
  const hub = async (t: Ending, net: FleetUnderTest, options: Readonly<Record<string, string>> = {}) => {
    const probe = createProbe();
    const nodes = [...net.hub({ lease: `${LEASE}ms`, ...options }), 'probe: { use: test/probe, from: fleet }'];
    return { camd: await run(t, text(nodes), { plugins: [probe.plugin] }), probe };
  };
  const lists = (probe: ReturnType<typeof createProbe>, ids: readonly string[]) =>
    until(
      () => String(probe.cameras()) === String(ids),
      () => `the list ${ids}, not ${probe.cameras()}`,
    );
  /** Sends pictures of a camera until the condition holds; each is another one. */
  const sending = async (cameras: FleetCameras, camera: string, done: () => boolean) => {
    let seed = 0;
    await until(() => {
      cameras.send(camera, makeCapture(++seed));
      return done();
    }, `pictures of ${camera}`);
  };

  t.test('a hub lists the cameras of all edges, and follows those that come and leave', async (t) => {
    const net = await make(t);
    const one = await edge(t, net, net.names[0], ['door', 'till.2']);
    const { probe, camd } = await hub(t, net);
    await edge(t, net, net.names[1], ['yard']);
    await lists(probe, ['door', 'till.2', 'yard']);

    await one.camd.reload(text([source(['door', 'roof']), ...net.edge(net.names[0])]));
    await lists(probe, ['door', 'roof', 'yard']);
    await one.camd.stop();
    const offline = () => camd.daemon.view.cameras().filter(({ why }) => why?.includes(`"${net.names[0]}" is offline`));
    await until(() => offline().length === 2, 'the cameras to be listed as offline');

    t.same(probe.cameras(), ['door', 'roof', 'yard'], 'they stay on the list');
  });

  t.test('a hub that starts later, and one that was cut off, have the right list', async (t) => {
    const net = await make(t);
    await edge(t, net, 'a', ['door']);
    const { probe } = await hub(t, net);
    await lists(probe, ['door']);

    await net.cut();
    await net.restore();
    await edge(t, net, 'b', ['yard']);
    await lists(probe, ['door', 'yard']);

    t.pass();
  });

  t.test('without a want a camera gets no request; with many, one request after the other', async (t) => {
    const net = await make(t);
    const { cameras, camd } = await edge(t, net, 'a', ['door', 'yard']);
    const { probe } = await hub(t, net);
    await lists(probe, ['door', 'yard']);

    const before = cameras.starts('door');
    const wants = [probe.want('door'), probe.want('door'), probe.want('door')];
    await sending(cameras, 'door', () => probe.frames.length >= 5);
    const held = [cameras.wants('door'), cameras.wants('yard'), camd.status('edge').metrics.leases];
    for (const release of wants) release();
    await until(() => cameras.wants('door') === 0, 'the camera to be released');

    t.equal(before, 0);
    t.same(held, [1, 0, 1]);
    t.equal(cameras.starts('door'), 1);
  });

  t.test('a picture arrives as it was sent: its bytes, its key and its time', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe } = await hub(t, net);
    await lists(probe, ['door']);
    probe.want('door');
    await until(() => cameras.wants('door') === 1, 'the want');
    const picture = makeCapture(7, { key: 'message-7', time: 1_700_000_000_123, meta: { topic: 'x', at: [1, null] } });

    cameras.send('door', picture);
    await until(() => probe.frames.length === 1, 'the picture');

    const [frame] = probe.frames;
    t.ok(frame?.data.equals(picture.data));
    t.match(frame, { camera: 'door', key: 'message-7', time: 1_700_000_000_123, width: picture.width });
    t.same(frame?.meta, { topic: 'x', at: [1, null], edge: 'a' });
  });

  t.test('a picture of three megabytes arrives whole', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe } = await hub(t, net);
    await lists(probe, ['door']);
    probe.want('door');
    await until(() => cameras.wants('door') === 1, 'the want');
    const large = jpegOf(3_000_000);

    cameras.send('door', { ...makeCapture(), data: large });
    await until(() => probe.frames.length === 1, 'the picture');

    t.ok(probe.frames[0]?.data.equals(large));
  });

  t.test('a picture over max_frame is refused, and the smaller ones go on', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe, camd } = await hub(t, net, { max_frame: '64KiB' });
    await lists(probe, ['door']);
    probe.want('door');
    await until(() => cameras.wants('door') === 1, 'the want');

    cameras.send('door', { ...makeCapture(), data: jpegOf(3_000_000) });
    await until(() => Number(camd.status('fleet').metrics.failed_requests_total) > 0, 'the refusal');
    await sending(cameras, 'door', () => probe.frames.length > 0);

    t.ok(probe.frames.every(({ data }) => data.length < 65_536));
  });

  t.test('a slow consumer gets the newest picture, and the camera is held while it works', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    let go = (): void => {};
    const probe = createProbe((frame) =>
      frame.meta.slow ? new Promise<void>((resolve) => (go = resolve)) : undefined,
    );
    const nodes = [...net.hub({ lease: '3s' }), 'probe: { use: test/probe, from: fleet }'];
    const camd = await run(t, text(nodes), { plugins: [probe.plugin] });
    await lists(probe, ['door']);
    probe.want('door');
    await until(() => cameras.wants('door') === 1, 'the want');

    cameras.send('door', makeCapture(1, { meta: { slow: true } }));
    await until(() => Number(camd.status('fleet').metrics.pictures_total) === 1, 'the slow picture');
    // Longer than the lease: without renewal the edge would release the camera.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const held = cameras.wants('door');
    for (let seed = 2; seed <= 9; seed++) cameras.send('door', makeCapture(seed, { key: `k${seed}` }));
    go();
    await until(() => probe.frames.length >= 2, 'the next picture');

    t.equal(held, 1);
    t.equal(probe.frames[1]?.key, 'k9', 'those between were left out');
  });

  t.test('a camera of a hub that disappears without a message is released when the lease ends', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe } = await hub(t, net, { lease: '1s' });
    await lists(probe, ['door']);
    probe.want('door');
    await until(() => cameras.wants('door') === 1, 'the want');

    const from = performance.now();
    await net.cut();
    await until(() => cameras.wants('door') === 0, 'the camera to be released');

    t.ok(performance.now() - from < 30_000);
    await net.restore();
    await sending(cameras, 'door', () => probe.frames.length > 0);
    t.pass('and after the line is back, pictures go on');
  });

  t.test('pictures on demand: one capture for several who ask, and the reason when there is none', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door', 'broken']);
    const { probe } = await hub(t, net);
    await lists(probe, ['broken', 'door']);

    const frames = await Promise.all([probe.capture('door'), probe.capture('door'), probe.capture('door')]);

    t.ok(probe.answers('door'));
    t.equal(cameras.captures(), 1);
    t.ok(frames.every(({ camera, data }) => camera === 'door' && data.equals(makeCapture().data)));
    await t.rejects(probe.capture('broken'), { code: 'no-picture', message: /is unplugged/ });
    await t.rejects(probe.capture('stranger'), { code: 'no-answer' });
    t.equal(cameras.wants('door'), 0);
  });

  t.test('commands pass through with their arguments, and their answers come back', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe, camd } = await hub(t, net);
    await lists(probe, ['door']);
    const signal = AbortSignal.timeout(20_000);

    const move = { name: 'move', args: { x: 0.5, y: -1 } };
    const answer = await camd.output('fleet').ask('command', 'door', move, signal);

    t.same(answer, { done: 'a' });
    t.same(cameras.commands, [{ camera: 'door', ...move }]);
  });

  t.test('both edges and the hub report an id that two edges have, and one of them serves it', async (t) => {
    const net = await make(t);
    const b = await edge(t, net, 'b', ['door']);
    const { probe, camd } = await hub(t, net);
    await lists(probe, ['door']);
    const a = await edge(t, net, 'a', ['door', 'own']);

    const reported = (from: Running, node: string, why: RegExp) =>
      until(() => from.lines.some((line) => line.node === node && why.test(String(line.why))), `the report of ${node}`);
    await reported(a.camd, 'edge', /edge "b" also has a camera door/);
    await reported(b.camd, 'edge', /edge "a" also has a camera door/);
    await reported(camd, 'fleet', /"a" and "b" both have a camera door; "a" serves it/);
    probe.want('door');
    await sending(a.cameras, 'door', () => probe.frames.some(({ meta }) => meta.edge === 'a'));
    await a.camd.reload(text([source(['own']), ...net.edge('a')]));
    await sending(b.cameras, 'door', () => probe.frames.some(({ meta }) => meta.edge === 'b'));

    t.same(probe.cameras(), ['door', 'own']);
  });

  t.test('small pictures where the hub asks for these, and no full ones', async (t) => {
    const net = await make(t);
    const full = fleetCameras(makeCapture);
    const small = fleetCameras(makeCapture);
    const slim = { ...small.plugin, use: 'test/small' };
    const nodes = [source(['door']), 'small: { use: test/small, ids: [door] }', ...net.edge('a', { small: true })];
    await run(t, text(nodes), { plugins: [full.plugin, slim] });
    const { probe } = await hub(t, net, { size: 'small' });
    await lists(probe, ['door']);

    probe.want('door');
    await sending(small, 'door', () => probe.frames.length > 0);

    t.equal(full.starts('door'), 0);
  });

  t.test('with every, the edge holds pictures back', async (t) => {
    const net = await make(t);
    const { cameras } = await edge(t, net, 'a', ['door']);
    const { probe, camd } = await hub(t, net, { every: '10m' });
    await lists(probe, ['door']);
    probe.want('door');

    await sending(cameras, 'door', () => probe.frames.length > 0);
    for (let seed = 1; seed < 20; seed++) cameras.send('door', makeCapture(seed));
    await camd.output('fleet').ask('command', 'door', { name: 'any' }, AbortSignal.timeout(20_000));

    t.equal(probe.frames.length, 1);
    t.equal(cameras.wants('door'), 1);
  });
}
