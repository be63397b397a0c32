// nats/edge over a real nats-server: cameras run and pictures are sent only while any hub has viewers.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../../core/base/clock.ts';
import { LOOK_MS } from '../../../plugins/kit/fleet/edge.ts';
import { makeCapture } from '../../../testing/index.ts';
import { folderWith } from '../../support/cli.ts';
import { startDaemon } from '../../support/daemon.ts';
import { dedent } from '../../support/dedent.ts';
import { fleetCameras, jpegOf } from '../../support/fleet.ts';
import { type Ending, run } from '../../support/harness.ts';
import { mjpegViewer } from '../../support/mjpeg-viewer.ts';
import { type NatsServer, natsServer } from '../../support/nats-server.ts';
import { thinLine } from '../../support/thin-line.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);

const CAMERAS = Array.from({ length: 40 }, (_, index) => `cam${index}`);

const client = (port: number) =>
  `nats: { use: nats/client, servers: "nats://127.0.0.1:${port}", reconnect_jitter: 50ms }`;

/** Each camera is a program that writes its pictures and then waits, as a real one does between two pictures. */
async function programs(t: Test, port: number, cameras: readonly string[], clock: Clock = systemClock) {
  const file = join(folderWith(t, {}), 'pictures.mjpeg');
  writeFileSync(file, Buffer.concat([1, 2, 3].map((seed) => makeCapture(seed).data)));
  const nodes = cameras.map(
    (id) =>
      `${id}: { use: source/exec, command: [tail, -c, "+1", -f, "${file}"], mode: on_demand, linger: 100ms, parse: mjpeg }`,
  );
  const camd = await run(
    t,
    `camd: 1\npipeline:\n  ${[client(port), ...nodes].join('\n  ')}\n  edge: { use: nats/edge, via: nats, edge: shop, from: [${cameras}], hello_every: 1s }\n`,
    { clock },
  );
  const running = () => {
    try {
      return execFileSync('pgrep', ['-fc', `tail -c .1 -f ${file}`], { encoding: 'utf8' }).trim();
    } catch {
      return '0';
    }
  };
  return { camd, running: () => Number(running()) };
}

/** Sleeps no longer than a fifth of a second. */
const hasty = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 200), signal),
};

const hubProfile = (port: number, lease = '10s') => dedent`
  camd: 1
  pipeline:
    ${client(port)}
    fleet: { use: source/nats, via: nats, lease: ${lease}, capture_timeout: 1m }
    latest: { use: cache/latest, from: fleet }
    web: { use: http/server, listen: "127.0.0.1:0" }
    stream: { use: http/stream, on: web, from: latest, path: "/{camera}/stream.mjpg" }
    snapshot: { use: http/snapshot, on: web, from: latest, path: "/{camera}/snapshot.jpg", max_waiting: 200 }
`;

async function hub(t: Ending, port: number) {
  const camd = await run(t, hubProfile(port));
  const listed = () => camd.port('latest', 'stills').cameras().length;
  await until(() => listed() > 0, 'the list');
  return { camd, web: Number(new URL(camd.port('web', 'server').origin).port) };
}

t.test('forty cameras without viewers use less than 1 KB/s, and no camera runs', async (t) => {
  const server = await natsServer(t);
  const line = thinLine(t);
  const { running } = await programs(t, await line.lead(server.port), CAMERAS);
  const { camd } = await hub(t, server.port);
  await until(() => camd.port('latest', 'stills').cameras().length === CAMERAS.length, 'the list');

  let rate = Number.POSITIVE_INFINITY;
  await until(
    async () => {
      const from = line.bytes();
      const began = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 2500));
      rate = (line.bytes() - from) / ((performance.now() - began) / 1000);
      // On a busy machine the first lists may still be in transit.
      return rate < 1000;
    },
    () => `less than 1 KB/s, not ${Math.round(rate)} bytes`,
  );

  t.comment(`${Math.round(rate)} bytes/s for ${CAMERAS.length} cameras`);
  t.equal(running(), 0);
});

t.test('a stopped camera program starts for the first viewer of a hub, and stops after the last one', async (t) => {
  const server = await natsServer(t);
  const { running, camd: edge } = await programs(t, server.port, ['door']);
  const { web, camd } = await hub(t, server.port);

  const began = performance.now();
  const viewer = mjpegViewer(web, '/door/stream.mjpg');
  await until(() => viewer.pictures() > 0, 'the first picture');
  t.comment(`first picture after ${Math.round(performance.now() - began)} ms`);
  const during = running();
  const steps = [edge.status('edge').metrics.leases, camd.status('fleet').metrics.failed_requests_total ?? 0];
  viewer.socket.destroy();
  await until(() => running() === 0, 'the program to end');

  t.equal(during, 1);
  t.same(steps, [1, 0], 'one request was open until the picture arrived, and none failed');
});

t.test('a hundred viewers of one camera at two hubs cause two open requests and one running program', async (t) => {
  const server = await natsServer(t);
  const { camd, running } = await programs(t, server.port, ['door', 'yard']);
  const hubs = [await hub(t, server.port), await hub(t, server.port)];

  const viewers = hubs.flatMap(({ web }) => Array.from({ length: 50 }, () => mjpegViewer(web, '/door/stream.mjpg')));
  await until(() => viewers.every((viewer) => viewer.pictures() > 0), 'a picture for each viewer');

  t.equal(camd.status('edge').metrics.leases, 2);
  t.equal(running(), 1);
  t.ok(Number(camd.status('edge').metrics.pictures_sent_total) <= 2 * 3 + 2, 'each picture was sent once to each hub');
  for (const { socket } of viewers) socket.destroy();
});

t.test('a hundred simultaneous requests for a picture at two hubs cause one capture', async (t) => {
  const server = await natsServer(t);
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const cameras = fleetCameras(makeCapture, true, () => opened);
  const edge = await run(
    t,
    `camd: 1\npipeline:\n  ${client(server.port)}\n  cams: { use: test/cameras, ids: [door] }\n  edge: { use: nats/edge, via: nats, edge: shop, from: cams }\n`,
    { plugins: [cameras.plugin] },
  );
  const hubs = [await hub(t, server.port), await hub(t, server.port)];

  const signal = AbortSignal.timeout(60_000);
  const pictures = Promise.all(
    hubs.flatMap(({ camd }) => {
      const stills = camd.port('latest', 'stills');
      return Array.from({ length: 50 }, () => stills.capture('door', signal));
    }),
  );
  // "At once" means before the picture is taken: a later request is answered with a new picture.
  await until(() => edge.status('edge').metrics.captures_total === 2, 'a request of each hub at the edge');
  open();

  t.ok((await pictures).every(({ data }) => data.equals(makeCapture().data)));
  t.equal(cameras.captures(), 1);
  t.equal(edge.status('edge').metrics.captures_total, 2, 'each hub sent one request');
});

t.test('after a hub is killed, its camera stops within the lease and one check', async (t) => {
  const server = await natsServer(t);
  let looks = 0;
  const counting: Clock = {
    ...systemClock,
    async sleep(ms, signal) {
      await systemClock.sleep(ms, signal);
      if (ms === LOOK_MS) looks++;
    },
  };
  const { running, camd } = await programs(t, server.port, ['door'], counting);
  const other = await startDaemon(t, hubProfile(server.port, '1s'));
  const origin = await other.origin('web');
  await until(async () => (await fetch(`${origin}/door/snapshot.jpg`)).ok, 'the camera in the list of the hub');
  const { port } = new URL(origin);
  const viewer = mjpegViewer(Number(port), '/door/stream.mjpg');
  // The first picture may be that of the snapshot, which has no lease and whose program may still be running.
  const leases = () => Number(camd.status('edge').metrics.leases);
  await until(() => viewer.pictures() > 0 && leases() > 0 && running() === 1, 'a picture of the stream');
  other.signal('SIGKILL');
  await other.ended;
  // The edge has now received all messages that the hub sent before it was killed.
  await camd.port('nats', 'nats').flush();
  const began = performance.now();
  const from = looks;
  let least = looks;
  await until(() => {
    if (leases() > 0) least = looks;
    return running() === 0;
  }, 'the program to end');

  t.comment(`the camera stopped ${Math.round(performance.now() - began)} ms after the hub was killed (lease 1 s)`);
  // Counted in checks, which take longer on a busy machine: those of a lease, and the one that finds it expired.
  t.ok(least - from <= 1000 / LOOK_MS + 1, `${least - from} checks, of which a lease has ${1000 / LOOK_MS}`);
  t.ok(Number(camd.status('edge').metrics.leases_expired_total) >= 1, 'the lease has expired');
  viewer.socket.destroy();
});

t.test('a hundred roll calls at once are answered by one hello', async (t) => {
  const server = await natsServer(t);
  const watcher = await run(t, `camd: 1\ncontrol: false\npipeline:\n  ${client(server.port)}\n`);
  await watcher.state('nats', 'running');
  const nats = watcher.port('nats', 'nats');
  let hellos = 0;
  nats.subscribe('camd.hello.shop', () => hellos++);
  await nats.flush();
  const cameras = fleetCameras(makeCapture);
  const edge = await run(
    t,
    `camd: 1\npipeline:\n  ${client(server.port)}\n  cams: { use: test/cameras, ids: [door] }\n  edge: { use: nats/edge, via: nats, edge: shop, from: cams, hello_every: 2m }\n`,
    { plugins: [cameras.plugin] },
  );
  await until(() => hellos > 0, 'the first hello');
  // All its earlier messages have been received.
  await edge.port('nats', 'nats').flush();
  await nats.flush();

  const before = hellos;
  for (let call = 0; call < 100; call++) nats.publish('camd.roll-call', '');
  await until(() => hellos > before, 'a hello');
  // Each answer would come within a second.
  await new Promise((resolve) => setTimeout(resolve, 1200));

  t.equal(hellos, before + 1);
});

t.test('a picture too large for NATS is refused with a message that names the setting to change', async (t) => {
  const server: NatsServer = await natsServer(t, { config: 'max_payload: 4KB' });
  const cameras = fleetCameras(() => ({ ...makeCapture(), data: jpegOf(600_000) }));
  await run(
    t,
    `camd: 1\npipeline:\n  ${client(server.port)}\n  cams: { use: test/cameras, ids: [door] }\n  edge: { use: nats/edge, via: nats, edge: shop, from: cams }\n`,
    { plugins: [cameras.plugin] },
  );
  const { camd } = await hub(t, server.port);

  const capture = camd.port('latest', 'stills').capture('door', AbortSignal.timeout(20_000));

  await t.rejects(capture, { code: 'too-large', message: /raise max_payload of the server/ });
});

t.test('hubs receive the newest thumbnail of each running camera without requesting it', async (t) => {
  const server = await natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }' });
  const cameras = fleetCameras(makeCapture);
  const edge = await run(
    t,
    `camd: 1\npipeline:\n  ${client(server.port)}\n  cams: { use: test/cameras, ids: [door, yard] }\n  edge: { use: nats/edge, via: nats, edge: shop, from: cams, thumbnails: { every: 10s } }\n`,
    { plugins: [cameras.plugin], clock: hasty },
  );
  const camd = await run(
    t,
    `camd: 1\npipeline:\n  ${client(server.port)}\n  fleet: { use: source/nats, via: nats, size: thumbnail }\n  latest: { use: cache/latest, from: fleet }\n`,
  );
  await camd.state('fleet', 'running');
  const stop = edge.output('cams').want('door');
  await until(() => cameras.send('door', makeCapture(3, { key: 'third' })), 'the camera');

  const still = await camd.port('latest', 'stills').next('door', -1, AbortSignal.timeout(60_000));

  t.equal(still.key, 'third');
  t.same(camd.port('latest', 'stills').cameras(), ['door']);
  stop();
});
