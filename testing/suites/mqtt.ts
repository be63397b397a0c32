// What every plugin that provides `mqtt` must do, client or broker: topics, retained messages and refused ones.

import assert from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import type { Mqtt, MqttMessage } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface MqttUnderTest {
  readonly mqtt: Mqtt;
  /** A client of the same broker that knows nothing of camd. */
  outside(): Promise<MqttClient>;
}

export function mqttCases<T extends Ending>(make: (t: T) => Promise<MqttUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'what is published reaches clients outside',
      async run(t) {
        const { mqtt, outside } = await make(t);
        const client = await outside();
        const seen: string[] = [];
        client.on('message', (topic, payload) => void seen.push(`${topic}=${payload}`));
        await client.subscribeAsync('out/#', { qos: 1 });

        await mqtt.publish('out/a', 'text');
        await mqtt.publish('out/b', Buffer.from('bytes'), { qos: 1 });

        await until(() => seen.length === 2, 'both messages');
        assert.deepEqual(seen.sort(), ['out/a=text', 'out/b=bytes']);
      },
    },
    {
      title: 'messages from outside reach those subscribers that they match, until they are released',
      async run(t) {
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

        assert.deepEqual(one, ['in/a/picture']);
        assert.equal(all[1], 'in/a/other 0 o');
      },
    },
    {
      title: 'a retained message comes to a later subscriber, marked as retained, and a live one is not marked',
      async run(t) {
        const { mqtt, outside } = await make(t);
        const client = await outside();
        await client.publishAsync('keep/a', 'old', { qos: 1, retain: true });
        const seen: MqttMessage[] = [];

        mqtt.subscribe('keep/+', 1, (message) => void seen.push(message));
        await until(() => seen.length === 1, 'the retained message');
        await client.publishAsync('keep/a', 'new', { qos: 1, retain: true });
        await until(() => seen.length === 2, 'the live message');

        assert.deepEqual(
          seen.map(({ payload, retain }) => [payload.toString(), retain]),
          [
            ['old', true],
            ['new', false],
          ],
        );
      },
    },
    {
      title: 'a message of QoS 1 that its handler refuses comes again until it is accepted',
      async run(t) {
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

        assert.deepEqual(tries, ['picture', 'picture', 'picture']);
      },
    },
    {
      title: 'a filter that is none is refused at once',
      async run(t) {
        const { mqtt } = await make(t);

        assert.throws(() => mqtt.subscribe('a/#/b', 1, () => {}), /filter/);
        assert.throws(() => mqtt.subscribe('', 1, () => {}), /filter/);
      },
    },
    {
      title: 'listeners of the connection are told its state at once',
      async run(t) {
        const { mqtt } = await make(t);
        const told: boolean[] = [];

        const release = mqtt.onConnection((connected) => void told.push(connected));
        release();
        release();

        assert.deepEqual(told, [true]);
        assert.equal(mqtt.connected, true);
      },
    },
  ];
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
