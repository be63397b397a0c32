// Measures a hub with unwatched cameras and the cost of a picture over NATS, and derives the figures for 10,000 sites of four cameras.

import { type Camd, startCamd } from '../camd.ts';
import type { Watched } from '../load/viewers.ts';
import { startBroker } from '../nats.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, type Program, startProgram } from '../programs.ts';
import { cpuTime, resident } from '../resources.ts';
import { median, type Row } from '../row.ts';

/** Cameras of one edge, and the numbers of cameras that a hub lists. */
const PER_EDGE = 40;
const LISTED: readonly number[] = [1, 100, 1000, 10_000];
/** Number of simultaneously watched cameras, and their rate. */
const WATCHED = 10;
const FPS = 5;
const SITES = 10_000;
const PER_SITE = 4;
/** Milliseconds between two hellos of an edge. */
const HELLO_MS = 5000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const hubProfile = (port: number): string => `camd: 1
control: false
pipeline:
  nats: { use: nats/client, servers: 'nats://127.0.0.1:${port}' }
  fleet: { use: source/nats, via: nats }
  latest: { use: cache/latest, from: fleet, max_cameras: 20000 }
  local: { use: http/server, listen: '127.0.0.1:0', max_connections: 10000, max_connections_per_address: 10000 }
  stream: { use: http/stream, on: local, path: '/{camera}.mjpg', from: latest, max_viewers: 10000 }
  metrics: { use: http/metrics, on: local }
`;

interface Listed {
  readonly cameras: number;
  /** Memory of the hub in megabytes. */
  readonly memory: number;
  /** CPU microseconds of the hub per second. */
  readonly cost: number;
}

async function list(cameras: number, edges: number, window: number): Promise<Listed> {
  const broker = await startBroker();
  const hub = await startCamd(hubProfile(broker.port), ['--expose-gc']);
  const load = await startProgram('load/edges', [broker.port, edges, cameras / edges].map(String), LOAD_CPU);
  try {
    const seen = async (): Promise<number> => {
      const text = await (await fetch(`${hub.origin('local')}/metrics`)).text();
      return Number(/^camd_[a-z_]*cameras\{[^}]*node="fleet"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
    };
    for (let tries = 0; tries < 300 && (await seen()) < cameras; tries++) await wait(100);
    await wait(HELLO_MS);
    const before = cpuTime(hub.pid);
    await wait(window);
    return { cameras, memory: resident(hub.pid), cost: (cpuTime(hub.pid) - before) / window };
  } finally {
    await Promise.all([load.stop(), hub.stop()]);
    broker.stop();
  }
}

interface Price {
  readonly edge: number;
  readonly hub: number;
  readonly broker: number;
  readonly alone: number;
}

const cameraNodes = (port: number): string =>
  Array.from(
    { length: WATCHED },
    (_, n) => `  c${n}: { use: source/tcp, connect: '127.0.0.1:${port}', parse: mjpeg, timeout: 10m }\n`,
  ).join('');
const names = Array.from({ length: WATCHED }, (_, n) => `c${n}`);

/** CPU microseconds per picture at a viewer, of a single process and of edge, broker and hub. */
async function price(rounds: number, window: number): Promise<Price> {
  const broker = await startBroker();
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder(), '2'], LOAD_CPU);
  const viewers = await startProgram('load/viewers', [], LOAD_CPU);
  const [one = 0, two = 0] = feed.first.ports;
  const alone = await startCamd(`camd: 1
control: false
pipeline:
  local: { use: http/server, listen: '127.0.0.1:0' }
  latest: { use: cache/latest, from: [${names}] }
  stream: { use: http/stream, on: local, path: '/{camera}.mjpg', from: latest }
${cameraNodes(one)}`);
  const edge = await startCamd(`camd: 1
control: false
pipeline:
  nats: { use: nats/client, servers: 'nats://127.0.0.1:${broker.port}' }
  edge: { use: nats/edge, via: nats, edge: site, from: [${names}] }
${cameraNodes(two)}`);
  const hub = await startCamd(hubProfile(broker.port));
  const found: { [Name in keyof Price]: number[] } = { edge: [], hub: [], broker: [], alone: [] };
  try {
    await wait(2000);
    for (let round = 0; round <= rounds; round++) {
      const single = await watch(feed, viewers, 0, alone, [alone.pid], window);
      const spread = await watch(feed, viewers, 1, hub, [edge.pid, hub.pid, broker.pid], window);
      if (round === 0) continue;
      found.alone.push(single[0] ?? 0);
      for (const [index, name] of (['edge', 'hub', 'broker'] as const).entries()) found[name].push(spread[index] ?? 0);
    }
  } finally {
    await Promise.all([viewers.stop(), feed.stop(), alone.stop(), edge.stop(), hub.stop()]);
    broker.stop();
  }
  const { edge: e, hub: h, broker: b, alone: a } = found;
  return { edge: median(e), hub: median(h), broker: median(b), alone: median(a) };
}

async function watch(
  feed: Program,
  viewers: Program,
  door: number,
  camd: Camd,
  pids: readonly number[],
  window: number,
): Promise<readonly number[]> {
  const urls = names.map((name) => `${camd.origin('local')}/${name}.mjpg`);
  await feed.ask({ door, fps: FPS });
  await viewers.ask({ step: 'enter', url: '', urls, viewers: WATCHED, warm: 1500 });
  const before = pids.map(cpuTime);
  const seen = await viewers.ask<Watched>({ step: 'watch', window });
  const costs = pids.map((pid, index) => (cpuTime(pid) - (before[index] ?? 0)) / 1000 / seen.frames);
  await viewers.ask({ step: 'leave' });
  await feed.ask({ door, fps: 0 });
  return costs;
}

/** Memory of the broker per connection in kilobytes. */
async function connectionCost(count: number): Promise<number> {
  const broker = await startBroker();
  const before = resident(broker.pid);
  const load = await startProgram('load/edges', [broker.port, 1, 1, count].map(String), LOAD_CPU);
  try {
    await wait(1000);
    return ((resident(broker.pid) - before) * 1024) / count;
  } finally {
    await load.stop();
    broker.stop();
  }
}

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const window = quick ? 5000 : 15_000;
  const listed: Listed[] = [];
  for (const cameras of LISTED) listed.push(await list(cameras, Math.max(1, cameras / PER_EDGE), window));
  const [base] = listed;
  const sites = await list(2000 * PER_SITE, 2000, window);
  const paid = await price(quick ? 2 : 5, window);
  const connection = await connectionCost(quick ? 200 : 500);
  const idle = base?.cost ?? 0;
  const rows: Row[] = listed.flatMap(({ cameras, memory, cost }): Row[] => [
    { name: `${cameras} cameras listed: memory of the hub`, value: memory, unit: 'MB' },
    ...(cameras < 1000
      ? []
      : [
          {
            ...{ name: `${cameras} cameras listed: memory of each`, unit: 'KB', required: { most: 10 } },
            value: ((memory - (base?.memory ?? 0)) * 1024) / cameras,
          },
          {
            ...{ name: `${cameras} cameras listed: CPU of each in a second`, unit: 'µs', required: { most: 5 } },
            value: Math.max(0, cost - idle) / cameras,
          },
        ]),
  ]);
  for (const name of ['edge', 'hub', 'broker'] as const) {
    const more = { limitName: 'one process', limitValue: paid.alone, ratio: paid[name] / paid.alone };
    rows.push({ name: `CPU per picture: ${name}`, value: paid[name], unit: 'µs', ...more });
  }
  return [...rows, ...computed(sites, idle, paid, connection)];
}

/** The resources of each part for 10,000 sites of four cameras, and the part that reaches its limit first. */
function computed({ cost, cameras, memory }: Listed, idle: number, paid: Price, connection: number): readonly Row[] {
  const perSite = Math.max(0, cost - idle) / (cameras / PER_SITE);
  const hellos = perSite * SITES;
  const all = SITES * PER_SITE;
  const pieces: readonly { readonly name: string; readonly share: number }[] = [
    { name: 'the core of a hub, by hellos alone', share: hellos / 1e6 },
    { name: 'the memory of a hub, of 4 GB', share: ((memory / cameras) * all) / 4096 },
    { name: 'the memory of a broker in a cluster of three, of 4 GB', share: (connection * SITES) / 3 / 1024 / 4096 },
    {
      name: 'the core of a broker, one camera in a hundred watched',
      share: (paid.broker * FPS * (all / 100)) / 3 / 1e6,
    },
    { name: 'the core of a hub, one camera in a hundred watched', share: (paid.hub * FPS * (all / 100)) / 1e6 },
  ];
  const first = pieces.reduce((a, b) => (b.share > a.share ? b : a));
  const title = `${SITES} sites of ${PER_SITE} cameras`;
  return [
    ...pieces.map(({ name, share }): Row => ({ name: `${title}: ${name}`, value: share * 100, unit: '%' })),
    { name: `${title}: the first wall is ${first.name}; sites until then`, value: SITES / first.share, unit: '' },
    { name: 'pictures a second that one core of a hub passes on', value: 1e6 / paid.hub, unit: '' },
  ];
}
