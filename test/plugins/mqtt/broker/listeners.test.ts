// The listeners of mqtt/broker: unauthenticated clients over TCP and WebSocket, client ids, malformed packets, guessed passwords, memory.

import { connect } from 'node:net';
import t from 'tap';
import { dedent } from '../../../support/dedent.ts';
import { freePort } from '../../../support/free-port.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { until } from '../../../support/until.ts';

const OPEN = ['anonymous: { publish: ["#"], subscribe: ["#"] }'];

const profile = (port: number, ...options: string[]) => dedent`
    camd: 1
    pipeline:
      broker:
        use: mqtt/broker
        listen: 127.0.0.1:${port}
        ${options.join('\n        ')}
`;

async function broker(t: Ending, ...options: string[]) {
  const port = await freePort();
  const camd = await run(t, profile(port, ...options));
  await camd.state('broker', 'running');
  return { camd, port, mqtt: camd.port('broker', 'mqtt') };
}

/** A CONNECT of MQTT 3.1.1, with a clean session. */
function connectPacket(id: string, user?: string, password?: string): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  };
  const flags = 2 | (user === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const rest = [
    text(id),
    ...(user === undefined ? [] : [text(user)]),
    ...(password === undefined ? [] : [text(password)]),
  ];
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, flags, 0, 0]), ...rest]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

/** The received bytes, and the end of the connection. */
function raw(t: Ending, port: number) {
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => void socket.destroy());
  socket.on('error', () => {});
  let bytes = Buffer.alloc(0);
  let closed = false;
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
  });
  socket.on('close', () => {
    closed = true;
  });
  return { socket, bytes: () => bytes, isClosed: () => closed, ended: () => until(() => closed, 'the end') };
}

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n';

t.test(
  'connections that do not log in are closed, over TCP and over WebSocket, wherever they stop sending',
  async (t) => {
    const web = await freePort();
    const { camd, port } = await broker(t, ...OPEN, `websocket: 127.0.0.1:${web}`, 'connect_timeout: 3s');
    const silent = [raw(t, port), raw(t, web), raw(t, port), raw(t, web), raw(t, web)];
    silent[2]?.socket.write(connectPacket('slow').subarray(0, 10));
    silent[3]?.socket.write('GET / HTTP/1.1\r\n');
    silent[4]?.socket.write(UPGRADE);
    const known = raw(t, port);
    known.socket.write(connectPacket('known'));

    await Promise.all(silent.map((guest) => guest.ended()));

    t.match(silent[4]?.bytes().toString('latin1'), /^HTTP\/1.1 101 /);
    t.equal(camd.status('broker').metrics.refused_connections_total, 5);
    t.equal(known.bytes().length, 4);
    t.notOk(known.isClosed());
  },
);

t.test('before login, a packet of more than 4 KiB ends the connection, over TCP and WebSocket', async (t) => {
  const web = await freePort();
  const { camd, port } = await broker(t, ...OPEN, `websocket: 127.0.0.1:${web}`);
  // A CONNECT with a declared length of 16 MiB.
  const large = Buffer.concat([Buffer.from([0x10, 0x80, 0x80, 0x80, 0x07]), Buffer.alloc(1000)]);
  const tcp = raw(t, port);
  tcp.socket.write(large);
  const socket = raw(t, web);
  socket.socket.write(UPGRADE);
  // A WebSocket message with a declared length of 16 MiB and a mask of zeros.
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  socket.socket.write(Buffer.concat([head, large]));

  await Promise.all([tcp.ended(), socket.ended()]);

  t.equal(camd.status('broker').metrics.refused_connections_total, 2);
  t.equal(camd.daemon.view.memory().used, 0);
});

t.test('one address may have max_clients_per_address connections', async (t) => {
  const { camd, port } = await broker(t, ...OPEN, 'max_clients_per_address: 3');
  const guests = Array.from({ length: 3 }, (_, at) => {
    const guest = raw(t, port);
    guest.socket.write(connectPacket(`c${at}`));
    return guest;
  });
  await until(() => guests.every((guest) => guest.bytes().length === 4), 'three clients');

  const fourth = raw(t, port);
  await fourth.ended();

  t.ok(guests.every((guest) => !guest.isClosed()));
  t.equal(camd.status('broker').metrics.refused_connections_total, 1);
  t.ok(camd.lines.some(({ msg, address }) => msg === 'a connection was refused' && address === '127.0.0.1'));
});

t.test('a user cannot take over the client id of another user, nor an id reserved for another user', async (t) => {
  const { port } = await broker(
    t,
    'users:',
    '  - { name: lobby, password: secret-1, client_ids: ["%u-"] }',
    '  - { name: wall, password: secret-2 }',
  );
  const enter = async (id: string, user: string, password: string) => {
    const guest = raw(t, port);
    guest.socket.write(connectPacket(id, user, password));
    await until(() => guest.bytes().length === 4, 'CONNACK');
    return { code: guest.bytes()[3], guest };
  };

  const lobby = await enter('lobby-1', 'lobby', 'secret-1');
  const wall = await enter('screen', 'wall', 'secret-2');
  const codes = [
    (await enter('lobby-1', 'wall', 'secret-2')).code,
    (await enter('lobby-2', 'wall', 'secret-2')).code,
    (await enter('screen', 'lobby', 'secret-1')).code,
    (await enter('other', 'lobby', 'secret-1')).code,
  ];

  t.same([lobby.code, wall.code], [0, 0]);
  t.same(codes, [2, 2, 2, 2], 'identifier rejected');
  t.notOk(lobby.guest.isClosed());
  t.notOk(wall.guest.isClosed());
  t.equal((await enter('lobby-1', 'lobby', 'secret-1')).code, 0, 'a user may take over its own session');
  await lobby.guest.ended();
});

t.test('packets that violate the protocol end the connection and are not acknowledged', async (t) => {
  const { port, mqtt } = await broker(t, ...OPEN);
  const taken: string[] = [];
  mqtt.subscribe('#', 1, ({ topic }) => void taken.push(topic));
  const packets: Readonly<Record<string, Buffer>> = {
    'NUL in a topic': Buffer.from([0x32, 7, 0, 3, 0x61, 0, 0x62, 0, 1]),
    'a topic that is no UTF-8': Buffer.from([0x32, 6, 0, 2, 0xc3, 0x28, 0, 1]),
    'packet id 0': Buffer.from([0x32, 5, 0, 1, 0x61, 0, 0]),
    'QoS 3': Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1]),
    'a topic beyond the packet': Buffer.from([0x30, 3, 0, 9, 0x61]),
    'SUBSCRIBE with packet id 0': Buffer.from([0x82, 6, 0, 0, 0, 1, 0x61, 0]),
    'SUBSCRIBE with NUL': Buffer.from([0x82, 6, 0, 1, 0, 1, 0, 0]),
    'SUBSCRIBE without filters': Buffer.from([0x82, 2, 0, 1]),
    'a second CONNECT': connectPacket('again'),
    'PUBACK of packet id 0': Buffer.from([0x40, 2, 0, 0]),
  };
  for (const [what, packet] of Object.entries(packets)) {
    const guest = raw(t, port);
    guest.socket.write(connectPacket('x'));
    await until(() => guest.bytes().length === 4, 'CONNACK');
    // Byte by byte, as the network may split it.
    for (const byte of packet) guest.socket.write(Buffer.from([byte]));
    await guest.ended();

    t.equal(guest.bytes().length, 4, what);
  }
  const early = raw(t, port);
  early.socket.write(Buffer.from([0x30, 4, 0, 1, 0x61, 0x62]));
  await early.ended();

  t.same(taken, []);
});

t.test(
  'wrong passwords are logged with the address and answered with growing delays, the right one at once',
  async (t) => {
    const { camd, port } = await broker(t, 'users: [{ name: lobby, password: right }]');
    const guess = async (password: string) => {
      const guest = raw(t, port);
      guest.socket.write(connectPacket('x', 'lobby', password));
      await until(() => guest.bytes().length === 4 || guest.isClosed(), 'CONNACK');
      return guest.bytes()[3];
    };
    t.equal(await guess('right'), 0);
    t.equal(await guess('wrong'), 5);

    const answered: string[] = [];
    const waiting = Array.from({ length: 20 }, () => guess('wrong').then((code) => answered.push(`wrong ${code}`)));
    await until(() => answered.includes('wrong 3'), 'attempts that are not checked');
    const right = await guess('right');

    t.equal(right, 0, 'credentials that were right before are accepted meanwhile');
    t.ok(answered.length < 20, 'some attempts still wait for their answer');
    const refused = camd.lines.filter(({ msg }) => msg === 'a client was refused: wrong user or password');
    t.match(refused[0], { address: '127.0.0.1', user: 'lobby', failures: 1 });
    void Promise.allSettled(waiting);
  },
);

t.test('large packets reserve memory while they arrive, and are refused without free memory', async (t) => {
  const port = await freePort();
  const camd = await run(t, `memory: 16MiB\n${profile(port, ...OPEN)}`);
  await camd.state('broker', 'running');
  const guests = [raw(t, port), raw(t, port)];
  for (const [at, guest] of guests.entries()) {
    guest.socket.write(connectPacket(`c${at}`));
    await until(() => guest.bytes().length === 4, 'CONNACK');
  }
  // 12 MiB each.
  const announce = Buffer.from([0x30, 0x80, 0x80, 0x80, 0x06, 0, 1, 0x61]);

  guests[0]?.socket.write(announce);
  await until(() => camd.status('broker').reserved > 0, 'the first packet');
  guests[1]?.socket.write(announce);
  await guests[1]?.ended();

  t.equal(camd.status('broker').reserved, 12 * 2 ** 20);
  t.equal(camd.daemon.view.memory().refused, 1);
  guests[0]?.socket.destroy();
  await until(() => camd.status('broker').reserved === 0, 'the memory to be released');
});
