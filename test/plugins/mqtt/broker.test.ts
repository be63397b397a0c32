// mqtt/broker: conformance, users and rules, limits, WebSocket, and acknowledgement after acceptance.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import t from 'tap';
import { WebSocket } from 'ws';
import { mqttConformance } from '../../conformance/mqtt.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const OPEN = ['anonymous: { publish: ["#"], subscribe: ["#"] }'];

async function broker(t: Ending, ...options: string[]) {
  const port = await freePort();
  const camd = await run(t, profile(port, ...options));
  // On a busy machine its first start takes longer than the boot time limit.
  await camd.state('broker', 'running');
  return { camd, port, url: `mqtt://127.0.0.1:${port}`, mqtt: camd.port('broker', 'mqtt') };
}

const profile = (port: number, ...options: string[]) => dedent`
    camd: 1
    pipeline:
      broker:
        use: mqtt/broker
        listen: 127.0.0.1:${port}
        ${options.join('\n        ')}
`;

t.test('conforms', async (t) => {
  mqttConformance(t, async (t) => {
    const { mqtt, url } = await broker(t, ...OPEN);
    return { mqtt, outside: () => outsider(t, url) };
  });
});

t.test('the broker sends PUBACK only after the handler has accepted the message', async (t) => {
  const { mqtt, url } = await broker(t, ...OPEN);
  const order: string[] = [];
  let accept = () => {};
  mqtt.subscribe('a', 1, () => {
    order.push('handed');
    return new Promise<void>((resolve) => {
      accept = () => {
        order.push('accepted');
        resolve();
      };
    });
  });
  const client = await outsider(t, url);

  const published = client.publishAsync('a', 'x', { qos: 1 }).then(() => order.push('acknowledged'));
  await until(() => order.length > 0, 'the message');
  await sleep(50);
  accept();
  await published;

  t.same(order, ['handed', 'accepted', 'acknowledged']);
});

t.test('users receive and publish only topics that their rules allow', async (t) => {
  const { mqtt: port, url } = await broker(
    t,
    'users:',
    '  - { name: lobby, password: secret-1, publish: ["screens/%u/picture"] }',
    '  - { name: wall, password: secret-2, subscribe: ["screens/+/picture"] }',
  );
  const taken: string[] = [];
  port.subscribe('#', 0, ({ topic }) => void taken.push(topic));
  const refused = (options: mqtt.IClientOptions) =>
    new Promise((resolve) => {
      const client = mqtt.connect(url, { reconnectPeriod: 0, ...options });
      client.once('error', (error) => resolve(error.message));
      client.once('connect', () => resolve('connected'));
      t.teardown(async () => void client.end(true));
    });

  t.match(await refused({}), /Not authorized/);
  t.match(await refused({ username: 'lobby', password: 'wrong' }), /Not authorized/);
  t.match(await refused({ username: 'nobody', password: 'secret-1' }), /Not authorized/);
  const lobby = await outsider(t, url, { username: 'lobby', password: 'secret-1' });
  const wall = await outsider(t, url, { username: 'wall', password: 'secret-2' });
  const [granted] = await wall.subscribeAsync('screens/+/picture');
  await t.rejects(wall.subscribeAsync('screens/#'));
  await lobby.publishAsync('screens/lobby/picture', 'x', { qos: 1 });
  const cut = new Promise((resolve) => lobby.once('close', () => resolve(true)));
  lobby.publish('screens/cafe/picture', 'x', { qos: 0 });

  t.equal(granted?.qos, 0);
  t.equal(await cut, true, 'a publisher that breaks a rule is disconnected');
  t.same(taken, ['screens/lobby/picture']);
});

t.test(
  'a message of more than 4 KiB before CONNECT is accepted ends the connection before its body has arrived',
  async (t) => {
    const { camd, port } = await broker(t, ...OPEN, 'max_packet: 1KiB');
    const socket = connect(port, '127.0.0.1');
    t.teardown(() => void socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', () => resolve(true)));
    socket.on('error', () => {});

    // CONNECT, then a PUBLISH that declares 16 MiB and sends 2 bytes of it.
    socket.write(Buffer.from('100c00044d5154540402003c0000', 'hex'));
    socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x08, 0x00, 0x01]));

    t.equal(await closed, true);
    t.equal(camd.status('broker').metrics.refused_connections_total, 1);
  },
);

t.test('a client that never completes its QoS 2 exchanges is disconnected at a limit', async (t) => {
  const { port } = await broker(t, ...OPEN);
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  let answers = Buffer.alloc(0);
  socket.on('data', (data) => {
    answers = Buffer.concat([answers, data]);
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));

  socket.write(Buffer.from('\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x', 'latin1'));
  await until(() => answers.length === 4, 'CONNACK');
  const publish = (id: number) => socket.write(Buffer.from([0x34, 5, 0, 1, 0x61, 0, id]));
  for (let id = 1; id <= 64; id++) {
    publish(id);
    await until(() => answers.length === 4 + 4 * id, 'PUBREC');
  }
  publish(65);
  await closed;

  t.equal(answers.length, 4 + 4 * 64);
});

t.test('MQTT over WebSocket, and a limit on clients', async (t) => {
  const web = await freePort();
  const { mqtt, url } = await broker(t, ...OPEN, `websocket: 127.0.0.1:${web}`, 'max_clients: 2');
  const seen: string[] = [];
  mqtt.subscribe('w/#', 1, ({ payload }) => void seen.push(payload.toString()));
  const client = await outsider(t, `ws://127.0.0.1:${web}/`);
  await outsider(t, url);

  await client.publishAsync('w/a', 'over the web', { qos: 1 });
  const third = connect(Number(new URL(url).port), '127.0.0.1');
  third.on('error', () => {});
  await new Promise((resolve) => third.once('close', resolve));

  t.same(seen, ['over the web']);
});

t.test('pages of other origins cannot open a WebSocket unless they are listed', async (t) => {
  const web = await freePort();
  const { camd } = await broker(t, ...OPEN, `websocket: 127.0.0.1:${web}`, 'origins: [https://Wall.example.org]');
  const enter = (origin: string | undefined) => {
    const client = new WebSocket(`ws://127.0.0.1:${web}/`, 'mqtt', origin === undefined ? {} : { origin });
    t.teardown(() => client.terminate());
    return new Promise((resolve) => {
      client.once('open', () => resolve('open'));
      client.once('error', (error) => resolve(error.message));
    });
  };

  t.equal(await enter(undefined), 'open');
  t.equal(await enter(`http://127.0.0.1:${web}`), 'open');
  t.equal(await enter('https://wall.example.org'), 'open');
  for (const origin of ['https://evil.example', 'null']) t.match(await enter(origin), /403/);
  t.equal(camd.status('broker').metrics.refused_connections_total, 2);
});

t.test('retained messages beyond max_retained are passed on but not kept', async (t) => {
  const { camd, url, mqtt } = await broker(t, ...OPEN, 'max_retained: 1KiB');
  const client = await outsider(t, url);
  const live: string[] = [];
  mqtt.subscribe('r/#', 1, ({ topic }) => void live.push(topic));

  await client.publishAsync('r/small', 'x', { qos: 1, retain: true });
  await client.publishAsync('r/large', Buffer.alloc(2000), { qos: 1, retain: true });
  const later: string[] = [];
  mqtt.subscribe('r/+', 1, ({ topic }) => void later.push(topic));
  await until(() => later.length > 0, 'the retained message');

  t.same(live, ['r/small', 'r/large']);
  t.same(later, ['r/small']);
  t.equal(camd.status('broker').metrics.unretained_total, 1);
});

t.test('while the node that handles a topic is down, its messages are not acknowledged', async (t) => {
  const { mqtt, url } = await broker(t, ...OPEN, 'handle_within: 100ms');
  const release = mqtt.subscribe('s/#', 1, () => {});
  release();
  const client = await outsider(t, url);
  const seen: string[] = [];

  const published = client.publishAsync('s/a', 'x', { qos: 1 });
  await new Promise<void>((resolve) => client.once('close', () => resolve()));
  mqtt.subscribe('s/#', 1, ({ payload }) => void seen.push(payload.toString()));
  await published;

  t.same(seen, ['x']);
});

t.test('a reload with other options keeps retained messages', async (t) => {
  const { camd, port, url } = await broker(t, ...OPEN);
  const client = await outsider(t, url);
  await client.publishAsync('r/a', 'kept', { qos: 1, retain: true });

  await camd.reload(profile(port, ...OPEN, 'max_clients: 50'));
  const later = await outsider(t, url);
  const seen: string[] = [];
  later.on('message', (_topic, payload, { retain }) => void seen.push(`${payload} ${retain}`));
  await later.subscribeAsync('r/#', { qos: 1 });
  await until(() => seen.length > 0, 'the retained message');

  t.same(seen, ['kept true']);
});

t.test('a lowered max_retained removes the newest retained messages, for new subscribers too', async (t) => {
  const { camd, port, url } = await broker(t, ...OPEN);
  const client = await outsider(t, url);
  for (const topic of ['r/first', 'r/second', 'r/third'])
    await client.publishAsync(topic, Buffer.alloc(400), { qos: 1, retain: true });

  const { ok } = await camd.reload(profile(port, ...OPEN, 'max_retained: 1400B'));
  await until(() => camd.status('broker').metrics.retained === 2, 'one message to be removed');
  const seen: string[] = [];
  const later = await outsider(t, url);
  later.on('message', (topic) => void seen.push(topic));
  await later.subscribeAsync('r/#', { qos: 1 });
  await later.publishAsync('r/end', '', { qos: 1 });
  await until(() => seen.includes('r/end'), 'the message after the retained ones');

  t.ok(ok);
  t.same(seen, ['r/first', 'r/second', 'r/end']);
});

t.test('a reload without websocket closes its port and its connections, TCP connections stay open', async (t) => {
  const web = await freePort();
  const { camd, port, url } = await broker(t, ...OPEN, `websocket: 127.0.0.1:${web}`);
  const overTcp = await outsider(t, url);
  const overWeb = await outsider(t, `ws://127.0.0.1:${web}/`);
  let cut = false;
  overTcp.once('close', () => {
    cut = true;
  });
  const gone = new Promise<void>((resolve) => overWeb.once('close', () => resolve()));

  const { ok } = await camd.reload(profile(port, ...OPEN));
  await gone;
  await overTcp.publishAsync('w/a', 'x', { qos: 1 });
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(web, '127.0.0.1', () => resolve(false));
    socket.on('error', () => resolve(true));
  });

  t.ok(ok && refused);
  t.notOk(cut);
});

t.test('a new user disconnects no client; a removed user or one with changed rights is disconnected', async (t) => {
  const user = (name: string, topics: string) =>
    `  - { name: ${name}, password: secret-${name}, publish: ["${topics}"] }`;
  const base = ['websocket: 127.0.0.1:0', 'users:', user('lobby', 'a/#'), user('wall', 'b/#')];
  const { camd, port, url } = await broker(t, ...base);
  const enter = (username: string) =>
    outsider(t, url, { username, password: `secret-${username}`, reconnectPeriod: 0 });
  const [lobby, wall] = [await enter('lobby'), await enter('wall')];
  const closed: string[] = [];
  lobby.on('close', () => void closed.push('lobby'));
  wall.on('close', () => void closed.push('wall'));
  const topics: string[] = [];
  camd.port('broker', 'mqtt').subscribe('#', 1, ({ topic }) => void topics.push(topic));

  t.match(await camd.reload(profile(port, ...base, user('cafe', 'c/#'))), {
    ok: true,
    change: { replaced: ['broker'] },
  });
  const cafe = await enter('cafe');
  await cafe.publishAsync('c/x', 'x', { qos: 1 });
  await lobby.publishAsync('a/x', 'x', { qos: 1 });
  await wall.publishAsync('b/x', 'x', { qos: 1 });
  t.same(closed, []);
  t.same(topics, ['c/x', 'a/x', 'b/x'], 'subscriptions at the previous instance are kept until they are released');
  t.equal(camd.status('broker').metrics.clients, 3);

  const refused = await camd.reload(
    `${profile(port, ...base)}\n  other: { use: http/server, listen: 'unix:/nowhere/at/all.sock' }\n`,
  );
  t.equal(refused.ok, false);
  await cafe.publishAsync('c/y', 'x', { qos: 1 });

  await camd.reload(profile(port, ...base.slice(0, 2), user('lobby', 'other/#'), user('wall', 'b/#')));
  await until(() => closed.includes('lobby') && !cafe.connected, 'the removed and changed users to be disconnected');
  await wall.publishAsync('b/z', 'x', { qos: 1 });
  t.same(closed, ['lobby']);
});
