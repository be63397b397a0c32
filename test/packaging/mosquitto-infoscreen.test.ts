// packaging/mosquitto/infoscreen.conf and .acl in a real mosquitto: TLS, a user for each screen, and separate topics.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import t from 'tap';
import { authority } from '../support/authority.ts';
import { folderWith } from '../support/cli.ts';
import { dedent } from '../support/dedent.ts';
import { freePort } from '../support/free-port.ts';
import { type Ending, run } from '../support/harness.ts';
import { mosquitto, outsider } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

const CLIENT = readFileSync('configs/infoscreen-client.yaml', 'utf8');

/** The shipped files with other paths and another port. */
async function site(t: Ending) {
  const { ca, cert, key } = authority(t);
  const users = join(folderWith(t, {}), 'users');
  for (const [index, name] of ['listener', 'lobby', 'cafe'].entries()) {
    execFileSync('mosquitto_passwd', ['-b', ...(index === 0 ? ['-c'] : []), users, name, `${name}-password`]);
  }
  const port = await freePort();
  const lines = readFileSync('packaging/mosquitto/infoscreen.conf', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && line !== 'persistence true')
    .map((line) => line.replace('8883', String(port)).replace(/\/etc\/mosquitto(\/certs)?/, 'FOLDER'));
  const broker = await mosquitto(t, {
    lines,
    files: {
      'broker.crt': cert,
      'broker.key': key,
      'infoscreen.passwd': readFileSync(users),
      'infoscreen.acl': readFileSync('packaging/mosquitto/infoscreen.acl'),
    },
  });
  const url = `mqtts://localhost:${port}`;
  const login = (username: string, password = `${username}-password`) => ({
    ...{ username, password, ca: readFileSync(ca) },
  });
  return { broker, url, ca, login };
}

t.test(
  'a screen writes under its own id only; the listener reads all; a client without a password is refused',
  async (t) => {
    const { url, login } = await site(t);
    const listener = await outsider(t, url, login('listener'));
    const seen: string[] = [];
    listener.on('message', (topic) => void seen.push(topic));
    await listener.subscribeAsync(['$share/infoscreen/infoscreen/+/screenshot', 'infoscreen/+/heartbeat'], { qos: 1 });
    const lobby = await outsider(t, url, { ...login('lobby'), protocolVersion: 5 });
    const cafe = await outsider(t, url, login('cafe'));
    const commands: string[] = [];
    lobby.on('message', (_topic, payload) => void commands.push(payload.toString()));
    await lobby.subscribeAsync(['infoscreen/+/command', 'infoscreen/+/screenshot'], { qos: 1 });

    await t.rejects(lobby.publishAsync('infoscreen/cafe/screenshot', 'x', { qos: 1 }), /not authorized/i);
    await lobby.publishAsync('infoscreen/lobby/screenshot', 'x', { qos: 1 });
    await cafe.publishAsync('infoscreen/cafe/heartbeat', 'x', { qos: 1 });
    await listener.publishAsync('infoscreen/cafe/command', 'for the cafe', { qos: 1 });
    await listener.publishAsync('infoscreen/lobby/command', 'for the lobby', { qos: 1 });
    await until(() => commands.length > 0 && seen.length === 2, 'the permitted messages');

    t.same(seen.sort(), ['infoscreen/cafe/heartbeat', 'infoscreen/lobby/screenshot']);
    t.same(commands, ['for the lobby'], 'a screen cannot read the pictures and commands of others');
    await t.rejects(mqtt.connectAsync(url, { ...login('lobby', 'wrong'), reconnectPeriod: 0 }), /not authorized/i);
    const { ca } = login('lobby');
    await t.rejects(mqtt.connectAsync(url, { ca, reconnectPeriod: 0 }), /not authorized/i);
  },
);

t.test('a reload of mosquitto disconnects a revoked screen, and the others stay connected', async (t) => {
  const { broker, url, login } = await site(t);
  const lobby = await outsider(t, url, login('lobby'));
  const cafe = await outsider(t, url, login('cafe'));

  const path = join(broker.folder, 'infoscreen.passwd');
  const left = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, left.filter((line) => !line.startsWith('lobby:')).join('\n'));
  broker.signal('SIGHUP');
  await until(() => !lobby.connected, 'the revoked screen to be disconnected');

  await cafe.publishAsync('infoscreen/cafe/heartbeat', 'x', { qos: 1 });
  t.ok(cafe.connected);
  await t.rejects(mqtt.connectAsync(url, { ...login('lobby'), reconnectPeriod: 0 }), /not authorized/i);
});

t.test('infoscreen-client.yaml delivers through it', async (t) => {
  const { url, ca, login } = await site(t);
  const listener = await outsider(t, url, login('listener'));
  const seen = new Set<string>();
  listener.on('message', (topic) => void seen.add(topic));
  await listener.subscribeAsync('infoscreen/#', { qos: 1 });

  const screen = await run(
    t,
    dedent`
      camd: 1
      include: [client.yaml]
      vars: { interval: 1s, heartbeat: 1s }
      pipeline:
        screen: null
        pattern: { use: source/test-pattern, fps: 1, size: 320x240 }
        smaller: { from: pattern }
        broker: { ca: ${ca} }
    `,
    {
      env: { MQTT_URL: url, MQTT_USERNAME: 'lobby', MQTT_PASSWORD: 'lobby-password', SCREEN_ID: 'lobby' },
      files: { 'client.yaml': CLIENT },
    },
  );

  await until(() => seen.size === 3, 'picture, heartbeat and status');
  t.match(screen.status('out').state, { is: 'running' });
});
