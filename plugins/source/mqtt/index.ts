// source/mqtt: pictures that arrive over MQTT, one per message.

import { isFinal } from '../../../core/contract/final.ts';
import { defineNode, environment, type Finding, type MqttMessage, misuse } from '../../../core/contract/plugin.ts';
import type { SourceMqttOptions } from '../../../schemas/source/mqtt.ts';
import { byPlace } from '../../kit/capture/frame-facts.ts';
import { createDedupe, fingerprintOf } from '../../kit/ingest/dedupe.ts';
import { isKnown } from '../../kit/ingest/known.ts';
import { oneImage } from '../../kit/ingest/one-image.ts';
import { rateLimit } from '../../kit/ingest/rate-limit.ts';
import { createRejects } from '../../kit/ingest/rejects.ts';
import { filterFault, type TopicPattern, topicPattern } from '../../kit/mqtt/topic.ts';
import { createKeyedQueue } from '../../kit/work/keyed-queue.ts';
import { followScreens } from './screens.ts';

/** Limit of the messages that wait under max_rate; the sender of a further one must repeat it. */
const MAX_HELD = 4096;

export default defineNode<SourceMqttOptions>({
  frames: (options, view) =>
    options.topic === undefined
      ? { cameras: undefined, interval: undefined }
      : byPlace([options.topic].flat(), options, view),
  check: ({ topic, camera, ...others }) => [
    ...checkPurpose(topic, others),
    ...topicsOf(topic).flatMap((pattern) => checkTopic(pattern, camera !== undefined)),
    ...(['status_topic', 'heartbeat_topic', 'command_topic'] as const).flatMap((option) =>
      checkScreenTopic(option, others[option]),
    ),
  ],
  async start(node) {
    const { options, metrics, parser } = node;
    if (!parser) throw misuse('no-parser', `${node.id} needs "parse" to name a parser.`);
    const patterns = topicsOf(options.topic).map(topicPattern);
    const [registry] = node.refs('only', 'registry');
    const dedupe = createDedupe(options.max_cameras);
    const rates = rateLimit(options.max_rate, options.max_cameras);
    if (patterns.length > 0 && (options.camera !== undefined || patterns.some(({ named }) => !named))) {
      node.output.announce(options.camera ?? node.id);
    }

    /** A dropped message is acknowledged: repeating it would not help. */
    const drop = (counter: string, message: string, fields: Record<string, unknown>) => {
      metrics.count(counter);
      node.log.warn(message, fields);
    };
    const rejects = createRejects({
      folder: options.rejects === undefined ? undefined : node.resolve(options.rejects),
      maxFiles: options.max_rejects,
      maxBytes: options.max_rejects_bytes,
      log: node.log,
      metrics,
      now: () => node.clock.now(),
    });
    /** The payload may be a picture that the user misses: it is saved before its message is acknowledged. */
    const reject = async (counter: string, message: string, camera: string, payload: Buffer, why: string) => {
      const kept = await rejects.keep(camera, payload);
      drop(counter, message, { camera, why, bytes: payload.length, ...(kept === undefined ? {} : { kept }) });
    };

    const turns = createKeyedQueue({ parallel: MAX_HELD, waiting: MAX_HELD });
    /** False if the message must be dropped. A held message is not acknowledged; messages of one camera keep their order. */
    const slowDown = async (camera: string, acknowledged: boolean): Promise<boolean> => {
      if (options.max_rate === undefined) return true;
      if (!acknowledged || options.over_rate === 'drop') return rates.take(camera, node.clock.monotonic()) === 0;
      const turn = turns.run(camera, async () => {
        for (let held = 0; ; held++) {
          const wait = rates.take(camera, node.clock.monotonic());
          if (wait === 0) return;
          if (held === 0) metrics.count('held_total');
          await node.clock.sleep(wait, node.signal);
        }
      });
      if (!turn) throw environment('mqtt-busy', `${MAX_HELD} messages are held back by max_rate.`);
      await turn;
      return true;
    };

    const receive = async (pattern: TopicPattern, message: MqttMessage): Promise<void> => {
      const { topic, payload } = message;
      // An empty message deletes the retained one (MQTT 3.1.1 §3.3.1.3); it is not a picture.
      if (payload.length === 0) return;
      if (message.retain && options.retained === 'never') return metrics.count('retained_dropped_total');
      const camera = pattern.named ? pattern.camera(topic) : (options.camera ?? node.id);
      if (!camera) return drop('unknown_cameras_total', 'a topic contains no valid camera id', { topic });
      if (payload.length > options.max_message) {
        return drop('too_large_total', 'a message is larger than max_message', { camera, bytes: payload.length });
      }
      if (!(await isKnown(registry, camera))) {
        return drop('unknown_cameras_total', 'the camera of a picture is not in the registry', { camera });
      }
      const fingerprint = fingerprintOf(payload);
      if ((message.duplicate || message.retain) && dedupe.has(camera, fingerprint)) {
        return metrics.count('duplicates_total');
      }
      if (!message.duplicate && !(await slowDown(camera, message.qos > 0))) {
        return drop('over_rate_total', 'a camera sends more often than max_rate', { camera });
      }
      const found = oneImage(parser, payload);
      if ('reason' in found) {
        return reject('bad_payloads_total', 'a message contains no picture', camera, payload, found.reason);
      }
      const { image } = found;
      const frame = node.output.stamp({ ...image, camera, meta: { ...image.meta, topic } });
      try {
        await node.output.emit(frame, message.qos > 0);
      } catch (cause) {
        if (!isFinal(cause)) throw cause;
        return reject('rejected_total', 'a picture was rejected permanently', camera, payload, cause.message);
      }
      dedupe.accepted(camera, fingerprint);
    };

    const subscribeScreens = await followScreens(node);
    node.ref('via', 'mqtt').bind((mqtt) => {
      const releases = [
        ...patterns.map((pattern) =>
          mqtt.subscribe(pattern.filter, options.qos, (message) => receive(pattern, message)),
        ),
        ...subscribeScreens(mqtt),
      ];
      const watch = mqtt.onConnection((connected) => {
        if (connected) node.healthy();
        else node.degraded(`${node.id} is waiting for the broker of ${options.via}.`);
      });
      return () => {
        watch();
        for (const release of releases) release();
      };
    });
  },
});

const topicsOf = (topic: string | readonly string[] | undefined): readonly string[] => [topic ?? []].flat();

type ScreenTopics = Pick<SourceMqttOptions, 'status_topic' | 'heartbeat_topic' | 'command_topic'>;

function checkPurpose(topic: unknown, screens: ScreenTopics): Finding[] {
  if (topic !== undefined || screens.status_topic || screens.heartbeat_topic || screens.command_topic) return [];
  const message =
    'topic: the node has nothing to do; set the "topic" of the pictures, or one of "status_topic", "heartbeat_topic" and "command_topic".';
  return [{ option: 'topic', code: 'missing-option', message }];
}

function checkScreenTopic(option: string, topic: string | undefined): Finding[] {
  if (topic === undefined) return [];
  const { filter, named } = topicPattern(topic);
  const fault = filterFault(filter) ?? (named ? undefined : 'has no {camera}, so it names no screen');
  return fault === undefined ? [] : [{ option, code: 'wrong-value', message: `${option}: "${topic}" ${fault}.` }];
}

function checkTopic(topic: string, hasCamera: boolean): Finding[] {
  const { filter, named } = topicPattern(topic);
  const wrong = filterFault(filter);
  if (wrong !== undefined) return [{ option: 'topic', code: 'wrong-value', message: `topic: "${topic}" ${wrong}.` }];
  if (!named || !hasCamera) return [];
  const message = `camera: the topic "${topic}" contains the camera already; remove "camera".`;
  return [{ option: 'camera', code: 'wrong-value', message }];
}
