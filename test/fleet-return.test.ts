// Many edges lose their server at the same moment and come back: spread over time, and listed soon.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { createProbe, makeCapture } from '../testing/index.ts';
import { startDaemon } from './support/daemon.ts';
import { fleetCameras } from './support/fleet.ts';
import { run } from './support/harness.ts';
import { natsServer } from './support/nats-server.ts';
import { until } from './support/until.ts';

t.setTimeout(580_000);

const LONG = process.env.CAMD_LONG === '1';
const EDGES = LONG ? 1000 : 15;
/** Milliseconds for which the server is away. */
const AWAY_MS = LONG ? 10_000 : 2000;
/** Milliseconds in which a quarter of the edges at most may connect. */
const WINDOW_MS = 100;
const LISTED_MS = 60_000;

/** Megabytes of a process, and seconds of CPU that it has used (proc(5); 100 ticks a second). */
function used(pid: number | undefined): { readonly memory: number; readonly cpu: number } {
  const memory = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { memory: Math.round(Number(memory) / 1024), cpu: (Number(fields[11]) + Number(fields[12])) / 100 };
}

t.test(
  `${EDGES} edges whose server was away come back without a herd, and all are listed within a minute`,
  async (t) => {
    const server = await natsServer(t);
    const url = server.url;
    const names = Array.from({ length: EDGES }, (_, index) => `e${index}`);
    const nodes = names.flatMap((name) => [
      `n-${name}: { use: nats/client, servers: "${url}" }`,
      `c-${name}: { use: test/cameras, ids: [cam-${name}] }`,
      `${name}: { use: nats/edge, via: n-${name}, edge: ${name}, from: c-${name} }`,
    ]);
    const cameras = fleetCameras(makeCapture);
    const edges = await run(t, `camd: 1\npipeline:\n  ${nodes.join('\n  ')}\n`, { plugins: [cameras.plugin] });
    const probe = createProbe();
    const hub = await run(
      t,
      `camd: 1\npipeline:\n  nats: { use: nats/client, servers: "${url}" }\n  fleet: { use: source/nats, via: nats }\n  probe: { use: test/probe, from: fleet }\n`,
      { plugins: [probe.plugin] },
    );
    await until(
      () => probe.cameras().length === EDGES,
      () => `all cameras, not ${probe.cameras().length}`,
      300_000,
    );
    // A hub by itself, of which a figure says something.
    const nats = `nats: { use: nats/client, servers: "${url}" }`;
    const alone = LONG
      ? await startDaemon(
          t,
          `camd: 1\ncontrol: false\npipeline:\n  ${nats}\n  fleet: { use: source/nats, via: nats }\n  latest: { use: cache/latest, from: fleet, max_cameras: 20000 }\n`,
        )
      : undefined;
    const connects = () =>
      edges.lines.filter(({ msg }) => msg === 'connected to NATS').map(({ time }) => Date.parse(String(time)));
    const before = connects().length;

    await server.kill();
    // One look at all nodes: asking for each of them takes a thousand times as long.
    const have = (prefix: string, is: string): number =>
      edges.daemon.view.nodes().filter(({ id, state }) => id.startsWith(prefix) && state.is === is).length;
    await until(() => have('n-', 'degraded') === EDGES, 'all to notice', 120_000);
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    const rest = alone ? used(alone.pid) : undefined;
    await server.start();
    const back = performance.now();
    const online = () =>
      hub.daemon.view.cameras().filter(({ state }) => state !== 'offline').length === EDGES &&
      have('e', 'running') === EDGES;
    await until(online, 'all cameras to be online', 300_000);
    const took = performance.now() - back;

    const times = connects()
      .slice(before)
      .sort((a, b) => a - b);
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length));
    t.equal(times.length, EDGES, 'each connected once');
    // A busy machine sees connections of a second at once.
    if (LONG) t.ok(busiest <= EDGES / 4, `at most ${busiest} of ${EDGES} connect within ${WINDOW_MS} ms`);
    const broker = used(server.pid);
    t.comment(
      `all are back after ${Math.round(took)} ms; busiest 100 ms: ${busiest}; broker ${broker.memory} MB, ${broker.cpu} s of CPU`,
    );
    if (alone && rest) {
      const hub = used(alone.pid);
      t.comment(`hub ${rest.memory} MB before, ${hub.memory} MB after, ${(hub.cpu - rest.cpu).toFixed(2)} s of CPU`);
    }
    if (LONG) t.ok(took < LISTED_MS);
  },
);
