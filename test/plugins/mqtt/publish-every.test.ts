// mqtt/publish with send: every: a picture is complete once the broker has acknowledged it; a spool keeps pictures meanwhile.

import t from 'tap';
import { createFeed, makeCapture } from '../../../testing/index.ts';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { type Mosquitto, mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

async function spooled(t: Ending, broker: Mosquitto) {
  const feed = createFeed();
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: test/feed }
        spool: { use: store/spool, from: camera, path: ${folderWith(t, {})}, min_free: 1MiB }
        broker: { use: mqtt/client, url: '${broker.url}', client_id: camd, reconnect_within: 200ms }
        out: { use: mqtt/publish, from: spool, via: broker, topic: 'out/{camera}', qos: 1, send: every }
    `,
    { plugins: [feed.plugin] },
  );
  const send = (camera: string, seed: number) => feed.send({ ...makeCapture(seed), camera, key: `${camera}-${seed}` });
  const waiting = (): number => camd.status('spool').metrics.frames ?? 0;
  return { camd, send, waiting };
}

/** The seeds of all pictures that a subscriber receives. */
async function subscriber(t: Ending, broker: Mosquitto, clientId: string) {
  const seeds: number[] = [];
  const client = await outsider(t, broker.url, { clientId, clean: false, reconnectPeriod: 50 });
  client.on('message', (_topic, payload) => {
    for (let seed = 1; seed <= 20; seed++) if (makeCapture(seed).data.equals(payload)) seeds.push(seed);
  });
  await client.subscribeAsync('out/#', { qos: 1 });
  return seeds;
}

t.test('while the broker is away a spool keeps every picture, and publishes them in order afterwards', async (t) => {
  const broker = await mosquitto(t, { started: false });
  const { send, waiting, camd } = await spooled(t, broker);
  for (let seed = 1; seed <= 10; seed++) await send('lobby', seed);

  t.equal(waiting(), 10);
  await broker.start();
  const seeds = await subscriber(t, broker, 'reader');
  await until(() => waiting() === 0, 'the spool to be empty');
  await until(() => seeds.includes(10), 'the last picture');

  t.same(
    seeds.filter((seed, at) => seeds.indexOf(seed) === at),
    [...seeds].sort((a, b) => a - b).filter((seed, at, all) => all.indexOf(seed) === at),
  );
  t.ok((camd.status('spool').metrics.refused_total ?? 0) > 0);
});

t.test('pictures that arrive while a killed broker is away are published when it is back', async (t) => {
  const broker = await mosquitto(t);
  const seeds = await subscriber(t, broker, 'reader');
  const { send, waiting } = await spooled(t, broker);

  for (let seed = 1; seed <= 10; seed++) await send(`camera-${seed % 3}`, seed);
  await until(
    () => new Set(seeds).size === 10,
    () => `the first pictures; ${seeds} are there`,
  );
  await broker.kill();
  for (let seed = 11; seed <= 20; seed++) await send(`camera-${seed % 3}`, seed);
  t.ok(waiting() >= 10);
  await broker.start();

  await until(
    () => new Set(seeds).size === 20,
    () => `all pictures; ${seeds} are there`,
  );
  await until(() => waiting() === 0, 'the spool to be empty');
  t.equal(waiting(), 0);
});

t.test('send: every requires QoS 1 and no interval', async (t) => {
  const start = run(
    t,
    dedent`
      camd: 1
      pipeline:
        camera: { use: source/test-pattern }
        broker: { use: mqtt/client, url: 'mqtt://127.0.0.1:1' }
        out: { use: mqtt/publish, from: camera, via: broker, topic: 'out/{camera}', send: every, every: 1s }
    `,
  );

  await t.rejects(start, /needs "qos: 1"/);
  await t.rejects(start, /an interval leaves pictures out/);
});
