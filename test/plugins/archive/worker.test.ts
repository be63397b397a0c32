// archive/worker and upload/nats: pictures of edges reach the bucket by links and through a stream, and only receipts empty a spool.

import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { announce, pack } from '../../../plugins/kit/archive/protocol.ts';
import { createFeed, makeCapture, makeFrame } from '../../../testing/index.ts';
import { dedent } from '../../support/dedent.ts';
import { type Running, run } from '../../support/harness.ts';
import { natsServer } from '../../support/nats-server.ts';
import { faultProxy } from '../../support/s3/fault-proxy.ts';
import { s3Server } from '../../support/s3/server.ts';
import { until } from '../../support/until.ts';

t.setTimeout(120_000);
const s3 = await s3Server(t);
await s3.bucket('pictures');
const broker = await natsServer(t, { config: 'jetstream { store_dir: "FOLDER/js" }\nmax_payload: 8MB' });
let prefixes = 0;
const newPrefix = (): string => `camd.archive${++prefixes}`;

const worker = (
  prefix: string,
  { origin = s3.origin, more = '', into = 'bucket', giveUp = '1m' } = {},
): string => dedent`
  camd: 1
  control: false
  pipeline:
    nats: { use: nats/client, servers: '${broker.url}' }
    bucket: { use: store/s3, endpoint: '${origin}', bucket: pictures, access_key: '${s3.accessKey}', secret_key: ${s3.secretKey}, key: '${prefix}/{camera}/{time}_{key}.{ext}', give_up: ${giveUp} }
    index: { use: store/sql, from: bucket, url: 'sqlite:index.db', reconcile: 0s, timeout: 1m }
    worker: { use: archive/worker, into: ${into}, via: nats, prefix: ${prefix} ${more} }
`;

/** An edge; the test sends the frames of its cameras. */
async function startEdge(t: Test, prefix: string, by: 'link' | 'stream', site = 'site-7') {
  const feed = createFeed();
  const yaml = dedent`
    camd: 1
    control: false
    pipeline:
      nats: { use: nats/client, servers: '${broker.url}' }
      camera: { use: test/feed }
      spool: { use: store/spool, from: camera, path: spool, min_free: 0B }
      archive: { use: upload/nats, from: spool, via: nats, site: ${site}, by: ${by}, prefix: ${prefix}, give_up: 1m, timeout: 1m }
  `;
  const camd = await run(t, yaml, { plugins: [feed.plugin] });
  await camd.state('nats', 'running');
  return { camd, feed };
}

const waiting = (camd: Running): number => camd.status('spool').metrics.frames ?? -1;
const stored = async (camd: Running) => camd.port('bucket', 'store').list({ order: 'oldest-first', limit: 1000 });

for (const by of ['link', 'stream'] as const) {
  t.test(
    `by ${by}: every spooled picture reaches the bucket, is published as an event, and leaves the spool`,
    async (t) => {
      const prefix = newPrefix();
      const archive = await run(t, worker(prefix, { more: `, stream: PICTURES_${by}` }));
      await archive.state('nats', 'running');
      const events: string[] = [];
      archive.port('nats', 'nats').subscribe(`${prefix}-stored`, ({ payload }) => void events.push(payload.toString()));
      const { camd, feed } = await startEdge(t, prefix, by);
      const pictures = [1, 2, 3, 4, 5].map((seed) => makeCapture(seed));

      for (const picture of pictures) await feed.send(picture);

      await until(async () => (await stored(archive)).length === 5, 'five pictures in the bucket');
      await until(() => waiting(camd) === 0, 'the spool to be empty');
      const sums = await Promise.all(
        (await stored(archive)).map(async ({ id }) => {
          const found = await archive.port('bucket', 'store').read(id);
          const chunks: Buffer[] = [];
          for await (const chunk of found?.body ?? []) chunks.push(chunk as Buffer);
          return createHash('sha256').update(Buffer.concat(chunks)).digest('hex');
        }),
      );
      t.same(sums.sort(), pictures.map(({ data }) => createHash('sha256').update(data).digest('hex')).sort());
      // A picture that is sent again has the same key.
      const keys = () => new Set(events.map((text) => JSON.parse(text).key));
      await until(() => keys().size === 5, 'an event for each picture');
      const event = JSON.parse(events[0] ?? '{}');
      t.match(event, { site: 'site-7', camera: 'camera', type: 'image/jpeg', etag: /^[0-9a-f]{32}$/ });
    },
  );
}

t.test(
  'through a stream: without a receipt the spool keeps its pictures, even if the stream has acknowledged them',
  async (t) => {
    const prefix = newPrefix();
    let isAway = true;
    const proxy = await faultProxy(t, s3.port, () => (isAway ? 'slow-down' : 'none'));
    const archive = await run(t, worker(prefix, { origin: proxy.origin, more: ', stream: AWAY', giveUp: '2s' }));
    const { camd, feed } = await startEdge(t, prefix, 'stream');
    await feed.send(makeCapture(1));

    await until(() => archive.lines.length > 0 && (proxy.counts['slow-down'] ?? 0) > 2, 'the bucket to refuse');
    t.equal(waiting(camd), 1);
    isAway = false;

    await until(() => waiting(camd) === 0, 'the spool to be empty');
    t.equal((await stored(archive)).length, 1);
  },
);

t.test('through a stream: a picture that the bucket refused is retried without the edge', async (t) => {
  const prefix = newPrefix();
  let isAway = true;
  const proxy = await faultProxy(t, s3.port, () => (isAway ? 'slow-down' : 'none'));
  const archive = await run(t, worker(prefix, { origin: proxy.origin, more: ', stream: AGAIN', giveUp: '2s' }));
  await until(() => archive.status('worker').metrics.stream_connected === 1, 'the stream to be connected');
  const nats = archive.port('nats', 'nats');
  const receipts: unknown[] = [];
  const inbox = nats.inbox((answer) => {
    if (answer.is === 'message') receipts.push(JSON.parse(answer.message.payload.toString()));
  });
  const frame = makeFrame('front', 1);

  nats.publish(`${prefix}.site-7.picture`, pack(announce(frame, inbox.subject), frame.data));
  await until(() => Number(archive.status('worker').metrics.failed_total) > 0, 'the bucket to refuse');
  t.same(receipts, []);
  isAway = false;

  await until(() => receipts.length > 0, 'the receipt');
  t.match(receipts, [{ is: 'stored' }]);
});

t.test('by link: the receipt is sent only once the bucket has the picture and the index has its row', async (t) => {
  const prefix = newPrefix();
  const archive = await run(t, worker(prefix, { into: 'index' }));
  await archive.state('nats', 'running');
  const nats = archive.port('nats', 'nats');
  const rows = async () => (await archive.port('index', 'store').usage()).count;
  const limits = { signal: new AbortController().signal, timeoutMs: 30_000 };
  const frame = makeFrame('front', 1);
  const announcement = JSON.stringify(announce(frame));
  const ask = async (kind: 'offer' | 'stored') =>
    JSON.parse((await nats.request(`${prefix}.site-7.${kind}`, announcement, limits)).payload.toString());
  const offer = await ask('offer');

  t.match(await ask('stored'), { is: 'refused', final: false });
  const { pathname } = new URL(offer.url);
  const object = decodeURIComponent(pathname.slice('/pictures/'.length));
  const { register } = archive.port('bucket', 'store');
  await s3.object(pathname, 'half a picture');
  t.match(await ask('stored'), { is: 'refused', final: false }, 'the stored object has another size');
  t.equal(await rows(), 0);
  t.equal(await register?.(object, frame.data.length), undefined);
  t.match(await register?.(object, 'half a picture'.length), { id: object });
  await fetch(offer.url, { method: 'PUT', headers: offer.headers, body: new Uint8Array(frame.data) });
  t.match(await ask('stored'), { is: 'stored' });
  t.equal(await rows(), 1);
});

t.test('messages that are not pictures are permanently refused and do not stop the stream', async (t) => {
  const prefix = newPrefix();
  const archive = await run(t, worker(prefix, { more: ', stream: STRANGE' }));
  await archive.state('nats', 'running');
  const nats = archive.port('nats', 'nats');
  const { camd, feed } = await startEdge(t, prefix, 'stream');
  await feed.send(makeCapture(1));
  await until(() => waiting(camd) === 0, 'the first picture to be stored');
  const signal = new AbortController().signal;

  for (const text of ['', '{}\n', 'x'.repeat(20_000), '{"camera":"../evil","key":"k","time":1}\nabc']) {
    nats.publish(`${prefix}.site-7.picture`, text);
    const answer = await nats.request(`${prefix}.site-7.offer`, text, { signal, timeoutMs: 10_000 });
    t.match(JSON.parse(answer.payload.toString()), { is: 'refused', final: true });
  }
  await feed.send(makeCapture(2));

  await until(async () => (await stored(archive)).length === 2, 'the second picture to be stored');
});
