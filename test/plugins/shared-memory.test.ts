// Pictures in shared memory, as with many or large cameras: every kind of consumer accepts them and passes on the same bytes.

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { WebSocketServer } from 'ws';
import { useSharedMemory } from '../../core/base/picture-memory.ts';
import { allocate, settle } from '../../core/contract/frame.ts';
import { zipStream } from '../../plugins/http/history/zip.ts';
import { announce, pack, unpack } from '../../plugins/kit/archive/protocol.ts';
import { makeFilm } from '../../plugins/kit/film/film.ts';
import { createFeed, createProbe, fakeServer, makeCapture, makeFrame, sampleJpeg } from '../../testing/index.ts';
import { folderWith } from '../support/cli.ts';
import { dedent } from '../support/dedent.ts';
import { run } from '../support/harness.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';
import { natsServer } from '../support/nats-server.ts';
import { s3Server } from '../support/s3/server.ts';
import { until } from '../support/until.ts';

t.setTimeout(120_000);
useSharedMemory(true);
t.teardown(() => useSharedMemory(false));

const SIZE = { width: 64, height: 48 };

/** A picture that no collection of V8 sees, with room around it as a source makes it. */
function sharedPicture(seed: number): { readonly bytes: Buffer; readonly shared: Buffer } {
  const bytes = sampleJpeg({ ...SIZE, seed });
  const shared = settle(allocate(bytes.length), bytes.length);
  bytes.copy(shared);
  return { bytes, shared };
}

t.test('nodes of every kind accept them and pass on the same bytes', async (t) => {
  const { bytes, shared } = sharedPicture(1);
  const broker = await mosquitto(t);
  const nats = await natsServer(t);
  const s3 = await s3Server(t);
  await s3.bucket('pictures');
  const uploads = await fakeServer(t, () => ({ status: 200 }));
  const messages: Buffer[] = [];
  const pushed = await pushServer(t, messages);
  const listener = await outsider(t, broker.url);
  const published: Buffer[] = [];
  listener.on('message', (_, payload) => void published.push(payload));
  await listener.subscribeAsync('out/#');
  const feed = createFeed(() => ({ ...makeCapture(1, SIZE), data: shared, hasHeadroom: true }));
  const probe = createProbe();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: test/feed }
        latest: { use: cache/latest, from: camera }
        web: { use: http/server, listen: '127.0.0.1:0' }
        snapshot: { use: http/snapshot, on: web, from: latest, path: /snapshot.jpg }
        stream: { use: http/stream, on: web, from: latest, path: /stream.mjpg }
        disk: { use: store/disk, from: camera, path: disk, min_free: 0B }
        spool: { use: store/spool, from: camera, path: spool, min_free: 0B }
        spooled: { use: upload/http, from: spool, url: '${uploads.origin}/spooled' }
        s3: { use: store/s3, from: camera, endpoint: '${s3.origin}', bucket: pictures, access_key: '${s3.accessKey}', secret_key: ${s3.secretKey} }
        smaller: { use: transform/image, from: camera, width: 32 }
        sampled: { use: transform/sample, from: camera, changed: true }
        tagged: { use: transform/exif, from: camera }
        probe: { use: test/probe, from: [camera, smaller, sampled, tagged] }
        direct: { use: upload/http, from: camera, url: '${uploads.origin}/direct', every: 1s }
        pushed: { use: upload/websocket, from: camera, url: '${pushed}', token: a-token-of-ours-16, handshake: bearer }
        mqtt: { use: mqtt/client, url: '${broker.url}' }
        published: { use: mqtt/publish, from: camera, via: mqtt, topic: 'out/{camera}' }
        nats: { use: nats/client, servers: '${nats.url}' }
        edge: { use: nats/edge, from: camera, via: nats, edge: shop }
    `,
    { plugins: [feed.plugin, probe.plugin] },
  );
  const atHub = createProbe();
  await run(
    t,
    dedent`
      camd: 1
      control: false
      pipeline:
        nats: { use: nats/client, servers: '${nats.url}' }
        hub: { use: source/nats, via: nats }
        probe: { use: test/probe, from: hub }
    `,
    { plugins: [atHub.plugin] },
  );
  await until(() => atHub.cameras().length > 0, 'the camera list at the hub');
  atHub.want('camera');
  probe.want('camera');
  const { origin } = camd.port('web', 'server');
  const stored = async (node: 'disk' | 's3'): Promise<Buffer | undefined> => {
    const store = camd.port(node, 'store');
    const [kept] = await store.list({ order: 'newest-first', limit: 1 });
    const found = kept && (await store.read(kept.id));
    const chunks: Buffer[] = [];
    for await (const chunk of found?.body ?? []) chunks.push(chunk as Buffer);
    return found && Buffer.concat(chunks);
  };
  const uploaded = (path: string) => uploads.requests.find(({ url }) => url === path)?.body;
  const takers: Readonly<Record<string, () => Buffer | undefined | Promise<Buffer | undefined>>> = {
    'a consumer in this process': () => probe.frames.find(({ data }) => data === shared)?.data,
    'store/disk': () => stored('disk'),
    'store/s3': () => stored('s3'),
    'store/spool and upload/http': () => uploaded('/spooled'),
    'upload/http': () => uploaded('/direct'),
    'upload/websocket': () => messages[0],
    'mqtt/publish': () => published[0],
    'nats/edge and source/nats': () => atHub.frames[0]?.data,
    'http/snapshot': async () => Buffer.from(await (await fetch(`${origin}/snapshot.jpg`)).arrayBuffer()),
  };

  const stop = new AbortController();
  const sending = (async () => {
    while (!stop.signal.aborted) {
      await feed.send({ ...makeCapture(1, SIZE), data: shared, hasHeadroom: true }).catch(() => {});
      await sleep(50);
    }
  })();
  const waiting = new Set(Object.keys(takers));
  await until(
    async () => {
      for (const name of waiting) if (await takers[name]?.()) waiting.delete(name);
      return waiting.size === 0 && probe.frames.some(({ width }) => width === 32);
    },
    () => `a picture at ${[...waiting].join(', ')}`,
  );
  for (const [name, taken] of Object.entries(takers)) t.ok((await taken())?.equals(bytes), name);
  const captured = await probe.capture('camera');
  stop.abort();
  await sending;

  t.ok(shared.buffer instanceof SharedArrayBuffer);
  t.ok(captured.data.equals(bytes));
  t.same([...new Set(probe.frames.map(({ width }) => width))].sort(), [32, 64], 'transform/image made a smaller one');
});

t.test('archives, films and messages of the stream', async (t) => {
  const pictures = [1, 2, 3].map(sharedPicture);
  const first = pictures[0];
  if (!first) throw new Error('there is no picture');
  const folder = folderWith(t, {});

  async function* entries() {
    for (const [index, { shared: data }] of pictures.entries()) yield { name: `${index}.jpg`, time: 0, data };
  }
  const zip: Buffer[] = [];
  for await (const part of zipStream(entries())) zip.push(Buffer.from(part));
  const ids = pictures.map((_, index) => String(index));
  const film = await makeFilm({
    ...{ folder: join(folder, 'work'), out: join(folder, 'film.mp4'), spec: 'shared', fps: 1, width: 64 },
    signal: new AbortController().signal,
    pictures: {
      list: async (after) => (after === undefined ? ids : []),
      read: async (id) => pictures[Number(id)]?.shared,
    },
  });
  const frame = makeFrame('front', 1, { ...SIZE, data: first.shared });
  const message = unpack(pack(announce(frame), frame.data));

  t.ok(pictures.every(({ bytes }) => Buffer.concat(zip).includes(bytes)));
  t.same([film.pictures, film.skipped], [3, 0]);
  t.ok(typeof message === 'object' && message.data.equals(first.bytes));
});

/** Its URL; received messages are added to `messages`. */
async function pushServer(t: Test, messages: Buffer[]): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => void (isBinary && Buffer.isBuffer(data) && messages.push(data)));
    socket.send(JSON.stringify({ is: 'next' }));
  });
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const address = server.address();
  return `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}
