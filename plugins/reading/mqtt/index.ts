// reading/mqtt: the newest values of a sensor that publishes JSON over MQTT, such as an IMU.

import { defineNode, type Finding, type MqttMessage } from '../../../core/contract/plugin.ts';
import type { ReadingMqttOptions } from '../../../schemas/reading/mqtt.ts';
import { filterFault } from '../../kit/mqtt/topic.ts';
import { createRecent } from './recent.ts';
import { fieldsOf, valuesOf } from './values.ts';

/** Number of reasons that are logged, once each; a sensor with ever new reasons does not fill the log. */
const MAX_REASONS = 20;

export default defineNode<ReadingMqttOptions>({
  check({ topic }): Finding[] {
    const wrong = filterFault(topic);
    return wrong === undefined
      ? []
      : [{ option: 'topic', code: 'wrong-value', message: `topic: "${topic}" ${wrong}.` }];
  },
  start(node) {
    const { options, clock, metrics } = node;
    const fields = fieldsOf(options.fields);
    const recent = createRecent();
    const reasons = new Set<string>();
    let connected = true;
    let wait = new AbortController();
    metrics.gauge('age_seconds', () => {
      const newest = recent.newest();
      return newest ? (clock.now() - newest.time) / 1000 : -1;
    });

    const reportSilence = (): void => {
      node.degraded(
        connected
          ? `No reading has arrived on ${options.topic} for ${options.max_age / 1000} s; pictures carry none.`
          : `${node.id} is waiting for the broker of ${options.via}; pictures carry no reading.`,
      );
    };
    /** Restarts the timeout at each reading; without a further reading the node becomes degraded. */
    const restartTimeout = (): void => {
      wait.abort();
      wait = new AbortController();
      clock.sleep(options.max_age, wait.signal).then(reportSilence, () => {});
    };
    const receive = ({ payload, retain }: MqttMessage): void => {
      // The broker's copy of an old message has an unknown age.
      if (retain) {
        metrics.count('retained_dropped_total');
        return;
      }
      const found = valuesOf(payload, fields);
      if ('reason' in found) {
        metrics.count('malformed_total');
        if (reasons.size >= MAX_REASONS || reasons.has(found.reason)) return;
        reasons.add(found.reason);
        node.log.warn('message refused as a reading', { topic: options.topic, why: `it ${found.reason}` });
        return;
      }
      metrics.count('readings_total');
      recent.add({ values: found.values, time: clock.now() });
      node.healthy();
      restartTimeout();
    };

    node.ref('via', 'mqtt').bind((mqtt) => {
      const release = mqtt.subscribe(options.topic, options.qos, receive);
      const watch = mqtt.onConnection((isConnected) => {
        connected = isConnected;
        if (isConnected) restartTimeout();
        else reportSilence();
      });
      return () => {
        watch();
        release();
      };
    });
    restartTimeout();
    node.defer(() => wait.abort());
    return { readings: { newest: recent.newest, nearest: recent.nearest, maxAge: options.max_age } };
  },
});
