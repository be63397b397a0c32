// Crash points: every system call of one store-and-upload cycle kills camd or fails, one after the other, and nothing acknowledged is lost.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DaemonProcess, startDaemon } from '../support/daemon.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import type { Ending } from '../support/harness.ts';
import { nameOf, pictureMaker } from '../support/pictures.ts';
import { until } from '../support/until.ts';
import { counted, type Tampering, tampered } from './tamper.ts';

/** As strace names them; "/^rename" stands for the variants of the architecture. */
export const CALLS = [
  ...['write', 'writev', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'openat'],
  ...['/^rename', '/^unlink', '/^ftruncate'],
];
export const HOWS = ['SIGKILL', 'EIO', 'ENOSPC'] as const;
const TOKEN = 'correct-horse-battery';
const CAMERAS = 2;
/** Pictures of a camera in one cycle: with their size, a cycle fills more than one segment of 1 MiB. */
const PICTURES = 6;
/** One of them is refused for good. */
const REFUSED = 'refused';
const WAIT_MS = 60_000;
/** A request of fetch whose server was killed may never settle. */
const POST_MS = 20_000;
/** Until the end of a killed process is known. */
const END_MS = 5000;

export interface Point {
  readonly call: string;
  readonly how: (typeof HOWS)[number];
  readonly n: number;
}

export interface PointResult {
  /** Calls of each kind that one cycle makes on one thread. */
  readonly counts: ReadonlyMap<string, number>;
  readonly points: readonly Point[];
  /** Points at which camd ended. */
  readonly ended: number;
  readonly acknowledged: number;
  readonly duplicates: number;
  /** Names of pictures that were acknowledged, and neither delivered nor among the dead letters. */
  readonly lost: readonly string[];
  /** Pictures that were delivered for the first time after a later one of their camera, and broken ones. */
  readonly wrong: readonly string[];
}

interface Options {
  readonly t: Ending;
  /** Empty; stays after the run. */
  readonly folder: string;
  /** True for the points that are tried. */
  chosen(point: Point, index: number): boolean;
  readonly report?: (line: string) => void;
}

export async function crashPoints({ t, folder, chosen, report = () => {} }: Options): Promise<PointResult> {
  const make = pictureMaker(60_000);
  const receiver = await receiving(t, make);
  const port = await freePort();
  const profile = dedent`
    camd: 1
    pipeline:
      web: { use: http/server, listen: 127.0.0.1:${port} }
      posted: { use: source/http, on: web, path: '/s/{camera}', token: ${TOKEN} }
      spool: { use: store/spool, from: posted, path: ${folder}/spool, min_free: 1MiB, max_bytes: 16MiB, max_dead: 100000, max_dead_bytes: 1GiB }
      api:
        use: upload/http
        from: spool
        url: 'http://127.0.0.1:${receiver.port}/{camera}'
        send: every
        final_status: [422]
  `;
  const start = () => startDaemon(t, profile, { env: { UV_THREADPOOL_SIZE: '1' } });
  const post = async (camera: string, name: string): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${port}/s/${camera}`, {
      method: 'POST',
      body: new Uint8Array(make(name)),
      headers: { 'content-type': 'image/jpeg', authorization: `Bearer ${TOKEN}` },
      signal: AbortSignal.timeout(POST_MS),
    }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    return response?.status === 200;
  };
  const acknowledged = new Set<string>();
  const dead = deadNames(join(folder, 'spool/dead'), make);
  let camd = await start();
  let isUp = true;
  const watch = (process: DaemonProcess): void => {
    void process.ended.then(() => {
      if (camd === process) isUp = false;
    });
  };
  watch(camd);
  let ended = 0;
  let starting: Promise<void> | undefined;
  const again = (): Promise<void> => {
    if (isUp) return Promise.resolve();
    starting ??= start().then((process) => {
      ended++;
      camd = process;
      isUp = true;
      starting = undefined;
      watch(process);
    });
    return starting;
  };
  /** Each camera sends its pictures one after the other, each until it is acknowledged. */
  const cycle = async (label: string, whileDown: () => Promise<void>): Promise<void> => {
    const names = Array.from({ length: PICTURES }, (_, number) => `${number === 2 ? REFUSED : 'taken'} ${number}`);
    const camera = async (index: number): Promise<void> => {
      for (const prefix of names) {
        const name = `${prefix} ${index} ${label}`;
        while (!(await post(`camera-${index}`, name))) {
          await whileDown();
          await sleep(20);
        }
        acknowledged.add(name);
      }
    };
    await Promise.all(Array.from({ length: CAMERAS }, (_, index) => camera(index)));
  };
  const missing = (): string[] => {
    const kept = dead();
    return [...acknowledged].filter((name) => !(name.startsWith(REFUSED) ? kept.has(name) : receiver.first.has(name)));
  };
  const settled = (): Promise<boolean> => until(() => missing().length === 0, 'every acknowledged picture', WAIT_MS);

  const counts = await counted(camd.pid, CALLS, join(folder, 'calls.txt'), async () => {
    await cycle('counted', again);
    await settled();
  });
  const points: Point[] = [];
  let index = 0;
  for (const call of CALLS) {
    for (const how of HOWS) {
      for (let n = 1; n <= (counts.get(call) ?? 0); n++) {
        if (!chosen({ call, how, n }, index++)) continue;
        await tamperedCycle(call, how, n);
        points.push({ call, how, n });
        report(`${call} ${how} ${n}`);
      }
    }
  }
  async function tamperedCycle(call: string, how: Tampering, n: number): Promise<void> {
    const label = `${call} ${String(how)} ${n}`;
    // strace ends with the process: later calls happen in the next one, untampered.
    const attempt = () =>
      tampered(camd.pid, call, String(n), how, async () => {
        await cycle(label, again);
        await until(() => !isUp || missing().length === 0, 'the cycle to be over', WAIT_MS).catch(() => {});
      });
    const process = camd;
    await attempt().catch(async (cause) => {
      // A process that was killed at the end of the cycle before may end only now.
      const isKilled = await Promise.race([process.ended.then(() => true), sleep(END_MS).then(() => false)]);
      if (!isKilled) throw cause;
      await again();
      await attempt();
    });
    await again();
    await settled().catch(() => {});
  }
  return {
    ...{ counts, points, ended, acknowledged: acknowledged.size },
    ...{ duplicates: receiver.duplicates(), lost: missing(), wrong: receiver.wrong },
  };
}

/** One row for each call: how many points of each kind were tried. */
export function tableOf(counts: ReadonlyMap<string, number>, points: readonly Point[]): string {
  const rows = [...counts].map(([call, count]) => {
    const tried = HOWS.map((how) => points.filter((point) => point.call === call && point.how === how).length);
    const name = call.startsWith('/^') ? `${call.slice(2)}*` : call;
    return `| \`${name}\` | ${count} | ${tried.join(' | ')} |`;
  });
  return [`| call | calls in a cycle | ${HOWS.join(' | ')} |`, `|---|---|${'---|'.repeat(HOWS.length)}`, ...rows].join(
    '\n',
  );
}

interface Receiver {
  readonly port: number;
  /** Name → time of its first arrival. */
  readonly first: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
  duplicates(): number;
}

/** An API that accepts every whole picture, except those that it refuses for good. */
async function receiving(t: Ending, make: (name: string) => Buffer): Promise<Receiver> {
  const first = new Map<string, number>();
  const wrong: string[] = [];
  const order = new Map<string, number>();
  let deliveries = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const name = nameOf(Buffer.concat(chunks), make);
      if (name === undefined) wrong.push(`${request.url}: a broken picture`);
      if (name === undefined || name.startsWith(REFUSED)) return response.writeHead(422).end('too dark');
      deliveries++;
      if (!first.has(name)) {
        // "taken", the number, the camera, and the cycle.
        const [, number, camera, ...cycle] = name.split(' ');
        const key = `${camera} ${cycle.join(' ')}`;
        if ((order.get(key) ?? -1) > Number(number)) wrong.push(`${name} came after a later one`);
        order.set(key, Number(number));
        first.set(name, deliveries);
      }
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, first, wrong, duplicates: () => deliveries - first.size };
}

/** The names of the pictures among the dead letters: each has its JSON with the answer, and is whole. */
function deadNames(folder: string, make: (name: string) => Buffer): () => ReadonlySet<string> {
  const known = new Set<string>();
  const names = new Set<string>();
  return () => {
    for (const file of readdirSync(folder)) {
      if (!/^[^.].*\.json$/.test(file) || known.has(file)) continue;
      try {
        const letter = JSON.parse(readFileSync(join(folder, file), 'utf8'));
        const name = nameOf(readFileSync(join(folder, file.replace(/json$/, 'jpg'))), make);
        if (letter.answer?.status !== 422 || name === undefined) continue;
        names.add(name);
        known.add(file);
      } catch {
        // It is being written, or its picture is missing: then its name stays missing.
      }
    }
    return names;
  };
}
