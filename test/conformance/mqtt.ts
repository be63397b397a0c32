// The contract test of every plugin that provides `mqtt`, client or broker.

import type { MqttClient } from 'mqtt';
import type { Test } from 'tap';
import type { Mqtt, MqttMessage } from '../../core/contract/ports.ts';
import { until } from '../support/until.ts';

export interface MqttUnderTest {
  readonly mqtt: Mqtt;
  /** A client of the same broker that knows nothing of camd. */
  outside(): Promise<MqttClient>;
}

export function mqttConformance(t: Test, make: (t: Test) => Promise<MqttUnderTest>): void {
  t.test('what is published reaches clients outside', async (t) => {
    const { mqtt, outside } = await make(t);
    const client = await outside();
    const seen: string[] = [];
    client.on('message', (topic, payload) => void seen.push(`${topic}=${payload}`));
    await client.subscribeAsync('out/#', { qos: 1 });

    await mqtt.publish('out/a', 'text');
    await mqtt.publish('out/b', Buffer.from('bytes'), { qos: 1 });

    await until(() => seen.length === 2, 'both messages');
    t.same(seen.sort(), ['out/a=text', 'out/b=bytes']);
  });

  t.test('messages from outside reach those subscribers that they match, until they are released', async (t) => {
    const { mqtt, outside } = await make(t);
    const client = await outside();
    const one: string[] = [];
    const all: string[] = [];
    const release = mqtt.subscribe('in/+/picture', 1, ({ topic }) => void one.push(topic));
    mqtt.subscribe('in/#', 0, ({ topic, qos, payload }) => void all.push(`${topic} ${qos} ${payload}`));
    await settled(client, mqtt);

    await client.publishAsync('in/a/picture', 'p', { qos: 1 });
    await client.publishAsync('in/a/other', 'o', { qos: 0 });
    await until(() => all.length === 2, 'both messages');
    release();
    await client.publishAsync('in/b/picture', 'p', { qos: 0 });
    await until(() => all.length === 3, 'the third message');

    t.same(one, ['in/a/picture']);
    t.equal(all[1], 'in/a/other 0 o');
  });

  t.test(
    'a retained message comes to a later subscriber, marked as retained, and a live one is not marked',
    async (t) => {
      const { mqtt, outside } = await make(t);
      const client = await outside();
      await client.publishAsync('keep/a', 'old', { qos: 1, retain: true });
      const seen: MqttMessage[] = [];

      mqtt.subscribe('keep/+', 1, (message) => void seen.push(message));
      await until(() => seen.length === 1, 'the retained message');
      await client.publishAsync('keep/a', 'new', { qos: 1, retain: true });
      await until(() => seen.length === 2, 'the live message');

      t.same(
        seen.map(({ payload, retain }) => [payload.toString(), retain]),
        [
          ['old', true],
          ['new', false],
        ],
      );
    },
  );

  t.test('a message of QoS 1 that its handler refuses comes again until it is accepted', async (t) => {
    const { mqtt, outside } = await make(t);
    const client = await outside();
    const tries: string[] = [];
    mqtt.subscribe('work/#', 1, async ({ payload }) => {
      tries.push(payload.toString());
      if (tries.length < 3) throw new Error('not yet');
    });
    await settled(client, mqtt);

    await client.publishAsync('work/a', 'picture', { qos: 1 });
    await until(() => tries.length >= 3, 'the message to be accepted');

    t.same(tries, ['picture', 'picture', 'picture']);
  });

  t.test('a filter that is none is refused at once', async (t) => {
    const { mqtt } = await make(t);

    t.throws(() => mqtt.subscribe('a/#/b', 1, () => {}), /filter/);
    t.throws(() => mqtt.subscribe('', 1, () => {}), /filter/);
  });

  t.test('listeners of the connection are told its state at once', async (t) => {
    const { mqtt } = await make(t);
    const told: boolean[] = [];

    const release = mqtt.onConnection((connected) => void told.push(connected));
    release();
    release();

    t.same(told, [true]);
    t.equal(mqtt.connected, true);
  });
}

/** Resolves when subscriptions made before have reached the broker: it has brought a message round. */
async function settled(client: MqttClient, mqtt: Mqtt): Promise<void> {
  let came = false;
  const release = mqtt.subscribe('conformance/settled', 0, () => {
    came = true;
  });
  await until(async () => {
    await client.publishAsync('conformance/settled', '1', { qos: 0 });
    return came;
  }, 'a message to come round');
  release();
}
