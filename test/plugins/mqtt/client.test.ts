// mqtt/client against a real mosquitto: messages, acknowledgements, and brokers that fail, return or never answer.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { mqttConformance } from '../../conformance/mqtt.ts';
import { authority } from '../../support/authority.ts';
import { dedent } from '../../support/dedent.ts';
import { freePort } from '../../support/free-port.ts';
import { type Ending, run } from '../../support/harness.ts';
import { type Mosquitto, mosquitto, outsider } from '../../support/mosquitto.ts';
import { until } from '../../support/until.ts';

const profile = (url: string, ...options: string[]) => dedent`
  camd: 1
  pipeline:
    broker:
      use: mqtt/client
      url: ${url}
      reconnect_within: 200ms
      ${options.join('\n      ')}
`;

let names = 0;
async function connected(t: Ending, broker: Mosquitto, ...options: string[]) {
  const camd = await run(t, profile(broker.url, ...options));
  await camd.state('broker', 'running');
  return camd;
}

for (const version of ['3.1.1', '5']) {
  t.test(`conforms with MQTT ${version}`, async (t) => {
    const broker = await mosquitto(t);
    mqttConformance(t, async (t) => {
      const id = `client_id: conform-${names++}`;
      const camd = await connected(t, broker, `version: '${version}'`, id, 'session: persistent');
      return { mqtt: camd.port('broker', 'mqtt'), outside: () => outsider(t, broker.url) };
    });
  });
}

t.test('a broker absent at start, killed and restarted: degraded, then running, with all subscriptions', async (t) => {
  const broker = await mosquitto(t, { started: false });
  const camd = await run(t, profile(broker.url));
  const seen: string[] = [];
  camd.port('broker', 'mqtt').subscribe('a/#', 1, ({ payload }) => void seen.push(payload.toString()));

  const absent = await camd.state('broker', 'degraded');
  await until(() => camd.lines.some(({ why }) => / is unreachable: /.test(String(why))), 'the first failure');
  await t.rejects(camd.port('broker', 'mqtt').publish('a', 'b'), /unreachable/);
  for (let round = 0; round < 3; round++) {
    await broker.start();
    await camd.state('broker', 'running');
    const client = await outsider(t, broker.url);
    await client.publishAsync('a/b', `round ${round}`, { qos: 1 });
    await until(() => seen.includes(`round ${round}`), 'the message of this round');
    client.end(true);
    await broker.kill();
    await camd.state('broker', 'degraded');
  }

  t.equal(absent.state.is, 'degraded');
  t.same(seen, ['round 0', 'round 1', 'round 2']);
  t.equal(camd.status('broker').restarts, 0);
});

t.test(
  'a connection to a broker that never answers is dropped, and succeeds when the broker works again',
  async (t) => {
    const broker = await mosquitto(t, { started: false });
    const sockets = new Set<Socket>();
    const sink = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => sink.listen(broker.port, '127.0.0.1', resolve));
    const camd = await run(t, profile(broker.url, 'connect_timeout: 200ms'));

    await until(() => sockets.size >= 2, 'a second try');
    const why = camd.status('broker').state;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => sink.close(resolve));
    await broker.start();
    await camd.state('broker', 'running');

    t.match(why, { is: 'degraded', why: /unreachable/ });
  },
);

t.test('messages for a persistent session wait at the broker and arrive after a reconnect', async (t) => {
  const broker = await mosquitto(t);
  const text = profile(broker.url, 'client_id: keeper', 'session: persistent');
  const first = await run(t, text);
  await first.state('broker', 'running');
  const seen: string[] = [];
  const taker = async ({ payload }: { payload: Buffer }) => void seen.push(payload.toString());
  first.port('broker', 'mqtt').subscribe('w/#', 1, taker);
  const client = await outsider(t, broker.url);
  await until(async () => {
    await client.publishAsync('w/a', 'ready', { qos: 1 });
    return seen.length > 0;
  }, 'the subscription');
  await first.stop();
  seen.length = 0;

  await client.publishAsync('w/a', 'while away', { qos: 1 });
  const second = await run(t, text);
  await second.state('broker', 'running');
  second.port('broker', 'mqtt').subscribe('w/#', 1, taker);
  await until(() => seen.includes('while away'), 'the waiting message');

  t.same(
    seen.filter((text) => text !== 'ready'),
    ['while away'],
  );
});

t.test(
  'TLS with a private authority, and a password; an unknown certificate and a wrong password are refused',
  async (t) => {
    const trusted = authority(t);
    const passwords = join(t.testdir({}), 'passwords');
    execFileSync('mosquitto_passwd', ['-c', '-b', passwords, 'camd', 'swordfish'], { stdio: 'ignore' });
    const broker = await mosquitto(t, {
      files: { 'cert.pem': trusted.cert, 'key.pem': trusted.key, passwords: readFileSync(passwords) },
      lines: [
        'certfile FOLDER/cert.pem',
        'keyfile FOLDER/key.pem',
        'allow_anonymous false',
        'password_file FOLDER/passwords',
      ],
    });
    const url = `mqtts://localhost:${broker.port}`;
    const away = async (...options: string[]) => {
      const camd = await run(t, profile(url, ...options));
      const line = await until(
        () => camd.lines.find(({ why }) => / is unreachable: /.test(String(why))),
        'the refusal',
      );
      await camd.stop();
      t.notMatch(JSON.stringify(camd.lines), /tunafish/);
      return String(line.why);
    };

    const good = await run(t, profile(url, `ca: ${trusted.ca}`, 'username: camd', 'password: swordfish'));
    await good.state('broker', 'running');

    t.match(await away('username: camd', 'password: tunafish'), /certificate/);
    t.match(await away(`ca: ${trusted.ca}`, 'username: camd', 'password: tunafish'), /[Nn]ot authorized/);
  },
);

t.test('a connection over WebSocket', async (t) => {
  const web = await freePort();
  const broker = await mosquitto(t, { lines: [`listener ${web} 127.0.0.1`, 'protocol websockets'] });
  const camd = await run(t, profile(`ws://127.0.0.1:${web}`));
  const client = await outsider(t, broker.url);
  const seen: string[] = [];
  client.on('message', (_topic, payload) => void seen.push(payload.toString()));
  await client.subscribeAsync('over/web');

  await camd.state('broker', 'running');
  await camd.port('broker', 'mqtt').publish('over/web', 'hello', { qos: 1 });
  await until(() => seen.length > 0, 'the message');

  t.same(seen, ['hello']);
});

t.test('the birth message is published, and no will after a normal end', async (t) => {
  const broker = await mosquitto(t);
  const watcher = await outsider(t, broker.url);
  const seen: string[] = [];
  watcher.on('message', (topic, payload) => void seen.push(`${topic}=${payload}`));
  await watcher.subscribeAsync('status/#', { qos: 1 });
  const camd = await connected(
    t,
    broker,
    'birth: { topic: status/camd, payload: online }',
    'will: { topic: status/camd, payload: offline }',
  );

  await until(() => seen.includes('status/camd=online'), 'the birth message');
  await camd.stop();
  const afterStop = [...seen];

  t.notOk(afterStop.includes('status/camd=offline'), 'a normal DISCONNECT does not publish the will');
});

t.test('a packet over max_packet ends the connection', async (t) => {
  const broker = await mosquitto(t);
  const camd = await connected(t, broker, 'max_packet: 1KiB');
  camd.port('broker', 'mqtt').subscribe('big', 0, () => {});
  const client = await outsider(t, broker.url);

  await until(async () => {
    await client.publishAsync('big', Buffer.alloc(4096));
    return camd.lines.some(({ why }) => /max_packet/.test(String(why)));
  }, 'the cut');
  await camd.state('broker', 'running');

  t.pass('it connects again');
});

t.test('a persistent session without a client id, and a password in the URL, are errors of the profile', async (t) => {
  await t.rejects(run(t, profile('mqtt://127.0.0.1:1', 'session: persistent')), /client_id/);
  const talkative = await run(t, profile('mqtt://camd:tunafish@127.0.0.1:1')).catch(String);

  t.match(talkative, /"password"/);
  t.notMatch(talkative, /tunafish/);
});

t.test('the limits of an MQTT 5 broker appear in the log and in the metrics', async (t) => {
  const broker = await mosquitto(t, { lines: ['max_packet_size 40000', 'max_inflight_messages 7'] });

  const camd = await connected(t, broker, "version: '5'");

  const line = camd.lines.find(({ msg }) => msg === 'connected to the broker');
  t.match(line, { max_packet: /^39\.?\d* ?KiB$|^40000 ?B$/, receive_maximum: 7 });
  t.equal(camd.status('broker').metrics.broker_max_packet_bytes, 40_000);
});

t.test(
  'a second client with the same client id is suspected when the broker ends connections without a reason',
  async (t) => {
    const broker = await mosquitto(t);
    const camd = await connected(t, broker, "version: '5'", 'client_id: twin');

    // Each of the two reconnects after it was disconnected.
    await outsider(t, broker.url, { clientId: 'twin', protocolVersion: 5, reconnectPeriod: 20 });

    await until(
      () => /perhaps another client has the client id "twin" too/.test(camd.status('broker').lastError ?? ''),
      'the reason',
    );
  },
);

t.test('the reason of an MQTT 5 broker for the end of a connection is reported', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // CONNACK, then DISCONNECT with 0x8E, "session taken over".
    socket.once('data', () => socket.end(Buffer.from([0x20, 3, 0, 0, 0, 0xe0, 2, 0x8e, 0])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const camd = await run(t, profile(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, "version: '5'"));

  await until(
    () => camd.lines.some(({ why }) => /: another client has connected with the same client id; set/.test(String(why))),
    'the reason',
  );
});

t.test(
  'a node that subscribes while the broker still answers to an earlier subscription is not forgotten',
  async (t) => {
    const filters: string[] = [];
    let accept: (() => void) | undefined;
    let answer = (): void => {};
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        if (data[0] === 0x10) accept = () => void socket.write(Buffer.from([0x20, 2, 0, 0]));
        // SUBSCRIBE: length, message id, filter with its length, QoS.
        if (data[0] !== 0x82) return;
        filters.push(data.toString('latin1', 6, 6 + data.readUInt16BE(4)));
        answer = () => void socket.write(Buffer.from([0x90, 3, ...data.subarray(2, 4), 0]));
        if (filters.length > 1) answer();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => void server.close());
    const camd = await run(
      t,
      profile(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, "version: '3.1.1'"),
    );
    const { subscribe } = camd.port('broker', 'mqtt');
    subscribe('early/#', 0, () => {});
    (await until(() => accept, 'the connection'))();
    await until(() => filters.length === 1, 'the first subscription');

    subscribe('late/#', 0, () => {});
    answer();

    await camd.state('broker', 'running');
    t.same(filters, ['early/#', 'late/#']);
  },
);
