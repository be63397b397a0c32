// Three NATS servers, two edges of twenty cameras and two hubs: each server is killed in turn while streams run.

import t from 'tap';
import { createProbe, makeCapture, type Probe, type Running } from '../testing/index.ts';
import { fleetCameras } from './support/fleet.ts';
import { run } from './support/harness.ts';
import { natsCluster } from './support/nats-server.ts';
import { until } from './support/until.ts';

t.setTimeout(300_000);

const LONG = process.env.CAMD_LONG === '1';
/** Milliseconds between two kills, and how often each server is killed. */
const EVERY_MS = LONG ? 5000 : 2500;
const ROUNDS = LONG ? 4 : 1;
const CAMERAS = 20;
const CAMERA_MS = 100;

t.test('streams go on at both hubs, and their lists are right within ten seconds', async (t) => {
  const servers = await natsCluster(t, 3);
  const urls = JSON.stringify(servers.map(({ url }) => url));
  const client = `nats: { use: nats/client, servers: ${urls}, reconnect_jitter: 200ms, reconnect_within: 1s, connect_timeout: 1s }`;
  const ids = (edge: string) => Array.from({ length: CAMERAS }, (_, index) => `${edge}-${index}`);
  const cameras = fleetCameras(makeCapture);
  for (const edge of ['a', 'b']) {
    await run(
      t,
      `camd: 1\npipeline:\n  ${client}\n  cams: { use: test/cameras, ids: [${ids(edge)}] }\n  edge: { use: nats/edge, via: nats, edge: ${edge}, from: cams }\n`,
      { plugins: [cameras.plugin] },
    );
  }
  const all = [...ids('a'), ...ids('b')].sort();
  const last = new Map<string, number>();
  let longest = 0;
  const hubs: { readonly camd: Running; readonly probe: Probe }[] = [];
  for (const hub of ['one', 'two']) {
    const probe = createProbe((frame) => {
      const key = `${hub} ${frame.camera}`;
      const now = performance.now();
      longest = Math.max(longest, now - (last.get(key) ?? now));
      last.set(key, now);
    });
    const camd = await run(
      t,
      `camd: 1\npipeline:\n  ${client}\n  fleet: { use: source/nats, via: nats, lease: 5s }\n  probe: { use: test/probe, from: fleet }\n`,
      { plugins: [probe.plugin] },
    );
    hubs.push({ camd, probe });
  }
  const listed = () => hubs.every(({ probe }) => String([...probe.cameras()].sort()) === String(all));
  await until(listed, 'both lists');
  for (const { probe } of hubs) for (const id of all) probe.want(id);
  const sending = setInterval(() => {
    for (const id of all) cameras.send(id, makeCapture());
  }, CAMERA_MS);
  t.teardown(() => clearInterval(sending));
  await until(() => last.size === 2 * all.length, 'a picture of every camera at both hubs');

  longest = 0;
  let slowest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      await server.kill();
      const killed = performance.now();
      const after = new Map(last);
      await until(
        () => listed() && [...last].every(([key, at]) => at > Math.max(killed, after.get(key) ?? 0)),
        'a new picture of every camera at both hubs',
      );
      slowest = Math.max(slowest, performance.now() - killed);
      const online = () =>
        hubs.every(({ camd }) => camd.daemon.view.cameras().every(({ state }) => state === 'online'));
      await until(online, 'all cameras to be online');
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, killed + EVERY_MS - performance.now())));
      await server.start();
    }
  }
  clearInterval(sending);

  t.comment(
    `longest gap ${Math.round(longest)} ms; every camera at both hubs ${Math.round(slowest)} ms after a kill at the latest`,
  );
  t.equal(last.size, 2 * all.length, 'no camera is missing at any hub');
  if (LONG) t.ok(slowest < 10_000, 'lists and pictures are right within ten seconds');
});
