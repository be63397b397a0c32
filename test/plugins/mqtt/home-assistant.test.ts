// mqtt/publish and Home Assistant, at a real mosquitto: availability of cameras, and cleanup of removed ones.

import t from 'tap';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { type Mosquitto, mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const picture = sampleJpeg({ width: 16, height: 16 });

interface Setting {
  readonly cameras: readonly string[];
  /** Further lines of the publishing node. */
  readonly out?: readonly string[];
  readonly discovery?: string;
  readonly announced?: boolean;
}

/** Cameras that send continuously, and `in/{camera}` for pictures that the test sends. */
const profile = (broker: Mosquitto, { cameras, out = [], discovery = '{}' }: Setting) => dedent`
  camd: 1
  pipeline:
    broker: { use: mqtt/client, url: "${broker.url}" }
    pushed: { use: source/mqtt, via: broker, topic: "in/{camera}" }
    ${cameras.map((camera) => `${camera}: { use: source/test-pattern, fps: 2, size: 64x48 }`).join('\n    ')}
    wall:
      use: mqtt/publish
      from: [${['pushed', ...cameras].join(', ')}]
      via: broker
      topic: "out/{camera}"
      retain: true
      discovery: ${discovery}
      ${out.join('\n      ')}
`;

/** The retained messages, and the last message of each topic. */
async function kept(t: Ending, broker: Mosquitto) {
  const client = await outsider(t, broker.url);
  const last = new Map<string, string>();
  client.on('message', (topic, payload) => {
    if (payload.length === 0) last.delete(topic);
    else last.set(topic, payload.toString('latin1'));
  });
  await client.subscribeAsync(['homeassistant/#', 'camd/#', 'out/#'], { qos: 1 });
  const send = (camera: string) => client.publishAsync(`in/${camera}`, picture, { qos: 1 });
  return { client, last, send };
}

t.test('only a silent camera is unavailable, until its next picture', async (t) => {
  const broker = await mosquitto(t);
  const { client, last, send } = await kept(t, broker);
  await run(t, profile(broker, { cameras: ['yard'], discovery: '{ stale_after: 2s }' }));

  // On a busy machine a state may last too short to be seen, or a picture be too old when it arrives.
  const states: string[] = [];
  client.on('message', (topic, payload) => {
    if (topic === 'camd/status/wall/lobby') states.push(payload.toString());
  });
  const becomesOnline = async (from: number) => {
    if (!states.includes('online', from)) await send('lobby');
    return states.includes('online', from);
  };
  await until(() => last.get('camd/status') === 'online', 'camd to be online');
  await until(() => becomesOnline(0), 'the camera to be available');
  await until(() => last.get('camd/status/wall/lobby') === 'offline', 'the silent camera to be unavailable');
  await until(() => last.get('camd/status/wall/yard') === 'online', 'the other camera to be available');
  const silent = states.length;
  await until(() => becomesOnline(silent), 'the camera to be back');

  const config: unknown = JSON.parse(last.get('homeassistant/camera/camd_wall_lobby_camera/config') ?? '{}');
  t.match(config, {
    availability: [{ topic: 'camd/status' }, { topic: 'camd/status/wall/lobby' }],
    availability_mode: 'all',
  });
  t.equal(last.get('camd/status'), 'online');
});

t.test('a camera removed by a reload leaves no retained messages, and the others stay available', async (t) => {
  const broker = await mosquitto(t);
  const { last } = await kept(t, broker);
  const camd = await run(t, profile(broker, { cameras: ['yard', 'hall'] }));
  await until(() => last.get('camd/status/wall/hall') === 'online', 'the camera');
  await until(() => last.has('out/hall') && last.has('out/yard'), 'its pictures');

  await camd.reload(profile(broker, { cameras: ['yard'], out: ['qos: 1'] }));
  await until(
    () => ![...last.keys()].some((topic) => topic.includes('hall')),
    'all topics of the camera to be removed',
  );
  await until(() => last.get('camd/status') === 'online', 'camd to be online');

  t.equal(last.get('camd/status/wall/yard'), 'online');
  t.ok(last.has('homeassistant/camera/camd_wall_yard_camera/config'));
});

t.test('a changed node does not publish camd as offline', async (t) => {
  const broker = await mosquitto(t);
  const { client, last } = await kept(t, broker);
  const camd = await run(t, profile(broker, { cameras: ['yard'] }));
  await until(() => last.get('camd/status/wall/yard') === 'online', 'the camera');
  const statuses: string[] = [];
  client.on('message', (topic, payload) => {
    if (topic === 'camd/status') statuses.push(payload.toString());
  });

  await camd.reload(profile(broker, { cameras: ['yard'], out: ['qos: 1'] }));
  await until(() => statuses.length > 0, 'the new instance');
  await camd.stop();
  await until(
    () => statuses.at(-1) === 'offline',
    () => statuses.join(),
  );

  t.same([...new Set(statuses)], ['online', 'offline']);
  t.equal(statuses.indexOf('offline'), statuses.length - 1, 'offline is the last status');
});

t.test(
  'a camera that is missing after a restart is removed; those of other programs and other camds stay',
  async (t) => {
    const broker = await mosquitto(t);
    const first = await run(t, profile(broker, { cameras: ['yard', 'hall'] }));
    const before = await kept(t, broker);
    const announced = 'homeassistant/image/camd_wall_hall_image/config';
    await until(
      () => before.last.has(announced) && before.last.get('camd/status/wall/hall') === 'online',
      'both cameras',
    );
    const config = before.last.get(announced) ?? '';
    await first.stop();
    const others = {
      'homeassistant/camera/zigbee_hall/config': '{"name":"hall"}',
      'homeassistant/camera/camd_wall_pool_camera/config': config
        .replaceAll('camd/status', 'other/status')
        .replaceAll('hall', 'pool'),
      'homeassistant/camera/camd_wall_odd_camera/config': 'no JSON',
    };
    for (const [topic, payload] of Object.entries(others)) {
      await before.client.publishAsync(topic, payload, { qos: 1, retain: true });
    }

    await run(t, profile(broker, { cameras: ['yard'], discovery: '{ forget_after: 1s }' }));
    const after = await kept(t, broker);
    await until(() => after.last.get('camd/status/wall/yard') === 'online', 'the camera that stays');
    await until(
      () => ![...after.last.keys()].some((topic) => /wall.hall|out.hall/.test(topic)),
      'the other to be removed',
    );

    const late = await kept(t, broker);
    const stays = [...Object.keys(others), 'out/yard'];
    await until(() => stays.every((topic) => late.last.has(topic)), 'the retained messages');
    t.notOk([...late.last.keys()].some((topic) => topic.includes('camd_wall_hall') || topic === 'out/hall'));
    t.match(Object.fromEntries(late.last), others);
  },
);
