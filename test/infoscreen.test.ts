// The shipped infoscreen profiles: many screens through a real mosquitto, and all in one process.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { toImage } from '../plugins/kit/image/recognise.ts';
import { camd, folderWith } from './support/cli.ts';
import { type DaemonProcess, startDaemon } from './support/daemon.ts';
import { dedent } from './support/dedent.ts';
import { freePort } from './support/free-port.ts';
import { type Ending, run as inProcess } from './support/harness.ts';
import { type Mosquitto, mosquitto, outsider } from './support/mosquitto.ts';
import { nameOf, pictureMaker, visiblePictures } from './support/pictures.ts';
import { until } from './support/until.ts';

const long = process.env.CAMD_LONG === '1';
// Three processes flush hundreds of pictures to the disk: this takes long on a loaded machine.
t.setTimeout(600_000);
const PATIENCE_MS = 300_000;

const TOKEN = 'correct-horse-battery';
const run = promisify(execFile);
const make = pictureMaker(8192);
const config = (name: string) => readFileSync(`configs/${name}.yaml`, 'utf8');

async function fleet(t: Ending, broker: Mosquitto, screens: readonly string[]) {
  const server = await startDaemon(t, config('infoscreen-server'), {
    env: { INFOSCREEN_TOKEN: TOKEN, API_LISTEN: '127.0.0.1:0', MQTT_URL: broker.url },
  });
  const api = await server.origin('api');
  await clients(server, 'add', ...screens);
  const spool = join(server.folder, 'spool');
  const listener = await startDaemon(t, config('infoscreen-listener'), {
    env: {
      ...{ INFOSCREEN_TOKEN: TOKEN, MQTT_URL: broker.url, API_BASE_URL: api },
      ...{ STATUS_LISTEN: '127.0.0.1:0', SPOOL_FOLDER: spool },
    },
  });
  const status = await listener.origin('status');
  const ready = async () => (await fetch(`${status}/readyz`)).status === 200;
  return { api, listener, status, ready, folder: join(server.folder, 'screenshots') };
}

function clients(server: DaemonProcess, ...args: string[]) {
  return camd(['clients', ...args, '--config', server.file], { env: { INFOSCREEN_TOKEN: TOKEN } });
}

async function metric(origin: string, name: string, node: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text.split('\n').find((entry) => entry.startsWith(`camd_${name}{`) && entry.includes(`node="${node}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** The number of pictures that are kept beside the latest ones; opens no file. */
const count = (folder: string) => readdirSync(folder).filter((name) => /^[^.].*_.*\.jpg$/.test(name)).length;

/** Pictures of each screen that are kept beside its latest one, by their names. */
function kept(folder: string): Set<string> {
  const names = [...visiblePictures(folder)]
    .filter(([path]) => path.includes('_'))
    .map(([, data]) => nameOf(data, make));
  return new Set(names.map((name) => name ?? 'torn'));
}

t.test(
  '200 screens publish: camd stores every picture, and rejects and counts unknown screens (404) and bad pictures (400)',
  async (t) => {
    const screens = Array.from({ length: 200 }, (_, index) => `screen-${index}`);
    const broker = await mosquitto(t);
    const { api, status, ready, folder } = await fleet(t, broker, screens);
    await until(ready, 'the listener to have subscribed');

    const publishers = await Promise.all(screens.map(() => outsider(t, broker.url)));
    for (const round of [1, 2]) {
      const sent = screens
        .slice(0, round === 1 ? 200 : 50)
        .map((screen, index) =>
          publishers[index]?.publishAsync(`infoscreen/${screen}/screenshot`, make(`${screen} ${round}`), { qos: 1 }),
        );
      await Promise.all(sent);
    }
    const [publisher] = publishers;
    for (let index = 0; index < 5; index++) {
      await publisher?.publishAsync(`infoscreen/stranger-${index}/screenshot`, make('stranger'), { qos: 1 });
      await publisher?.publishAsync(`infoscreen/${screens[index]}/screenshot`, 'no picture', { qos: 1 });
    }
    await until(() => count(folder) >= 250, 'all pictures', PATIENCE_MS);
    await until(async () => (await metric(api, 'accepted_total', 'uploads')) >= 250, 'all to be acknowledged');
    await until(async () => (await metric(status, 'refused_total', 'spool')) >= 5, 'the unknown screens');
    await until(async () => (await metric(status, 'bad_payloads_total', 'screens')) >= 5, 'the bad pictures');
    const bad = await fetch(`${api}/api/clients/${screens[0]}/screenshot`, {
      method: 'POST',
      body: JSON.stringify({ image: 'AAAA' }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    });
    const anonymous = await fetch(`${api}/api/clients/${screens[0]}/screenshot`, { method: 'POST', body: 'x' });

    const files = visiblePictures(folder);
    for (const [index, screen] of screens.entries()) {
      const latest = files.get(`${screen}.jpg`);
      const served = Buffer.from(await (await fetch(`${api}/screenshots/${screen}.jpg`)).arrayBuffer());
      const newest = make(`${screen} ${index < 50 ? 2 : 1}`);
      if (!latest?.equals(newest) || !served.equals(newest))
        t.fail(`the latest picture of ${screen} is not its newest one`);
    }
    t.equal(kept(folder).size, 250);
    t.notOk(kept(folder).has('torn'));
    t.equal(bad.status, 400);
    t.equal(anonymous.status, 401);
    t.equal((await fetch(`${api}/screenshots/stranger-1.jpg`)).status, 404);
    t.ok((await metric(api, 'answered_404_total', 'uploads')) >= 5, 'a message that arrives twice is rejected twice');
    t.equal(await metric(api, 'answered_400_total', 'uploads'), 1);
  },
);

t.test('camd recovers when mosquitto is absent at start and when it is killed and restarted repeatedly', async (t) => {
  const broker = await mosquitto(t, { started: false });
  const { ready, folder, listener } = await fleet(t, broker, ['lobby']);
  t.equal(await ready(), false);

  for (let round = 0; round < (long ? 12 : 3); round++) {
    await broker.start();
    await until(ready, 'the listener to be ready');
    const publisher = await outsider(t, broker.url, { reconnectPeriod: 0 });
    await publisher.publishAsync('infoscreen/lobby/screenshot', make(`lobby ${round}`), { qos: 1 });
    await until(() => kept(folder).has(`lobby ${round}`), 'the picture of this round');
    if (long) await sleep(10_000);
    await broker.kill();
    await until(async () => !(await ready()), 'the listener not to be ready');
  }

  t.notOk(kept(folder).has('torn'));
  t.same(
    listener.lines.filter(({ level }) => level === 'error'),
    [],
    'the listener logs no error',
  );
});

t.test('infoscreen.yaml with mosquitto_pub and HTTP only', async (t) => {
  const port = await freePort();
  const camdOne = await startDaemon(t, config('infoscreen'), {
    env: { MQTT_LISTEN: `127.0.0.1:${port}`, API_LISTEN: '127.0.0.1:0' },
  });
  const api = await camdOne.origin('api');
  const picture = make('lobby 1');
  const file = join(camdOne.folder, 'picture.jpg');
  writeFileSync(file, picture);
  const publish = (id: string) =>
    run('mosquitto_pub', ['-p', String(port), '-q', '1', '-t', `infoscreen/${id}/screenshot`, '-f', file]);

  await until(async () => publish('lobby').then(Boolean, () => false), 'the broker to take the picture');
  const unknown = (await fetch(`${api}/screenshots/lobby.jpg`)).status;
  const added = await clients(camdOne, 'add', 'lobby');
  await until(async () => {
    await publish('lobby');
    return (await fetch(`${api}/screenshots/lobby.jpg`)).status === 200;
  }, 'the first picture');
  const byJpg = await fetch(`${api}/screenshots/lobby.jpg`);
  const bare = await fetch(`${api}/screenshots/lobby`);
  const posted = await fetch(`${api}/api/clients/lobby/screenshot`, {
    method: 'POST',
    body: JSON.stringify({ image: make('lobby 2').toString('base64') }),
    headers: { 'content-type': 'application/json' },
  });
  const after = Buffer.from(await (await fetch(`${api}/screenshots/lobby.jpg`)).arrayBuffer());

  t.equal(unknown, 404);
  t.match(added, { code: 0, out: 'added lobby\n' });
  t.ok(Buffer.from(await byJpg.arrayBuffer()).equals(picture));
  t.ok(Buffer.from(await bare.arrayBuffer()).equals(picture));
  t.equal(bare.headers.get('content-type'), 'image/jpeg');
  t.equal(posted.status, 200);
  t.ok(after.equals(make('lobby 2')), 'camd serves the acknowledged picture');
});

t.test(
  'infoscreen-client.yaml publishes scaled screenshots at an interval, a heartbeat and its online status',
  async (t) => {
    const broker = await mosquitto(t);
    const watcher = await outsider(t, broker.url);
    const seen = new Map<string, Buffer>();
    watcher.on('message', (topic, payload) => void seen.set(topic, payload));
    await watcher.subscribeAsync('infoscreen/#', { qos: 1 });
    const folder = folderWith(t, {});
    const screenshot = join(folder, 'screen.png');
    await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=1920x1080', '-frames:v', '1', screenshot]);

    const screen = await inProcess(
      t,
      dedent`
      camd: 1
      include: [infoscreen-client.yaml]
      vars: { interval: 1s }
      pipeline:
        screen: { command: [cat, ${screenshot}] }
    `,
      {
        env: { MQTT_URL: broker.url, SCREEN_ID: 'hall' },
        files: { 'infoscreen-client.yaml': config('infoscreen-client') },
      },
    );
    await until(() => seen.size === 3, 'picture, heartbeat and status');

    const picture = toImage(seen.get('infoscreen/hall/screenshot') ?? Buffer.alloc(0), false);
    t.match(picture, { type: 'image/jpeg', width: 1280, height: 720 });
    t.match(JSON.parse(String(seen.get('infoscreen/hall/heartbeat'))), { time: /Z$/ });
    t.equal(String(seen.get('infoscreen/hall/status')), 'online');
    t.equal(screen.status('out').state.is, 'running');
  },
);

t.test(
  'the shipped client profile delivers to the shipped server profile, without an error on either side',
  async (t) => {
    const port = await freePort();
    const server = await startDaemon(t, config('infoscreen'), {
      env: { MQTT_LISTEN: `127.0.0.1:${port}`, API_LISTEN: '127.0.0.1:0' },
    });
    const api = await server.origin('api');
    await clients(server, 'add', 'hall');
    const screen = await inProcess(
      t,
      dedent`
      camd: 1
      include: [infoscreen-client.yaml]
      vars: { interval: 1s, heartbeat: 1s }
      pipeline:
        screen: null
        pattern: { use: source/test-pattern, fps: 1, size: 320x240 }
        smaller: { from: pattern }
    `,
      {
        env: { MQTT_URL: `mqtt://127.0.0.1:${port}`, SCREEN_ID: 'hall' },
        files: { 'infoscreen-client.yaml': config('infoscreen-client') },
      },
    );

    await until(async () => (await fetch(`${api}/screenshots/hall.jpg`)).status === 200, 'the picture', PATIENCE_MS);
    await until(() => Number(screen.status('broker').metrics.messages_out_total) >= 5, 'heartbeats and pictures');

    t.equal(screen.status('broker').metrics.connects_total, 1, 'the broker has not disconnected the screen');
    t.match(screen.status('out').state, { is: 'running' });
  },
);
