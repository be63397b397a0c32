// Two listeners of infoscreen-listener.yaml at a real mosquitto: one is killed, and the other receives the pictures of its screens.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { camd } from './support/cli.ts';
import { startDaemon } from './support/daemon.ts';
import type { Ending } from './support/harness.ts';
import { mosquitto, outsider } from './support/mosquitto.ts';
import { nameOf, pictureMaker, visiblePictures } from './support/pictures.ts';
import { until } from './support/until.ts';

t.setTimeout(300_000);
const PATIENCE_MS = 120_000;
const TOKEN = 'correct-horse-battery';
const make = pictureMaker(4096);
const config = (name: string) => readFileSync(`configs/${name}.yaml`, 'utf8');

async function two(t: Ending, session: 'clean' | 'persistent') {
  const broker = await mosquitto(t, { lines: ['sys_interval 1'] });
  const server = await startDaemon(t, config('infoscreen-server'), {
    env: { INFOSCREEN_TOKEN: TOKEN, API_LISTEN: '127.0.0.1:0', MQTT_URL: broker.url },
  });
  const api = await server.origin('api');
  const added = await camd(['clients', 'add', 'lobby', '--config', server.file], { env: { INFOSCREEN_TOKEN: TOKEN } });
  if (added.code !== 0) throw new Error(added.err);
  const listener = async (id: string) => {
    const env = {
      MQTT_SHARE: '$share/infoscreen/',
      INFOSCREEN_TOKEN: TOKEN,
      MQTT_URL: broker.url,
      API_BASE_URL: api,
      STATUS_LISTEN: '127.0.0.1:0',
    };
    const started = await startDaemon(t, config('infoscreen-listener'), {
      env: { ...env, MQTT_CLIENT_ID: id, MQTT_SESSION: session, SPOOL_FOLDER: join(server.folder, `spool-${id}`) },
    });
    const status = await started.origin('status');
    await until(async () => (await fetch(`${status}/readyz`)).status === 200, 'the listener', PATIENCE_MS);
    return started;
  };
  const listeners = [await listener('one'), await listener('two')] as const;
  const screen = await outsider(t, broker.url);
  let connected = 0;
  screen.on('message', (_topic, payload) => {
    connected = Number(payload);
  });
  await screen.subscribeAsync('$SYS/broker/clients/connected');
  // The API, the listeners and the screen.
  await until(() => connected === 4, 'the broker to report all clients', PATIENCE_MS);
  const killFirst = async () => {
    listeners[0].signal('SIGKILL');
    await listeners[0].ended;
    // Until the broker has seen the end of the connection, it sends messages there: they are lost with a clean session.
    await until(() => connected === 3, 'the broker to report the end of the listener', PATIENCE_MS);
  };
  const send = async (names: readonly string[]) => {
    for (const name of names) await screen.publishAsync('infoscreen/lobby/screenshot', make(name), { qos: 1 });
  };
  const folder = join(server.folder, 'screenshots');
  const kept = () => {
    if (readdirSync(server.folder).every((name) => name !== 'screenshots')) return new Set<string | undefined>();
    const files = [...visiblePictures(folder)].filter(([path]) => path.includes('_'));
    return new Set(files.map(([, data]) => nameOf(data, make)));
  };
  const all = (names: readonly string[]) => names.every((name) => kept().has(name));
  return { killFirst, second: listeners[1], listener, send, all };
}

const named = (prefix: string) => Array.from({ length: 12 }, (_, index) => `${prefix} ${index}`);

t.test('with clean sessions, the other listener receives all pictures sent after one was killed', async (t) => {
  const { killFirst, second, send, all } = await two(t, 'clean');
  await send(named('before'));
  await until(() => all(named('before')), 'the first pictures', PATIENCE_MS);

  await killFirst();
  await send(named('after'));
  const from = performance.now();
  await until(() => all(named('after')), 'all later pictures', PATIENCE_MS);

  t.comment(`the last picture was on disk ${Math.round(performance.now() - from)} ms after it was sent`);
  t.equal(second.lines.filter(({ level }) => level === 'error').length, 0);
});

t.test('with persistent sessions, the broker keeps the pictures for a killed listener until it returns', async (t) => {
  const { killFirst, listener, send, all } = await two(t, 'persistent');
  await send(named('before'));
  await killFirst();
  await send(named('after'));

  await listener('one');
  await until(() => all([...named('before'), ...named('after')]), 'every picture', PATIENCE_MS);

  t.pass('no picture is lost');
});
