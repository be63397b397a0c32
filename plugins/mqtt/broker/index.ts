// mqtt/broker: an embedded MQTT 3.1.1 broker on aedes; it sends a PUBACK after camd's own subscribers accept the message.

import type { Aedes, Client, PublishPacket } from 'aedes';
import { withDeadline } from '../../../core/base/deadline.ts';
import {
  defineNode,
  environment,
  type Fault,
  type MqttMessage,
  misuse,
  type Node,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { MqttBrokerOptions } from '../../../schemas/mqtt/broker.ts';
import { subscriptions } from '../../kit/mqtt/subscriptions.ts';
import { filterFault } from '../../kit/mqtt/topic.ts';
import { type Access, createAdmit } from './access.ts';
import { createBrokerListeners } from './listeners.ts';
import { createRetained } from './retained.ts';

/** How long a client that does not read may delay its messages before it is disconnected. */
const DRAIN_MS = 10_000;
/** Most QoS 2 messages of one client between PUBLISH and PUBREL (MQTT 3.1.1 §4.3.3); each is held in memory. */
const MAX_HALF = 64;
/** How long connections wait for the other nodes to start. */
const READY_MS = 30_000;
const READY_STEP_MS = 20;

export default defineNode<MqttBrokerOptions>({
  async start(node) {
    const { options, metrics } = node;
    const { Aedes: Broker } = await load();
    const admit = createAdmit(options);
    const granted = new WeakMap<Client, Access>();
    const retained = createRetained(options.max_retained);
    const inbox = subscriptions(() => {}, node.clock.monotonic);

    /** Resolves when every subscriber in camd has accepted the message; rejects when one refused it or timed out. */
    const accept = async (message: MqttMessage): Promise<void> => {
      metrics.count('messages_in_total');
      if (message.qos > 0 && inbox.misses(message.topic)) {
        const limit = AbortSignal.any([node.signal, AbortSignal.timeout(options.handle_within)]);
        if (!(await inbox.wanted(message.topic, limit))) {
          throw environment('mqtt-unclaimed', 'The node that subscribes to these messages is down.');
        }
      }
      const late = (): Fault => environment('mqtt-slow', 'The message was not accepted in time.');
      await withDeadline({ ms: options.handle_within, late }, () => inbox.deliver(message));
    };

    const broker = new Broker({
      drainTimeout: DRAIN_MS,
      maxInflightInbound: MAX_HALF,
      // Persistent sessions would queue without a bound for absent clients, so every session is clean.
      preConnect(_client, packet, callback) {
        packet.clean = true;
        callback(null, true);
      },
      authenticate(client, username, password, callback) {
        const access = admit(client.id, username, password);
        if (access) granted.set(client, access);
        else metrics.count('refused_clients_total');
        callback(null, access !== undefined);
      },
      authorizeSubscribe(client, subscription, callback) {
        const allowed = granted.get(client)?.maySubscribe(subscription.topic) ?? false;
        if (!allowed) metrics.count('refused_subscriptions_total');
        // null answers with the failure code 0x80 (MQTT 3.1.1 §3.9.3) and keeps the connection.
        callback(null, allowed ? subscription : null);
      },
      authorizePublish(client, packet, callback) {
        if (client && !granted.get(client)?.mayPublish(packet.topic)) {
          metrics.count('refused_publishes_total');
          callback(new Error(`${client.id} may not publish to ${packet.topic}`));
          return;
        }
        const message = messageOf(packet);
        accept(message).then(
          () => {
            if (packet.retain && !retained.keep({ ...message, retain: true })) {
              packet.retain = false;
              metrics.count('unretained_total');
            }
            callback(null);
          },
          (cause: unknown) => {
            metrics.count('refused_total');
            node.log.warn('a message could not be accepted, its sender is disconnected', { cause: sentence(cause) });
            // QoS 0 has no answer, so the sender would not repeat it.
            callback(message.qos === 0 ? null : new Error('not accepted'));
          },
        );
      },
    });
    await broker.listen();
    for (const message of isHandover(node.handedOver) ? node.handedOver.retained : []) {
      const { topic, payload, qos } = message;
      if (retained.keep(message))
        await publish(broker, { cmd: 'publish', topic, payload, qos, retain: true, dup: false });
    }
    broker.addListener('error', node.fail);
    const onGone = (client: Client | undefined, cause: Error) =>
      node.log.debug('a client was disconnected', { client: client?.id, cause: cause.message });
    broker.on('clientError', onGone);
    broker.on('connectionError', onGone);
    node.defer(() => new Promise<void>((resolve) => broker.close(() => resolve())));

    const listeners = createBrokerListeners({
      maxPacket: options.max_packet,
      maxClients: options.max_clients,
      origins: new Set(options.origins.map((origin) => origin.toLowerCase())),
      ready: othersStarted(node),
      onClient: (stream, request) => void broker.handle(stream, request),
      onRefused(why) {
        metrics.count('refused_connections_total');
        node.log.warn('a connection was refused', { why });
      },
    });
    node.defer(listeners.close);
    if (options.listen !== undefined) listeners.tcp(await node.listen(options.listen));
    if (options.websocket !== undefined) listeners.websocket(await node.listen(options.websocket));
    metrics.gauge('clients', () => broker.connectedClients);
    metrics.gauge('retained', () => retained.count);
    metrics.gauge('retained_bytes', () => retained.bytes);

    return {
      handover: (): Handover => ({ retained: retained.matching('#') }),
      mqtt: {
        connected: true,
        async publish(topic, payload, { qos = 0, retain = false } = {}) {
          const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
          const message: MqttMessage = { topic, payload: data, qos, retain, duplicate: false };
          const keep = retain && retained.keep(message);
          metrics.count('messages_out_total');
          await publish(broker, { cmd: 'publish', topic, payload: data, qos, retain: keep, dup: false });
          await inbox.deliver({ ...message, retain: false }).catch(() => {});
        },
        subscribe(filter, qos, onMessage) {
          const wrong = filterFault(filter);
          if (wrong !== undefined) throw misuse('bad-filter', `The topic filter "${filter}" ${wrong}.`);
          const release = inbox.add(filter, qos, onMessage);
          for (const message of retained.matching(filter)) void handed(onMessage, message);
          return release;
        },
        onConnection(listener) {
          listener(true);
          return () => {};
        },
      },
    };
  },
});

interface Handover {
  readonly retained: readonly MqttMessage[];
}

function isHandover(value: unknown): value is Handover {
  return typeof value === 'object' && value !== null && 'retained' in value && Array.isArray(value.retained);
}

async function load(): Promise<typeof import('aedes')> {
  try {
    return await import('aedes');
  } catch (cause) {
    throw environment(
      'missing-package',
      'mqtt/broker needs the package aedes; install it with "npm install aedes".',
      cause,
    );
  }
}

/** A message that arrives before its subscribers would be acknowledged and lost. */
async function othersStarted(node: Node<unknown>): Promise<void> {
  const until = node.clock.monotonic() + READY_MS;
  const starting = () => node.daemon.nodes().some(({ id, state }) => id !== node.id && state.is === 'starting');
  do await node.clock.sleep(READY_STEP_MS, node.signal).catch(() => {});
  while (starting() && node.clock.monotonic() < until && !node.signal.aborted);
}

async function handed(onMessage: (message: MqttMessage) => void | Promise<void>, message: MqttMessage): Promise<void> {
  try {
    await onMessage(message);
  } catch {
    // A refused retained message stays retained and is sent again with the next subscription.
  }
}

function messageOf(packet: PublishPacket): MqttMessage {
  const { topic, payload, qos, dup } = packet;
  const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
  // Existing subscribers get a message without the retain flag (MQTT 3.1.1 §3.3.1.3).
  return { topic, payload: data, qos, retain: false, duplicate: dup };
}

function publish(broker: Aedes, packet: PublishPacket): Promise<void> {
  return new Promise((resolve, reject) => {
    broker.publish(packet, (error) => (error ? reject(error) : resolve()));
  });
}
