// Messages over max_packet at the embedded broker are answered, use no memory, and do not affect the connection or its other messages.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import t from 'tap';
import { cutSize } from '../../../../plugins/mqtt/broker/cut-message.ts';
import { createPacketGuard } from '../../../../plugins/mqtt/broker/packet-guard.ts';
import { dedent } from '../../../support/dedent.ts';
import { freePort } from '../../../support/free-port.ts';
import { type Ending, run } from '../../../support/harness.ts';
import { outsider } from '../../../support/mosquitto.ts';
import { random } from '../../../support/random.ts';
import { until } from '../../../support/until.ts';

const LARGE = 300_000;
const python = promisify(execFile);

async function broker(t: Ending) {
  const port = await freePort();
  const camd = await run(
    t,
    dedent`
    camd: 1
    pipeline:
      broker:
        use: mqtt/broker
        listen: 127.0.0.1:${port}
        max_packet: 64KiB
        anonymous: { publish: ["s/#"], subscribe: ["#"] }
  `,
  );
  await camd.state('broker', 'running');
  const taken: string[] = [];
  camd.port('broker', 'mqtt').subscribe('#', 1, ({ topic, payload }) => void taken.push(`${topic} ${payload}`));
  return { camd, port, url: `mqtt://127.0.0.1:${port}`, taken };
}

const large = (lines: readonly { readonly msg: string }[]) =>
  lines.filter(({ msg }) => msg === 'a message is larger than max_packet: it is acknowledged and dropped');

t.test(
  'MQTT.js: a large message of each QoS is answered, and the others arrive over the same connection',
  async (t) => {
    const { camd, url, taken } = await broker(t);
    const watcher = await outsider(t, url);
    const watched: string[] = [];
    watcher.on('message', (topic, payload) => void watched.push(`${topic} ${payload}`));
    await watcher.subscribeAsync('#', { qos: 1 });
    const client = await outsider(t, url, { reconnectPeriod: 0 });
    let closes = 0;
    client.on('close', () => closes++);

    for (const qos of [0, 1, 2] as const) {
      const send = (payload: string | Buffer) => client.publishAsync(`s/${qos}`, payload, { qos, retain: true });
      await Promise.all([send('before'), send(Buffer.alloc(LARGE)), send('after')]);
    }

    const small = [0, 1, 2].flatMap((qos) => [`s/${qos} before`, `s/${qos} after`]);
    await until(() => watched.length >= 6, 'the small messages');
    t.same(taken, small);
    t.same(watched, small, 'no subscriber has received a large message');
    t.equal(closes, 0);
    t.equal(camd.status('broker').metrics.too_large_total, 3);
    t.equal(camd.status('broker').metrics.retained, 3);
    t.match(large(camd.lines), [{ topic: 's/0', bytes: LARGE + 5, max_packet: 65_536 }]);
    t.equal(large(camd.lines).length, 1, 'one line for the connection');
  },
);

t.test('paho: a large message of each QoS is answered, and the others arrive over the same connection', async (t) => {
  const { camd, port, taken } = await broker(t);

  const { stdout } = await python('/usr/bin/python3', ['test/support/paho_large.py', String(port), '4', String(LARGE)]);

  t.match(JSON.parse(stdout), { connack: '0', disconnects: 0, connected: true });
  t.equal(JSON.parse(stdout).acknowledged.length, 9);
  t.same(
    taken,
    [0, 0, 1, 1, 2, 2].map((qos) => `s/${qos} small`),
  );
  t.equal(camd.status('broker').metrics.too_large_total, 3);
});

t.test('a client without the right to publish is disconnected, whatever the size of its message', async (t) => {
  const { camd, url } = await broker(t);
  const client = await outsider(t, url, { reconnectPeriod: 0 });
  const closed = new Promise((resolve) => client.once('close', () => resolve(true)));

  client.publish('other', Buffer.alloc(LARGE), { qos: 1 });

  t.equal(await closed, true);
  t.equal(camd.status('broker').metrics.refused_publishes_total, 1);
  const line = camd.lines.find(({ msg }) => msg === 'a client was disconnected: it may not publish to this topic');
  t.match(line, { level: 'warn', node: 'broker', topic: 'other' });
});

t.test('MQTT 5: the broker rejects both clients with an unacceptable protocol version', async (t) => {
  const { port, url } = await broker(t);

  const client = mqtt.connect(url, { protocolVersion: 5, reconnectPeriod: 0 });
  t.teardown(() => void client.end(true));
  const why = await new Promise<string>((resolve) => {
    client.once('error', ({ message }) => resolve(message));
    client.once('close', () => resolve('closed without an answer'));
  });
  const { stdout } = await python('/usr/bin/python3', ['test/support/paho_large.py', String(port), '5', String(LARGE)]);

  t.equal(why, 'Connection refused: Unacceptable protocol version');
  t.match(JSON.parse(stdout), { connack: '132', connected: false }, 'reason code 0x84');
});

const CONNECT = Buffer.from('\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x', 'latin1');

function publish(qos: number, topic: string, payload: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, topic.length]),
    Buffer.from(topic),
    qos > 0 ? Buffer.from([0, 7]) : Buffer.alloc(0),
    payload,
  ]);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30 | (qos << 1), ...length]), body]);
}

t.test('for any chunk size, the stream is passed on with the payloads of large messages replaced', async (t) => {
  const small = publish(1, 's/a', Buffer.from('small'));
  const [much, more] = [publish(1, 's/b', Buffer.alloc(5000, 1)), publish(0, 's/c', Buffer.alloc(70_000, 2))];
  const stream = Buffer.concat([small, much, much, small, more, small]);
  const draw = random(5);

  for (const most of [1, 3, 700, 100_000]) {
    const guard = createPacketGuard(() => true);
    guard.check(CONNECT);
    guard.open(1024);
    const passed: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const chunk = stream.subarray(at, at + 1 + draw(most));
      const part = guard.check(chunk);
      if (typeof part === 'string') throw new Error(part);
      passed.push(part);
      at += chunk.length;
    }
    const whole = Buffer.concat(passed);
    const cut = (head: string, bytes: number): void => {
      const at = whole.indexOf(head) + head.length;
      t.equal(cutSize(whole.subarray(at, at + 36)), bytes, `${head.slice(-3)} in chunks of up to ${most}`);
    };
    cut('s/b\x00\x07', 5007);
    cut('s/c', 70_005);
    const head = 2 + 2 + 3 + 36;
    t.equal(whole.length, 3 * small.length + 2 * (head + 2) + head);
    t.ok(whole.subarray(0, small.length).equals(small) && whole.subarray(-small.length).equals(small));
  }
});

t.test('the largest message of MQTT leaves a few bytes, and reserves no memory', async (t) => {
  const reservations: number[] = [];
  const guard = createPacketGuard((bytes) => reservations.push(bytes) > 0);
  guard.check(CONNECT);
  guard.open(64 * 1024);
  const chunk = Buffer.alloc(64 * 1024);
  let passed = 0;
  const feed = (bytes: Buffer): void => {
    const part = guard.check(bytes);
    passed += typeof part === 'string' ? Number.NaN : part.length;
  };

  // 268,435,455 bytes after the fixed header (§2.2.3), six of them for the topic and the packet id.
  feed(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 2, 0x73, 0x2f, 0, 7]));
  for (let left = 268_435_455 - 6; left > 0; left -= chunk.length) feed(chunk.subarray(0, left));
  feed(publish(0, 's', Buffer.from('x')));

  t.ok(passed < 100, `${passed} bytes`);
  t.ok(Math.max(...reservations) < 100, 'memory is reserved only for packets that are read');
});
