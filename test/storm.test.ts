// A hundred reloads in ten seconds under streams and requests: no stream is cut and no request fails.

import { setMaxListeners } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type DaemonProcess, startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { residentBytes } from './support/resident.ts';
import { until } from './support/until.ts';

const VIEWERS = 50;
const LOOPS = 25;
/**
 * The long form shows that memory does not grow. Each of its quarters contains many full collections; the engine settles its heap size
 * during the first ones.
 */
const LONG = process.env.CAMD_LONG === '1';
const RELOADS = LONG ? 4000 : 100;
const RELOAD_EVERY_MS = LONG ? 40 : 100;

const profile = (extra: string): string => dedent`
  camd: 1
  pipeline:
    gate: { use: source/test-pattern, fps: 15, size: 320x240 }
    latest: { use: cache/latest, from: gate }
    web: { use: http/server, listen: '127.0.0.1:0', max_connections_per_address: 1000 }
    stream: { use: http/stream, on: web, from: latest }
    snapshot: { use: http/snapshot, on: web, from: latest }
    ${extra}
`;
const ONE = profile('');
const TWO = profile(
  [
    'yard: { use: source/test-pattern, fps: 5, size: 160x120 }',
    'yards: { use: http/snapshot, on: web, from: yard_latest, path: /yard.jpg }',
    'yard_latest: { use: cache/latest, from: yard }',
    'away: { use: upload/http, from: yard_latest, url: "http://127.0.0.1:9/", every: 1s }',
  ].join('\n    '),
);

/** Enough for a busy machine. */
const PATIENCE_MS = 300_000;

interface Tally {
  done: number;
  readonly failures: string[];
}

t.test(
  `during ${RELOADS} reloads under 50 streams and 50 request loops, no stream is cut or reordered and no request fails`,
  { timeout: 2 * PATIENCE_MS },
  async (t) => {
    const daemon = await startDaemon(t, ONE);
    const origin = new URL(await daemon.origin('web'));
    await until(async () => (await fetch(new URL('/snapshot.jpg', origin))).ok, 'the first frame');
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const agent = new Agent({ keepAlive: true, maxSockets: LOOPS });
    t.teardown(() => agent.destroy());
    const kept: Tally = { done: 0, failures: [] };
    const fresh: Tally = { done: 0, failures: [] };
    const viewers = Array.from({ length: VIEWERS }, () => watch(origin, ending.signal));
    const loops = Array.from({ length: LOOPS }, () => [
      requests(origin, agent, kept, ending.signal),
      requests(origin, undefined, fresh, ending.signal),
    ]).flat();
    await until(() => viewers.every((viewer) => viewer.seqs.length > 0), 'every viewer to receive a picture');
    const resident = [residentBytes(daemon.pid)];

    for (let index = 0; index < RELOADS; index++) {
      daemon.write(index % 2 === 0 ? TWO : ONE);
      daemon.signal('SIGHUP');
      await sleep(RELOAD_EVERY_MS);
      resident.push(residentBytes(daemon.pid));
    }
    daemon.write(ONE);
    daemon.signal('SIGHUP');
    await quiet(daemon);
    const haveEnough = () => viewers.every((viewer) => viewer.seqs.length > 20);
    await until(haveEnough, 'every viewer to receive enough pictures', PATIENCE_MS);
    await until(() => kept.done > 100 && fresh.done > 100, 'enough answered requests', PATIENCE_MS);
    ending.abort();
    await Promise.all(loops);

    t.same(
      viewers.flatMap((viewer) => viewer.faults),
      [],
      'no stream was cut or torn',
    );
    t.ok(
      viewers.every((viewer) => viewer.seqs.every((seq, at) => at === 0 || seq > (viewer.seqs[at - 1] ?? 0))),
      'in order',
    );
    t.same(kept.failures, [], 'no kept-alive request failed');
    t.same(fresh.failures, [], 'no request on a new connection failed');
    t.comment(`${kept.done} and ${fresh.done} requests were answered`);
    const quarters = [0, 1, 2, 3].map((nth) => median(resident.slice((nth * RELOADS) / 4, ((nth + 1) * RELOADS) / 4)));
    t.comment(`resident memory by quarters: ${quarters.map((bytes) => Math.round(bytes / MIB)).join(', ')} MiB`);
    const [first = 0, , third = 0, last = 0] = quarters;
    if (LONG)
      t.ok(
        last - third < 12 * MIB,
        `memory does not grow: ${((last - third) / MIB).toFixed(1)} MiB since the third quarter`,
      );
    t.ok(last - first < 96 * MIB, `resident memory grew by ${Math.round((last - first) / MIB)} MiB`);
    t.notOk(daemon.lines.some((line) => line.msg === 'profile not reloaded, the old one keeps running'));
    t.comment(`${daemon.lines.filter((line) => line.msg === 'profile reloaded').length} reloads took effect`);
  },
);

const MIB = 2 ** 20;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Resolves when the last requested reload has ended. */
async function quiet(daemon: DaemonProcess): Promise<void> {
  let count = -1;
  await until(async () => {
    const now = daemon.lines.filter((line) => line.msg === 'profile reloaded').length;
    const settled = now === count;
    count = now;
    if (!settled) await sleep(1000);
    return settled;
  }, 'the reloads to end');
}

interface Viewer {
  readonly seqs: number[];
  readonly faults: string[];
}

/** One MJPEG viewer; the order is read from the X-Timestamp of the parts. */
function watch(origin: URL, signal: AbortSignal): Viewer {
  const viewer: Viewer = { seqs: [], faults: [] };
  const socket: Socket = connect(Number(origin.port), origin.hostname);
  let rest = '';
  socket.setEncoding('latin1');
  socket.write(`GET /stream.mjpg HTTP/1.1\r\nHost: ${origin.host}\r\n\r\n`);
  socket.on('data', (part: string) => {
    rest += part;
    for (;;) {
      const head = /X-Timestamp: ([\d.]+)\r\n/i.exec(rest);
      const size = /Content-Length: (\d+)\r\n[\s\S]*?\r\n\r\n/i.exec(rest);
      if (!head || !size) return;
      const start = rest.indexOf('\r\n\r\n', head.index) + 4;
      const length = Number(/Content-Length: (\d+)/i.exec(rest.slice(0, start))?.[1] ?? Number.NaN);
      if (rest.length < start + length) return;
      if (!rest.startsWith('\u00ff\u00d8', start)) viewer.faults.push('a part is no JPEG');
      viewer.seqs.push(Number(head[1]));
      rest = rest.slice(start + length);
    }
  });
  socket.on('error', (error) => viewer.faults.push(error.message));
  socket.on('close', () => {
    if (!signal.aborted) viewer.faults.push('the stream was cut');
  });
  signal.addEventListener('abort', () => socket.destroy());
  return viewer;
}

async function requests(origin: URL, agent: Agent | undefined, tally: Tally, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await request(new URL('/snapshot.jpg', origin), agent);
      tally.done++;
    } catch (error) {
      if (!signal.aborted) tally.failures.push(String(error));
    }
    await sleep(10);
  }
}

function request(url: URL, agent: Agent | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = get(url, { agent: agent ?? false }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 && response.complete
          ? resolve()
          : reject(new Error(`status ${response.statusCode}`)),
      );
    });
    call.once('error', reject);
  });
}
