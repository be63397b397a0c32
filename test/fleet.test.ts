// A fleet while NATS servers, a worker and a hub are killed: every picture that a spool has acknowledged is in the archive.
// CAMD_LONG=1: twenty cameras at each edge, and a server killed every five seconds for a minute.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Kept, Store } from '../core/contract/ports.ts';
import { createFeed, makeCapture } from '../testing/index.ts';
import { startDaemon } from './support/daemon.ts';
import { postgres } from './support/databases.ts';
import { dedent } from './support/dedent.ts';
import { type Running, run } from './support/harness.ts';
import { type NatsServer, natsCluster } from './support/nats-server.ts';
import { s3Server } from './support/s3/server.ts';
import { until } from './support/until.ts';

const isLong = process.env.CAMD_LONG === '1';
const CAMERAS = isLong ? 20 : 4;
const KILLS = isLong ? 12 : 3;
/** Between a kill and the start, and between that and the next kill. */
const BETWEEN_MS = isLong ? 2500 : 1500;
/** Between two pictures of a camera. */
const CAMERA_MS = isLong ? 2000 : 600;
/** The hub's lease, and the extra delay of an edge's check (LOOK_MS) on a busy machine. */
const LEASE_MS = 10_000;
const LATE_MS = 1000;
/** A refused frame may wait for a minute in its spool. */
const PATIENCE_MS = 240_000;

t.setTimeout(PATIENCE_MS * 2);

/** The accounts of packaging/nats, with a second site. */
const USERS = readFileSync('packaging/nats/users.conf', 'utf8').replace(
  /( {4}\{\n {6}user: "site-1".*?\n {4}\}\n)/s,
  (site) => `${site}${site.replaceAll('site-1', 'site-2').replaceAll('SITE_1', 'SITE_2')}`,
);
const withPasswords = (text: string): string =>
  text.replace(
    /password: \$CAMD_(\w+)/g,
    (_, name: string) => `password: "${name.toLowerCase().replace('_', '-')}-pw"`,
  );

const servers = (cluster: readonly NatsServer[]): string => cluster.map(({ url }) => `'${url}'`).join(', ');

async function startEdge(t: Test, site: string, by: 'link' | 'stream', cluster: readonly NatsServer[]) {
  const feed = createFeed();
  const nodes = dedent`
    camd: 1
    control: false
    pipeline:
      nats: { use: nats/client, servers: [${servers(cluster)}], user: ${site}, password: ${site}-pw, inbox: _INBOX.${site} }
      front: { use: test/feed }
      live: { use: nats/edge, from: front, via: nats, edge: ${site} }
      spool: { use: store/spool, from: front, path: spool, min_free: 0B }
      archive: { use: upload/nats, from: spool, via: nats, site: ${site}, by: ${by}, give_up: 10s, timeout: 5s }
  `;
  const camd = await run(t, nodes, { plugins: [feed.plugin] });
  return { site, camd, feed };
}

const waiting = (camd: Running): number => camd.status('spool').metrics.frames ?? -1;

async function everything(store: Store): Promise<Kept[]> {
  const all: Kept[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const page = await store.list({ order: 'oldest-first', limit: 1000, ...(after === undefined ? {} : { after }) });
    all.push(...page);
    if (page.length < 1000) return all;
  }
}

t.test('servers, a worker and a hub are killed, and no acknowledged picture is missing in the archive', async (t) => {
  const [s3, database] = await Promise.all([s3Server(t), postgres(t)]);
  await s3.bucket('pictures');
  const cluster = await natsCluster(
    t,
    3,
    `max_payload: 8MB\njetstream { store_dir: "FOLDER/js" }\n${withPasswords(USERS)}`,
  );
  const env = {
    ...Object.fromEntries(cluster.map(({ url }, index) => [`NATS_${index + 1}`, url])),
    S3_ENDPOINT: s3.origin,
    S3_ACCESS_KEY: s3.accessKey,
    S3_SECRET_KEY: s3.secretKey,
    DATABASE_URL: database.url,
    MAX_AGE: '10000d',
  };
  const profile = (name: string): string =>
    readFileSync(resolve(`configs/${name}.yaml`), 'utf8')
      .replace(/listen: (127\.0\.0\.1:8001|'\$\{env:LISTEN.*?')/g, 'listen: 127.0.0.1:0')
      .replace('camd: 1\n', 'camd: 1\ncontrol: false\n');
  const daemon = (name: string, user: string) =>
    startDaemon(t, profile(name), { env: { ...env, NATS_USER: user, NATS_PASSWORD: `${user}-pw` } });
  const [firstWorker, secondWorker, firstHub, secondHub] = await Promise.all([
    daemon('archive', 'archive'),
    daemon('archive', 'archive'),
    daemon('hub', 'hub'),
    daemon('hub', 'hub'),
  ]);
  const edges = await Promise.all([startEdge(t, 'site-1', 'link', cluster), startEdge(t, 'site-2', 'stream', cluster)]);

  // A viewer at the hub that keeps running, and continuous pictures.
  const origin = await secondHub.origin('web');
  let longestGap = 0;
  let parts = 0;
  const viewing = new AbortController();
  t.teardown(() => viewing.abort());
  const watch = async (): Promise<void> => {
    let last = 0;
    const reply = await fetch(`${origin}/front.mjpg`, { signal: viewing.signal });
    const reader = reply.body?.getReader();
    while (reader && !(await reader.read()).done) {
      const now = performance.now();
      if (last > 0) longestGap = Math.max(longestGap, now - last);
      last = now;
      parts++;
    }
  };
  const acknowledged = new Set<string>();
  let seed = 0;
  let isSending = true;
  const sending = (async () => {
    while (isSending) {
      const frames = edges.flatMap(({ feed, site }) =>
        Array.from({ length: CAMERAS }, async (_, index) => {
          const capture = makeCapture(++seed, {
            camera: index === 0 && site === 'site-1' ? 'front' : `${site}-${index}`,
          });
          await feed.send(capture);
          acknowledged.add(createHash('md5').update(capture.data).digest('hex'));
        }),
      );
      await Promise.allSettled(frames);
      await sleep(CAMERA_MS);
    }
  })();
  await until(
    async () => (await fetch(`${origin}/front.jpg`).catch(() => undefined))?.status !== 404,
    'the camera at the hub',
  );
  const watching = watch().catch(() => {});
  await until(() => parts > 3, 'a stream at the hub');
  // A viewer at the hub that will be killed; its camera has no other viewer.
  const edgeStatus = edges[1]?.camd.status.bind(undefined, 'live');
  const firstOrigin = await firstHub.origin('web');
  await until(async () => {
    const reply = await fetch(`${firstOrigin}/site-2-1.mjpg`, { signal: viewing.signal });
    if (reply.ok) void reply.text().catch(() => {});
    return reply.ok;
  }, 'the camera of the other site at the hub');
  await until(() => edgeStatus?.().metrics.leases === 1, 'the edge to hold a lease for the hub');
  let stopped: Promise<number> | undefined;

  for (let kill = 0; kill < KILLS; kill++) {
    const node = cluster[kill % cluster.length];
    await node?.kill();
    if (kill === 0) firstWorker.signal('SIGKILL');
    if (kill === 1) {
      firstHub.signal('SIGKILL');
      const killed = performance.now();
      stopped = until(() => edgeStatus?.().metrics.leases === 0, 'the edge to release the camera').then(
        () => performance.now() - killed,
      );
    }
    await sleep(BETWEEN_MS);
    await node?.start();
    await sleep(BETWEEN_MS);
  }
  isSending = false;
  await sending;
  const before = parts;
  const releasedAfter = await stopped;
  const stuck = ({ site, camd }: (typeof edges)[number]) =>
    `the spool of ${site} to be empty: ${waiting(camd)} of ${acknowledged.size} wait; ${JSON.stringify(camd.status('archive').state)}`;
  for (const edge of edges)
    await until(
      () => waiting(edge.camd) === 0,
      () => stuck(edge),
      PATIENCE_MS,
    );

  const reader = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        bucket: { use: store/s3, endpoint: '${s3.origin}', bucket: pictures, access_key: '${s3.accessKey}', secret_key: ${s3.secretKey} }
        index: { use: store/sql, from: bucket, url: '${database.url}', reconcile: 0s, timeout: 1m }
    `,
  );
  const bucket = reader.port('bucket', 'store');
  const found = new Set<string>();
  const kept = await everything(bucket);
  for (const { id } of kept) {
    const picture = await bucket.read(id);
    const digest = createHash('md5');
    for await (const chunk of picture?.body ?? []) digest.update(chunk as Buffer);
    found.add(digest.digest('hex'));
  }
  const missing = [...acknowledged].filter((sum) => !found.has(sum));
  const index = reader.port('index', 'store');
  const counted = async (): Promise<number> => (await index.usage().catch(() => undefined))?.count ?? -1;
  await until(async () => (await counted()) === kept.length, 'the index to have each picture');

  t.comment(
    `${acknowledged.size} acknowledged, ${kept.length} stored, ${missing.length} missing; the viewer's longest gap ${Math.round(longestGap)} ms; a camera of the killed hub stopped after ${Math.round(releasedAfter ?? 0)} ms`,
  );
  // If the edge's connection was killed with its server, the edge releases the camera at once.
  if (isLong)
    t.ok(
      releasedAfter !== undefined && releasedAfter <= LEASE_MS + LATE_MS,
      'the camera of the killed hub stops within its lease',
    );
  t.ok(acknowledged.size > KILLS * CAMERAS);
  t.same(missing, []);
  t.ok(before > 3);
  const history = (await (await fetch(`${origin}/history/cameras`)).json()) as { cameras: unknown[] };
  t.equal(history.cameras.length, CAMERAS * 2, 'the remaining hub shows all cameras');
  t.notOk(secondWorker.lines.some(({ level }) => level === 'fatal'));
  viewing.abort();
  await watching;
});
