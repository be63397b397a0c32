// Measures the cost of a picture on its way to a fleet's archive; baseline: one process that stores it on its own disk.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { s3Server } from '../../test/support/s3/server.ts';
import { type Camd, startCamd } from '../camd.ts';
import { startBroker } from '../nats.ts';
import { pictureFolder } from '../pictures.ts';
import { LOAD_CPU, startProgram } from '../programs.ts';
import { cpuTime } from '../resources.ts';
import { median, pairedRatio, type Row } from '../row.ts';

const CAMERAS = 10;
/** Rate of each camera: Debian's S3 server accepts some twenty pictures per second. */
const FPS = 1;
/** Milliseconds until pictures in transit at the start of a window no longer matter. */
const WARM_MS = 3000;

const WAYS = ['link', 'stream'] as const;
type Way = (typeof WAYS)[number];

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const names = Array.from({ length: CAMERAS }, (_, n) => `c${n}`);
const cameraNodes = (port: number): string =>
  names
    .map((name) => `  ${name}: { use: source/tcp, connect: '127.0.0.1:${port}', parse: mjpeg, timeout: 10m }\n`)
    .join('');
const head = (rest: string): string => `camd: 1
control: false
pipeline:
  local: { use: http/server, listen: '127.0.0.1:0' }
  metrics: { use: http/metrics, on: local }
${rest}`;

/** One way to the archive. */
interface Site {
  readonly door: number;
  readonly processes: Readonly<Record<string, number>>;
  /** Number of stored pictures. */
  kept(): Promise<number>;
}

async function counter(camd: Camd, metric: string, node: string): Promise<number> {
  const text = await (await fetch(`${camd.origin()}/metrics`)).text();
  return Number(new RegExp(`^camd_\\w*${metric}\\{[^}]*node="${node}"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const cleanups: (() => void | Promise<void>)[] = [];
  const t = { teardown: (work: () => void | Promise<void>) => void cleanups.unshift(work) };
  try {
    return await inFolder(t, quick);
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}

interface Ending {
  teardown(work: () => void | Promise<void>): void;
}

async function inFolder(t: Ending, quick: boolean): Promise<readonly Row[]> {
  mkdirSync('bench/out', { recursive: true });
  const folder = resolve(mkdtempSync('bench/out/archive-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const feed = await startProgram<{ ports: number[] }>('load/feed', [pictureFolder(), '3'], LOAD_CPU);
  t.teardown(() => feed.stop());
  const start = async (profile: string): Promise<Camd> => {
    const camd = await startCamd(head(profile));
    t.teardown(() => camd.stop());
    return camd;
  };
  const disk = join(folder, 'disk');
  const alone = await start(
    `  disk: { use: store/disk, from: [${names}], path: '${disk}', min_free: 0B }\n${cameraNodes(feed.first.ports[0] ?? 0)}`,
  );
  const sites: Site[] = [
    { door: 0, processes: { alone: alone.pid }, kept: () => counter(alone, 'kept_total', 'disk') },
  ];
  const s3 = await s3Server(t);
  await s3.bucket('pictures');
  for (const [index, way] of WAYS.entries()) {
    const broker = await startBroker(['-js', '-sd', join(folder, `broker-${way}`)]);
    t.teardown(() => broker.stop());
    const nats = `  nats: { use: nats/client, servers: 'nats://127.0.0.1:${broker.port}' }\n`;
    const archive = await start(
      `${nats}  bucket: { use: store/s3, endpoint: '${s3.origin}', bucket: pictures, access_key: '${s3.accessKey}', secret_key: ${s3.secretKey}, key: '${way}/{camera}/{time}_{key}.{ext}' }
  index: { use: store/sql, from: bucket, url: 'sqlite:${folder}/${way}.db', reconcile: 0s }
  worker: { use: archive/worker, into: index, via: nats${way === 'stream' ? ', stream: PICTURES' : ''} }
`,
    );
    const edge = await start(
      `${nats}  spool: { use: store/spool, from: [${names}], path: '${folder}/spool-${way}', min_free: 0B }
  archive: { use: upload/nats, from: spool, via: nats, site: site-1, by: ${way} }
${cameraNodes(feed.first.ports[index + 1] ?? 0)}`,
    );
    sites.push({
      door: index + 1,
      processes: { edge: edge.pid, broker: broker.pid, archive: archive.pid },
      kept: () => counter(archive, 'stored_total', 'worker'),
    });
  }
  const window = quick ? 6000 : 20_000;
  const found = new Map<string, number[]>();
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    for (const [index, site] of sites.entries()) {
      await feed.ask({ door: site.door, fps: FPS });
      await wait(WARM_MS);
      for (const [name, price] of await prices(site, window)) {
        const key = index === 0 ? name : `${WAYS[index - 1]} ${name}`;
        found.set(key, [...(found.get(key) ?? []), price]);
      }
      await feed.ask({ door: site.door, fps: 0 });
      await wait(WARM_MS);
    }
  }
  return rows(found);
}

/** CPU microseconds of each process per stored picture. */
async function prices({ processes, kept }: Site, window: number): Promise<readonly (readonly [string, number])[]> {
  const before = await kept();
  const cpu = Object.entries(processes).map(([name, pid]) => [name, pid, cpuTime(pid)] as const);
  await wait(window);
  const pictures = (await kept()) - before;
  return cpu.map(([name, pid, begin]) => [name, (cpuTime(pid) - begin) / 1000 / pictures] as const);
}

function rows(found: ReadonlyMap<string, readonly number[]>): readonly Row[] {
  const alone = found.get('alone') ?? [];
  const titles: Readonly<Record<Way, string>> = {
    link: 'by a link to the bucket',
    stream: 'through the stream and a worker',
  };
  return WAYS.flatMap((way) =>
    ['edge', 'broker', 'archive'].map((name): Row => {
      const own = found.get(`${way} ${name}`) ?? [];
      const limit = { limitName: 'one process, store/disk', limitValue: median(alone) };
      const title = `CPU per archived picture ${titles[way]}: ${name}`;
      return { name: title, value: median(own), unit: 'µs', ...limit, ratio: pairedRatio(own, alone) };
    }),
  );
}
