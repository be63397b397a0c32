// Cases for every plugin that provides `mqtt`, client or broker: topics, retained messages and refused messages.

import assert from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import type { Mqtt, MqttMessage } from '../../core/contract/ports.ts';
import type { Ending } from '../ending.ts';
import { until } from '../until.ts';
import type { Case } from './case.ts';

export interface MqttUnderTest {
  readonly mqtt: Mqtt;
  /** A client of the same broker that is independent of camd. */
  outside(): Promise<MqttClient>;
}

export function mqttCases<T extends Ending>(make: (t: T) => Promise<MqttUnderTest>): readonly Case<T>[] {
  return [
    {
      title: 'published messages reach external clients',
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
      title: 'external messages reach the matching subscribers until their release',
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
      title: 'a later subscriber gets a retained message with the retain flag, and a live one without',
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
      title: 'a QoS 1 message that its handler refuses is repeated until it is accepted',
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
      title: 'an invalid filter is refused immediately',
      async run(t) {
        const { mqtt } = await make(t);

        assert.throws(() => mqtt.subscribe('a/#/b', 1, () => {}), /filter/);
        assert.throws(() => mqtt.subscribe('', 1, () => {}), /filter/);
      },
    },
    {
      title: 'listeners of the connection get its state immediately',
      async run(t) {
        const { mqtt } = await make(t);
        const states: boolean[] = [];

        const release = mqtt.onConnection((connected) => void states.push(connected));
        release();
        release();

        assert.deepEqual(states, [true]);
        assert.equal(mqtt.connected, true);
      },
    },
  ];
}

/** Resolves once the broker has all earlier subscriptions: a message has made a round trip. */
async function settled(client: MqttClient, mqtt: Mqtt): Promise<void> {
  let isReceived = false;
  const release = mqtt.subscribe('conformance/settled', 0, () => {
    isReceived = true;
  });
  await until(async () => {
    await client.publishAsync('conformance/settled', '1', { qos: 0 });
    return isReceived;
  }, 'a message to make a round trip');
  release();
}
