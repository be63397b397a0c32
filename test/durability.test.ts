// camd is killed repeatedly under load: acknowledged pictures are on disk, and no reader sees a torn file.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { folderWith } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import { run } from './support/harness.ts';
import { mosquitto, outsider } from './support/mosquitto.ts';
import { nameOf, pictureMaker, visiblePictures } from './support/pictures.ts';
import { until } from './support/until.ts';

/** Use the long form after changes to a store or to acknowledgements. */
const KILLS = process.env.CAMD_LONG === '1' ? 50 : 5;
const TOKEN = 'correct-horse-battery';
/** Longest time of a request in milliseconds. */
const POST_MS = 20_000;
/** The least number of acknowledged pictures of each sender before camd is killed. */
const PER_LIFE = 20;

t.setTimeout(KILLS * 60_000);
const make = pictureMaker(30_000);

t.test(`after ${KILLS} kills under QoS 1 and HTTP load, no acknowledged picture is lost or torn`, async (t) => {
  const broker = await mosquitto(t, { lines: ['max_queued_messages 100000'] });
  const [mqttPort, httpPort] = [await freePort(), await freePort()];
  const folder = folderWith(t, {});
  const profile = dedent`
    camd: 1
    pipeline:
      inside: { use: mqtt/broker, listen: 127.0.0.1:${mqttPort}, anonymous: { publish: ['#'] } }
      outside: { use: mqtt/client, url: '${broker.url}', client_id: camd, session: persistent, reconnect_within: 200ms }
      web: { use: http/server, listen: 127.0.0.1:${httpPort} }
      direct: { use: source/mqtt, via: inside, topic: 's/{camera}' }
      queued: { use: source/mqtt, via: outside, topic: 's/{camera}' }
      posted: { use: source/http, on: web, path: '/s/{camera}', token: ${TOKEN} }
      kept: { use: store/disk, from: [direct, queued, posted], path: ${folder}/pictures, min_free: 1MiB }
  `;
  const acknowledged = new Set<string>();
  const counts = new Map<string, number>();
  const controller = new AbortController();
  const { signal } = controller;
  t.teardown(() => controller.abort());
  const sender = async (kind: string, send: (camera: string, picture: Buffer) => Promise<boolean>) => {
    for (let number = 0; !signal.aborted; number++) {
      const name = `${kind} ${number}`;
      const sent = await send(`${kind}-${number % 3}`, make(name)).catch(() => false);
      if (sent) {
        acknowledged.add(name);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      } else await sleep(20);
    }
  };
  const pictures = join(folder, 'pictures');
  const check = () => {
    const seen = new Set<string>();
    for (const [path, data] of visiblePictures(pictures)) {
      const name = nameOf(data, make);
      if (name === undefined) t.fail(`${path} is torn`);
      else seen.add(name);
    }
    return [...acknowledged].filter((name) => !seen.has(name));
  };

  const first = await startDaemon(t, profile);
  const direct = await outsider(t, `mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 50 });
  const queued = await outsider(t, broker.url);
  await until(async () => (await fetch(`http://127.0.0.1:${httpPort}/`).catch(() => undefined)) !== undefined, 'HTTP');
  const published = async (client: typeof direct, camera: string, picture: Buffer) => {
    await client.publishAsync(`s/${camera}`, picture, { qos: 1 });
    return true;
  };
  const posted = async (camera: string, picture: Buffer) => {
    const response = await fetch(`http://127.0.0.1:${httpPort}/s/${camera}`, {
      method: 'POST',
      body: new Uint8Array(picture),
      headers: { 'content-type': 'image/jpeg', authorization: `Bearer ${TOKEN}` },
      // A request whose server was killed may never end.
      signal: AbortSignal.any([signal, AbortSignal.timeout(POST_MS)]),
    });
    return response.status === 200;
  };
  const senders = [
    sender('direct', (camera, picture) => published(direct, camera, picture)),
    sender('posted', posted),
    sender('queued', async (camera, picture) => {
      // mosquitto acknowledges these at once, and camd must store all of them: send no more than camd can store.
      await sleep(40);
      return published(queued, camera, picture);
    }),
  ];

  let running = first;
  const lost: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const before = new Map(counts);
    const grown = (kind: string) => (counts.get(kind) ?? 0) - (before.get(kind) ?? 0) >= PER_LIFE;
    await until(() => grown('direct') && grown('posted'), 'acknowledged pictures', 60_000);
    running.signal('SIGKILL');
    await running.ended;
    lost.push(...check().filter((name) => !name.startsWith('queued')));
    running = await startDaemon(t, profile);
  }
  controller.abort();
  direct.end(true);
  await Promise.race([Promise.all(senders), sleep(2000)]);
  await until(
    async () => {
      await sleep(250);
      return check().length === 0;
    },
    'the queue of mosquitto',
    120_000,
  ).catch(() => t.comment(`missing: ${check().slice(0, 20)}`));

  t.same(lost, []);
  t.same(check(), []);
  t.comment(`${acknowledged.size} pictures acknowledged: ${JSON.stringify(Object.fromEntries(counts))}`);
});

t.test('without free space camd acknowledges nothing, still serves viewers, and recovers by itself', async (t) => {
  const [mqttPort, httpPort] = [await freePort(), await freePort()];
  const profile = (minFree: string) => dedent`
    camd: 1
    pipeline:
      inside: { use: mqtt/broker, listen: 127.0.0.1:${mqttPort}, anonymous: { publish: ['#'] } }
      web: { use: http/server, listen: 127.0.0.1:${httpPort} }
      direct: { use: source/mqtt, via: inside, topic: 's/{camera}' }
      posted: { use: source/http, on: web, path: '/s/{camera}', token: ${TOKEN} }
      latest: { use: cache/latest, from: [direct, posted] }
      view: { use: http/snapshot, on: web, from: latest, path: '/{camera}.jpg' }
      kept: { use: store/disk, from: latest, path: pictures, min_free: ${minFree} }
  `;
  const camd = await run(t, profile('1000TiB'));
  const client = await outsider(t, `mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 100 });
  const view = async (camera: string) => (await fetch(`http://127.0.0.1:${httpPort}/${camera}.jpg`)).arrayBuffer();
  const post = () =>
    fetch(`http://127.0.0.1:${httpPort}/s/posted`, {
      method: 'POST',
      body: new Uint8Array(make('posted')),
      headers: { 'content-type': 'image/jpeg', authorization: `Bearer ${TOKEN}` },
    });
  let acknowledged = false;

  const published = client.publishAsync('s/screen', make('published'), { qos: 1 }).then(() => {
    acknowledged = true;
  });
  const refused = await post();
  await until(() => (camd.status('inside').metrics.refused_total ?? 0) > 1, 'the message to be sent again');
  const seen = [await view('screen'), await view('posted')].map((bytes) => nameOf(Buffer.from(bytes), make));
  const before = { acknowledged, files: visiblePictures(join(camd.folder, 'pictures')).size };
  await camd.reload(profile('1MiB'));
  await published;
  const accepted = await post();

  t.equal(refused.status, 503);
  t.ok(Number(refused.headers.get('retry-after')) > 0);
  t.same(seen, ['published', 'posted'], 'viewers see pictures that could not be stored');
  t.same(before, { acknowledged: false, files: 0 });
  t.equal(accepted.status, 200);
  const names = new Set([...visiblePictures(join(camd.folder, 'pictures')).values()].map((data) => nameOf(data, make)));
  t.same(names, new Set(['published', 'posted']));
});
