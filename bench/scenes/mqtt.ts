// Measures MQTT: pictures per second received with QoS 0 and 1, and forwarded by the embedded broker to a subscriber.

import mqtt, { type MqttClient } from 'mqtt';
import { compare, pictureOf, type Taker } from '../ingest.ts';
import type { Row } from '../row.ts';

const CAMERAS = ['one', 'two', 'three', 'four'];
/** Number of QoS 1 messages without an acknowledgement. */
const IN_FLIGHT = 20;

export async function measure(quick: boolean): Promise<readonly Row[]> {
  const rounds = quick ? 1 : 5;
  const count = quick ? 500 : 2000;
  const small = pictureOf(60_000);
  const large = pictureOf(100_000);
  const { row, most } = await compare(rounds, 'bare aedes', {
    qos0: (taker) => ingest(taker, small, count, 0),
    qos1: (taker) => ingest(taker, small, count, 1),
    through: (taker) => through(taker, large, count),
  });
  const size = (picture: Buffer) => `${Math.round(picture.length / 1000)} KB`;
  return [
    row('qos0', `MQTT ingest, ${size(small)}, QoS 0`),
    row('qos1', `MQTT ingest, ${size(small)}, QoS 1`),
    row('through', `through the embedded broker to a subscriber, ${size(large)}, QoS 1`),
    { name: 'memory of camd after it', value: most, unit: 'MB' },
  ];
}

async function connect(port: number): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
  });
  return client;
}

/** Pictures per second until the last is acknowledged. With QoS 0, a final QoS 1 message shows that all have arrived. */
async function ingest({ mqtt: port }: Taker, picture: Buffer, count: number, qos: 0 | 1): Promise<number> {
  const client = await connect(port);
  const begin = performance.now();
  await many(count, qos === 0 ? 1 : IN_FLIGHT, (index) =>
    client.publishAsync(`screens/${CAMERAS[index % CAMERAS.length]}`, picture, { qos }),
  );
  await client.publishAsync('screens/one', picture, { qos: 1 });
  const seconds = (performance.now() - begin) / 1000;
  client.end(true);
  return count / seconds;
}

async function through({ mqtt: port }: Taker, picture: Buffer, count: number): Promise<number> {
  const [from, to] = [await connect(port), await connect(port)];
  await to.subscribeAsync('wall/#', { qos: 1 });
  let seen = 0;
  const all = new Promise<void>((resolve) => {
    to.on('message', () => {
      if (++seen === count) resolve();
    });
  });
  const begin = performance.now();
  await many(count, IN_FLIGHT, () => from.publishAsync('wall/one', picture, { qos: 1 }));
  await all;
  const seconds = (performance.now() - begin) / 1000;
  from.end(true);
  to.end(true);
  return count / seconds;
}

/** Runs `work` `count` times, `parallel` at a time. */
export async function many(count: number, parallel: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
