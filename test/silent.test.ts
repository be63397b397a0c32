// A thousand silent connections on each listener: camd closes them, and serves others meanwhile.

import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import type { Ending } from './support/harness.ts';
import { outsider } from './support/mosquitto.ts';
import { residentBytes } from './support/resident.ts';
import { until } from './support/until.ts';

const EACH = 1000;
const BATCH = 40;
/** Addresses of loopback; each stays below the limits per address. */
const ADDRESSES = 8;
/** The long form checks response times of others; the short one only that they are served. */
const LONG = process.env.CAMD_LONG === '1';
const MOST_P99_MS = 100;
const MOST_GROWTH = 128 * 2 ** 20;

const upgrade = (path: string, protocol?: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    '',
    '',
  ].join('\r\n');

interface Silent {
  /** Number of open connections. */
  open(): number;
}

/** Connections that send `hello` and then nothing; a few at a time, as the queue of a listener is short. */
async function silent(t: Ending, port: number, hello: string): Promise<Silent> {
  const sockets: Socket[] = [];
  let open = 0;
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < EACH) {
    const batch = Array.from({ length: BATCH }, async (_, at) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (at % ADDRESSES)}` });
      sockets.push(socket);
      open++;
      socket.on('error', () => {}).on('close', () => open--);
      socket.resume();
      await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()));
      if (hello !== '') socket.write(hello);
    });
    await Promise.all(batch);
  }
  return { open: () => open };
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

t.test(
  `${EACH} silent connections on each listener are closed, and others are served`,
  { timeout: 240_000 },
  async (t) => {
    const [feed, mqtt, mqttWeb] = [await freePort(), await freePort(), await freePort()];
    const daemon = await startDaemon(
      t,
      dedent`
      camd: 1
      pipeline:
        gate: { use: source/test-pattern, fps: 5, size: 160x120 }
        feed: { use: source/tcp, listen: '127.0.0.1:${feed}' }
        latest: { use: cache/latest, from: gate }
        web: { use: http/server, listen: '127.0.0.1:0', header_timeout: 4s }
        snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
        metrics: { use: http/metrics, on: web }
        known: { use: registry/list, cameras: ['1'] }
        pushed: { use: source/websocket, on: web, only: known, handshake_timeout: 4s }
        broker:
          use: mqtt/broker
          listen: '127.0.0.1:${mqtt}'
          websocket: '127.0.0.1:${mqttWeb}'
          anonymous: { publish: ['#'], subscribe: ['#'] }
          connect_timeout: 4s
          max_clients: 3000
    `,
    );
    const origin = await daemon.origin('web');
    const web = Number(new URL(origin).port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    const times: number[] = [];
    const snapshot = async (): Promise<number> => {
      const begun = performance.now();
      const status = await new Promise<number>((resolve, reject) => {
        get(`${origin}/snapshot.jpg`, { agent }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
        }).on('error', reject);
      });
      times.push(performance.now() - begun);
      return status;
    };
    const metric = async (name: string, node: string): Promise<number> => {
      const text = await (await fetch(`${origin}/metrics`)).text();
      return Number(new RegExp(`^${name}\\{[^}]*node="${node}"[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
    };
    const client = await outsider(t, `mqtt://127.0.0.1:${mqtt}`);
    await until(async () => (await snapshot()) === 200, 'a picture');
    const before = residentBytes(daemon.pid);

    times.length = 0;
    const opening = Promise.all([
      silent(t, feed, ''),
      silent(t, web, ''),
      silent(t, web, upgrade('/video-input-stream')),
      silent(t, mqtt, ''),
      silent(t, mqttWeb, upgrade('/', 'mqtt')),
    ]);
    let all: readonly Silent[] | undefined;
    void opening.then((opened) => {
      all = opened;
    });
    const statuses = new Set<number>();
    let published = 0;
    let most = 0;
    const left = (): number => (all ?? []).reduce((sum, { open }) => sum + open(), 0);
    // The newest connection is the feed, and a feed may be silent for its own time.
    while (all === undefined || left() > 1) {
      statuses.add(await snapshot());
      await client.publishAsync('door', 'x', { qos: 1 });
      published++;
      most = Math.max(most, residentBytes(daemon.pid));
      await sleep(20);
    }

    t.same([...statuses], [200]);
    t.ok(published > 0 && client.connected, `${published} messages were acknowledged`);
    t.ok((await metric('camd_connections_total', 'web')) >= 2 * EACH, 'all others were accepted');
    t.ok((await metric('camd_refused_connections_total', 'broker')) >= 2 * EACH, 'none has logged in');
    t.ok(most - before < MOST_GROWTH, `${((most - before) / 2 ** 20).toFixed(0)} MiB more`);
    const p99 = quantile(times, 0.99);
    t.comment(`p99 of ${times.length} snapshots: ${p99.toFixed(1)} ms`);
    if (LONG) t.ok(p99 < MOST_P99_MS, `p99 ${p99.toFixed(1)} ms`);
  },
);
