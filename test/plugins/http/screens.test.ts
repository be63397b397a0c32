// http/screens, from a request over HTTP to the screen that takes a picture at once, through a real mosquitto.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { folderWith } from '../../support/cli.ts';
import { dedent } from '../../support/dedent.ts';
import { type Ending, run } from '../../support/harness.ts';
import { sampleJpeg } from '../../support/jpeg.ts';
import { type Mosquitto, mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const TOKEN = 'correct-horse-battery';
const picture = (seed: number) => sampleJpeg({ width: 64, height: 48, seed });

async function server(
  t: Ending,
  broker: Mosquitto,
  options: { readonly auth?: string; readonly anyone?: boolean } = {},
) {
  const { auth = '{ bearer: { tokens: [correct-horse-battery] } }', anyone = false } = options;
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker: { use: mqtt/client, url: "${broker.url}", reconnect_within: 200ms }
      known: { use: registry/list, cameras: [lobby, cafe] }
      screens:
        use: source/mqtt
        via: broker
        topic: infoscreen/{camera}/screenshot
        status_topic: infoscreen/{camera}/status
        heartbeat_topic: infoscreen/{camera}/heartbeat
        command_topic: infoscreen/{camera}/command
        only: known
      latest: { use: cache/latest, from: screens, stale_after: 1h }
      web: { use: http/server, listen: "127.0.0.1:0", auth: ${auth} }
      state: { use: http/screens, on: web, from: latest, only: known, anyone: ${anyone} }
      metrics: { use: http/metrics, on: web, cameras: latest }
  `,
  );
  await camd.state('broker', 'running');
  const { origin } = camd.port('web', 'server');
  const ask = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
  const get = async (path: string) => (await ask(path)).json() as Promise<unknown>;
  const capture = (camera: string, headers = {}) => ask(`/api/clients/${camera}/capture`, { method: 'POST' }, headers);
  return { camd, origin, ask, get, capture };
}

t.test('status, heartbeat and last picture of each screen are shown, and exported to Prometheus', async (t) => {
  const broker = await mosquitto(t);
  const screen = await outsider(t, broker.url);
  await screen.publishAsync('infoscreen/lobby/status', 'online', { qos: 1, retain: true });
  const { get, ask } = await server(t, broker);
  const lobby = () => get('/api/clients/lobby/state') as Promise<Record<string, unknown>>;

  await until(async () => (await lobby()).status === 'online', 'the retained status');
  await screen.publishAsync('infoscreen/lobby/heartbeat', '{}');
  await screen.publishAsync('infoscreen/stranger/heartbeat', '{}');
  await screen.publishAsync('infoscreen/lobby/screenshot', picture(1), { qos: 1 });
  await until(
    async () => (await lobby()).heartbeat !== null && (await lobby()).picture !== null,
    'heartbeat and picture',
  );

  t.match(await lobby(), {
    camera: 'lobby',
    online: true,
    status: 'online',
    status_time: /Z$/,
    heartbeat: /Z$/,
    picture: /Z$/,
  });
  t.match(await get('/api/clients'), [
    { camera: 'cafe', online: false, status: null, heartbeat: null },
    { camera: 'lobby' },
  ]);
  t.equal((await ask('/api/clients/stranger/state')).status, 404);
  const metrics = await (await ask('/metrics')).text();
  t.match(metrics, /^camd_camera_last_picture_timestamp_seconds\{camera="lobby"\} 1[\d.]+$/m);
  t.match(metrics, /^camd_camera_online\{camera="lobby"\} 1$/m);
});

t.test('a permitted request for a picture is published to the screen', async (t) => {
  const broker = await mosquitto(t);
  const screen = await outsider(t, broker.url);
  const commands: string[] = [];
  screen.on('message', (topic, payload) => void commands.push(`${topic} ${payload.toString()}`));
  await screen.subscribeAsync('infoscreen/+/command', { qos: 1 });
  const { camd, origin, capture } = await server(t, broker);
  const path = `${origin}/api/clients/lobby/capture`;

  t.equal((await fetch(path, { method: 'POST' })).status, 401, 'credentials are required');
  t.equal(
    (await capture('lobby', { origin: 'http://evil.example' })).status,
    403,
    'pages of other origins are refused',
  );
  t.equal((await capture('stranger')).status, 404);
  const both = await Promise.all([capture('lobby'), capture('lobby')]);
  t.same(
    both.map(({ status }) => status),
    [202, 202],
    'a second concurrent request is the same request',
  );
  t.equal((await capture('cafe')).status, 202, 'also a screen that has sent nothing yet');
  await until(() => commands.length === 2, 'the commands');
  await broker.kill();
  await camd.state('broker', 'degraded');
  await until(async () => (await capture('lobby')).status === 503, 'the request to fail without the broker');

  t.same(commands, ['infoscreen/lobby/command {"name":"capture"}', 'infoscreen/cafe/command {"name":"capture"}']);
});

t.test('without a password on the server, visitors can request pictures only with "anyone"', async (t) => {
  const broker = await mosquitto(t);
  const closed = await server(t, broker, { auth: '{}' });
  const open = await server(t, broker, { auth: '{}', anyone: true });

  t.equal((await closed.capture('lobby')).status, 403);
  t.equal((await open.capture('lobby')).status, 202);
  t.equal((await open.capture('lobby', { origin: 'http://evil.example' })).status, 403);
});

t.test('infoscreen-client.yaml takes a picture at once on a command, and ignores a retained command', async (t) => {
  const broker = await mosquitto(t);
  const { camd, get, capture } = await server(t, broker);
  const folder = folderWith(t, {});
  const file = join(folder, 'screen.jpg');
  writeFileSync(file, picture(1));
  const screen = await run(
    t,
    dedent`
      camd: 1
      include: [client.yaml]
      vars: { interval: 1h }
      pipeline:
        screen: { command: [cat, ${file}] }
        smaller: null
        out: { from: screen }
    `,
    {
      env: { MQTT_URL: broker.url, SCREEN_ID: 'lobby' },
      files: { 'client.yaml': readFileSync('configs/infoscreen-client.yaml', 'utf8') },
    },
  );
  const metric = (name: string) => screen.status('out').metrics[name] ?? 0;
  const sees = async (seed: number) =>
    camd.port('latest', 'stills').latest('lobby')?.frame.data.equals(picture(seed)) === true;
  await until(
    async () => ((await get('/api/clients/lobby/state')) as { status: unknown }).status === 'online',
    'the screen',
  );

  writeFileSync(file, picture(2));
  t.equal((await capture('lobby')).status, 202);
  await until(() => sees(2), 'the requested picture');
  const outside = await outsider(t, broker.url);
  const before = metric('commands_total');
  await outside.publishAsync('infoscreen/lobby/command', 'rm -rf /', { qos: 1 });
  await until(() => metric('commands_dropped_total') >= 1, 'the foreign command to be dropped');

  t.equal(before, 1);
  t.equal(metric('commands_total'), 1);
});
