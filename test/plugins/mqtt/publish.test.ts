// mqtt/publish: encodings, intervals, changes, heartbeats, and Home Assistant discovery.

import type { MqttClient } from 'mqtt';
import t from 'tap';
import { type Clock, systemClock } from '../../../core/base/clock.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, type Running, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const picture = (seed: number) => sampleJpeg({ width: 16, height: 16, seed });

async function publisher(t: Ending, ...options: string[]) {
  return publisherAt(t, systemClock, ...options);
}

async function publisherAt(t: Ending, clock: Clock, ...options: string[]) {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/broker, listen: 127.0.0.1:${port}, anonymous: { publish: ['#'], subscribe: ['#'] } }
      in: { use: source/mqtt, via: broker, topic: 'in/{camera}' }
      out:
        use: mqtt/publish
        from: in
        via: broker
        ${options.join('\n        ')}
  `,
    { clock },
  );
  return { camd, ...(await watcher(t, `mqtt://127.0.0.1:${port}`)) };
}

async function watcher(t: Ending, url: string) {
  const client: MqttClient = await outsider(t, url);
  const seen: { topic: string; payload: Buffer; retain: boolean }[] = [];
  client.on('message', (topic, payload, { retain }) => void seen.push({ topic, payload, retain }));
  await client.subscribeAsync(['out/#', 'beat/#', 'homeassistant/#', 'camd/#'], { qos: 1 });
  const send = (camera: string, seed: number) => client.publishAsync(`in/${camera}`, picture(seed), { qos: 1 });
  const of = (topic: string) => seen.filter((message) => message.topic === topic);
  return { client, seen, send, of };
}

t.test('raw, base64 and JSON', async (t) => {
  const expected = picture(1).toString('base64');
  for (const encoding of ['raw', 'base64', 'json']) {
    const { send, of } = await publisher(t, 'topic: out/{camera}', `encoding: ${encoding}`, 'qos: 1');

    await send('lobby', 1);
    await until(() => of('out/lobby').length === 1, 'the picture');

    const payload = of('out/lobby')[0]?.payload ?? Buffer.alloc(0);
    if (encoding === 'raw') t.ok(payload.equals(picture(1)));
    else if (encoding === 'base64') t.equal(payload.toString(), expected);
    else t.match(JSON.parse(payload.toString()), { image: expected, camera: 'lobby', width: 16, type: 'image/jpeg' });
  }
});

t.test('on_change skips a picture that equals the previous one', async (t) => {
  const { camd, send, of } = await publisher(t, 'topic: out/{camera}', 'on_change: true');

  for (const seed of [1, 1, 2]) {
    const before = camd.status('out').framesIn;
    await send('lobby', seed);
    await until(() => camd.status('out').framesIn > before, 'the picture to arrive');
  }
  await until(() => of('out/lobby').length === 2, 'two pictures');

  t.equal(camd.status('out').metrics.unchanged_total, 1);
});

t.test(
  'at an interval only the newest picture of each camera is published, once; the heartbeat continues',
  async (t) => {
    const time = manualClock();
    const starting = publisherAt(
      t,
      time.clock,
      'topic: out/{camera}',
      'every: 500ms',
      'heartbeat: { topic: "beat/{camera}", every: 1s }',
    );
    let started = false;
    starting.then(() => (started = true)).catch(() => {});
    // The broker opens its port shortly after its nodes have started.
    await until(async () => {
      await time.advance(10);
      return started;
    }, 'the broker to listen');
    const { camd, send, of } = await starting;

    for (let seed = 1; seed <= 20; seed++) await send('lobby', seed);
    await send('cafe', 99);
    await until(() => camd.status('out').framesIn === 21, 'the pictures to arrive');
    const early = of('out/lobby').length;
    await time.advance(500);
    await until(() => of('out/lobby').length > 0 && of('out/cafe').length > 0, 'the newest');
    for (let beats = of('beat/lobby').length, round = 0; round < 2; round++) {
      await time.advance(1000);
      await until(() => of('beat/lobby').length > beats, 'a heartbeat');
      beats = of('beat/lobby').length;
    }

    t.equal(early, 0, 'nothing is published before the interval has passed');
    t.same(
      of('out/lobby').map(({ payload }) => payload),
      [picture(20)],
    );
    t.same(
      of('out/cafe').map(({ payload }) => payload),
      [picture(99)],
    );
    t.match(JSON.parse(of('beat/lobby').at(-1)?.payload.toString() ?? ''), {
      camera: 'lobby',
      time: /Z$/,
      picture: /Z$/,
    });
    t.equal(camd.status('out').state.is, 'running');
  },
);

t.test(
  'Home Assistant discovers a camera and an image, again after its start, and receives offline when camd stops',
  async (t) => {
    const { camd, client, send, of, seen } = await publisher(
      t,
      'topic: out/{camera}',
      'encoding: base64',
      'discovery: { device: Hall }',
    );
    const configs = () => seen.filter(({ topic }) => /^homeassistant\/.*\/config$/.test(topic));

    await send('lobby.1', 1);
    await until(() => configs().length === 2, 'both entities');
    const [camera, image] = configs().map(({ payload }) => JSON.parse(payload.toString()) as Record<string, unknown>);
    await client.publishAsync('homeassistant/status', 'online');
    await until(() => configs().length === 4, 'both entities again');
    await camd.reload(dedent`
    camd: 1
    pipeline: { other: { use: registry/list, cameras: [] } }
  `);
    const last = of('camd/status').map(({ payload }) => payload.toString());

    t.same(
      configs()
        .slice(0, 2)
        .map(({ topic }) => topic),
      [
        'homeassistant/camera/camd_out_lobby_2e_1_camera/config',
        'homeassistant/image/camd_out_lobby_2e_1_image/config',
      ],
    );
    t.match(camera, {
      topic: 'out/lobby.1',
      image_encoding: 'b64',
      unique_id: 'camd_out_lobby_2e_1_camera',
      availability: [{ topic: 'camd/status' }],
      device: { identifiers: ['camd_Hall'], name: 'Hall' },
      origin: { name: 'camd' },
    });
    t.match(image, { image_topic: 'out/lobby.1', image_encoding: 'b64' });
    t.equal(last[0], 'online');
  },
);

t.test('while the broker is away pictures are dropped and counted, afterwards publishing continues', async (t) => {
  const broker = await mosquitto(t);
  const camd: Running = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      camera: { use: source/test-pattern, fps: 10, size: 64x48 }
      broker: { use: mqtt/client, url: '${broker.url}', reconnect_within: 200ms }
      out: { use: mqtt/publish, from: camera, via: broker, topic: 'out/{camera}', retain: true, discovery: {} }
  `,
  );
  const first = await watcher(t, broker.url);
  await until(() => first.of('out/camera').length > 2, 'pictures');
  first.client.end(true);

  await broker.kill();
  await camd.state('out', 'degraded');
  await until(() => (camd.status('out').metrics.unsent_total ?? 0) > 2, 'pictures to be dropped');
  await broker.start();
  await camd.state('out', 'running');
  const second = await watcher(t, broker.url);
  await until(() => second.of('out/camera').length > 2, 'pictures again');

  t.ok(
    second.seen.some(({ topic }) => topic.startsWith('homeassistant/camera/')),
    'announced again',
  );
  t.equal(camd.status('out').restarts, 0);
});

for (const version of ['5', '3.1.1']) {
  t.test(
    `pictures over the broker's limit (MQTT ${version}): the node names their size, and small ones go on`,
    async (t) => {
      const broker = await mosquitto(t, { lines: ['max_packet_size 40000'] });
      const { seen } = await watcher(t, broker.url);
      const camd = await run(
        t,
        dedent`
        camd: 1
        pipeline:
          big: { use: source/test-pattern, fps: 2, size: 1920x1080 }
          small: { use: source/test-pattern, fps: 2, size: 64x48 }
          broker: { use: mqtt/client, url: "${broker.url}", version: "${version}", reconnect_within: 1s }
          out: { use: mqtt/publish, from: big, via: broker, topic: "out/{camera}", qos: 1 }
          too: { use: mqtt/publish, from: small, via: broker, topic: "out/{camera}", qos: 1 }
      `,
      );
      let why = '';
      const isRefused = (): boolean => {
        const { state } = camd.status('out');
        if (state.is === 'degraded') why = state.why;
        return /max_packet_size/.test(why);
      };

      await until(() => isRefused() && camd.status('broker').state.is === 'running', 'the reason');
      const before = seen.length;
      await until(() => seen.length > before + 2, 'small pictures');

      t.match(why, /KiB|kB|B/);
      t.notOk(seen.some(({ topic }) => topic === 'out/big'));
    },
  );
}

t.test('a broker that refuses every publish makes the node degraded, not running', async (t) => {
  const broker = await mosquitto(t, { lines: ['acl_file FOLDER/rules.acl'], files: { 'rules.acl': 'topic read #\n' } });
  const camd = await run(
    t,
    dedent`
      camd: 1
      pipeline:
        cam: { use: source/test-pattern, fps: 2, size: 64x48 }
        broker: { use: mqtt/client, url: "${broker.url}", version: "5" }
        out: { use: mqtt/publish, from: cam, via: broker, topic: "out/{camera}", qos: 1 }
    `,
  );

  await until(() => /Not authorized/i.test(JSON.stringify(camd.status('out').state)), 'the reason in the state');

  t.match(camd.status('out').state, { is: 'degraded' });
});
