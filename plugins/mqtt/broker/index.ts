// mqtt/broker: an embedded MQTT 3.1.1 broker based on aedes; it sends a PUBACK after camd's own subscribers accept the message.

import { defineNode, type MqttMessage, misuse, type Node } from '../../../core/contract/plugin.ts';
import type { MqttBrokerOptions } from '../../../schemas/mqtt/broker.ts';
import { examinePackage } from '../../kit/examine/packages.ts';
import { filterFault } from '../../kit/mqtt/topic.ts';
import { createAdmit, createIdRules } from './access.ts';
import { createEngine, type Setting } from './engine.ts';

/** How long connections wait for the other nodes to start. */
const READY_MS = 30_000;
const READY_STEP_MS = 20;

export default defineNode<MqttBrokerOptions>({
  examine: () => examinePackage('aedes', () => import('aedes')),
  async start(node) {
    const { options, metrics } = node;
    const setting = settingOf(node);
    const engine = await node.durable('broker', {
      same: [],
      create: () => createEngine(setting, node.clock),
      dispose: (made) => made.close(),
    });
    const { inbox, retained, listeners } = engine;
    if (options.listen !== undefined) listeners.tcp(await node.listen(options.listen));
    if (options.websocket !== undefined) node.defer(listeners.websocket(await node.listen(options.websocket)));
    node.whileActive(() => engine.configure(setting));
    metrics.gauge('clients', () => engine.clients);
    metrics.gauge('retained', () => retained.count);
    metrics.gauge('retained_bytes', () => retained.bytes);

    return {
      mqtt: {
        connected: true,
        async publish(topic, payload, { qos = 0, retain = false } = {}) {
          const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
          const message: MqttMessage = { topic, payload: data, qos, retain, duplicate: false };
          const keep = retain && retained.keep(message);
          metrics.count('messages_out_total');
          await engine.publish({ ...message, retain: keep });
          await inbox.deliver({ ...message, retain: false }).catch(() => {});
        },
        subscribe(filter, qos, onMessage) {
          const wrong = filterFault(filter);
          if (wrong !== undefined) throw misuse('bad-filter', `The topic filter "${filter}" ${wrong}.`);
          const release = inbox.add(filter, qos, onMessage);
          for (const message of retained.matching(filter)) void deliverRetained(onMessage, message);
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

function settingOf(node: Node<MqttBrokerOptions>): Setting {
  const { options, metrics, log } = node;
  return {
    admit: createAdmit(options),
    mayUseId: createIdRules(options),
    handleWithin: options.handle_within,
    maxRetained: options.max_retained,
    maxPacket: options.max_packet,
    maxClients: options.max_clients,
    maxPerAddress: options.max_clients_per_address,
    connectTimeout: options.connect_timeout,
    memory: node.memory,
    websocket: options.websocket !== undefined,
    tcp: options.listen !== undefined,
    origins: new Set(options.origins.map((origin) => origin.toLowerCase())),
    ready: othersStarted(node),
    log,
    metrics,
    fail: node.fail,
    onRefused(why, address) {
      metrics.count('refused_connections_total');
      log.warn('a connection was refused', { why, address });
    },
  };
}

/** Without this wait, a message that arrives before its subscribers would be acknowledged and lost. */
async function othersStarted(node: Node<unknown>): Promise<void> {
  const until = node.clock.monotonic() + READY_MS;
  const starting = () => node.daemon.nodes().some(({ id, state }) => id !== node.id && state.is === 'starting');
  do await node.clock.sleep(READY_STEP_MS, node.signal).catch(() => {});
  while (starting() && node.clock.monotonic() < until && !node.signal.aborted);
}

async function deliverRetained(
  onMessage: (message: MqttMessage) => void | Promise<void>,
  message: MqttMessage,
): Promise<void> {
  try {
    await onMessage(message);
  } catch {
    // A refused retained message stays retained and is sent again with the next subscription.
  }
}
