// The power of NATS servers is cut: what their stream had acknowledged may be gone, and no picture is missing in the archive.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import t from 'tap';
import { systemClock } from '../core/base/clock.ts';
import { createFeed, makeCapture } from '../testing/index.ts';
import { folderWith } from './support/cli.ts';
import { dedent } from './support/dedent.ts';
import { run } from './support/harness.ts';
import { natsCluster } from './support/nats-server.ts';
import { powerCutDisk } from './support/power-cut.ts';
import { until } from './support/until.ts';

const LONG = process.env.CAMD_LONG === '1';
/** One server alone, or a cluster whose servers lose their power one by one and then all at once. */
const SERVERS = LONG ? 3 : 1;
const PICTURES = LONG ? 200 : 20;
/** A refused picture waits for up to a minute in its spool. */
const hasty = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 200), signal),
};

t.setTimeout(300_000);

t.test('a power cut takes what was written and not synced, and nothing else', async (t) => {
  const disk = await powerCutDisk(t);
  const file = join(disk.folder, 'file');
  appendFileSync(file, 'synced', { flush: true });
  appendFileSync(file, ' and more');
  const before = readFileSync(file, 'utf8');

  await disk.cut();
  await disk.restore();

  t.equal(before, 'synced and more');
  t.equal(existsSync(file) ? readFileSync(file, 'utf8') : '', disk.isReal ? 'synced' : '');
  t.comment(disk.isReal ? 'a file system on a loop device' : 'mounting is not permitted here: the whole disk is lost');
});

t.test('the power of NATS servers is cut after the stream has acknowledged: no picture is missing', async (t) => {
  const disks = await Promise.all(Array.from({ length: SERVERS }, () => powerCutDisk(t)));
  const cluster = await natsCluster(
    t,
    SERVERS,
    (index) => `max_payload: 8MB\njetstream { store_dir: "${disks[index]?.folder}" }`,
  );
  const cut = async (indexes: readonly number[]): Promise<void> => {
    await Promise.all(indexes.map((index) => disks[index]?.cut()));
    await Promise.all(indexes.map((index) => cluster[index]?.kill()));
    await Promise.all(indexes.map((index) => disks[index]?.restore()));
    await Promise.all(indexes.map((index) => cluster[index]?.start()));
  };
  const client = `nats: { use: nats/client, servers: [${cluster.map(({ url }) => `'${url}'`)}], reconnect_within: 1s }`;
  const archive = dedent`
    camd: 1
    control: false
    pipeline:
      ${client}
      bucket: { use: store/disk, path: '${folderWith(t, {})}' }
      worker: { use: archive/worker, into: bucket, via: nats, links: false, stream: PICTURES, max_bytes: 16MiB, replicas: ${SERVERS} }
  `;
  /** Undefined: there is no stream. */
  const messages = async (): Promise<number | undefined> => {
    let connection: NatsConnection | undefined;
    try {
      connection = await connect({ servers: cluster.map(({ port }) => `127.0.0.1:${port}`), timeout: 2000 });
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info('PICTURES')).state.messages;
    } catch {
      return undefined;
    } finally {
      await connection?.close();
    }
  };
  const first = await run(t, archive);
  await until(async () => (await messages()) !== undefined, 'the worker to make the stream');
  await first.stop();

  const feed = createFeed();
  const edge = await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        ${client}
        camera: { use: test/feed }
        spool: { use: store/spool, from: camera, path: spool, min_free: 0B }
        archive: { use: upload/nats, from: spool, via: nats, site: shop, by: stream, timeout: 2s, give_up: 1m }
    `,
    { plugins: [feed.plugin], clock: hasty },
  );
  await edge.state('nats', 'running');
  const sums: string[] = [];
  for (let seed = 1; seed <= PICTURES; seed++) {
    const capture = makeCapture(seed);
    await feed.send(capture);
    sums.push(createHash('sha256').update(capture.data).digest('hex'));
  }
  await until(async () => ((await messages()) ?? 0) > 0, 'the stream to have pictures that no worker has seen');
  const acknowledged = await messages();

  if (SERVERS > 1) for (let index = 0; index < SERVERS; index++) await cut([index]);
  await cut(Array.from({ length: SERVERS }, (_, index) => index));
  const left = await messages();
  const kept = edge.status('spool').metrics.frames;
  const worker = await run(t, archive);
  await until(() => edge.status('spool').metrics.frames === 0, 'the spool to be empty', 240_000);

  const bucket = worker.port('bucket', 'store');
  const found = new Set<string>();
  for (const { id } of await bucket.list({ order: 'oldest-first', limit: 1000 })) {
    const picture = await bucket.read(id);
    const digest = createHash('sha256');
    for await (const chunk of picture?.body ?? []) digest.update(chunk as Buffer);
    found.add(digest.digest('hex'));
  }
  t.comment(
    `the stream had acknowledged ${acknowledged} and has ${left ?? 0} after the cut; ${kept} were in the spool; ${found.size} of ${PICTURES} are stored`,
  );
  t.equal(kept, PICTURES, 'no acknowledgement of a stream empties the spool');
  t.same(
    sums.filter((sum) => !found.has(sum)),
    [],
  );
});
