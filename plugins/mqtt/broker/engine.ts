// The broker itself: its clients, subscriptions and retained messages, which survive reloads; a reload replaces only its settings.

import type { Aedes, Client, PublishPacket } from 'aedes';
import { withTimeout } from '../../../core/base/deadline.ts';
import {
  type Clock,
  environment,
  type Fault,
  type Log,
  type Metrics,
  type MqttMessage,
} from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { type Subscriptions, subscriptions } from '../../kit/mqtt/subscriptions.ts';
import { optionalPackage } from '../../kit/packages/optional.ts';
import type { Access, Admit } from './access.ts';
import { cutSize } from './cut-message.ts';
import { createEntry } from './entry.ts';
import { type BrokerListeners, createBrokerListeners, type ListenerSetting } from './listeners.ts';
import { createRetained, type Retained } from './retained.ts';

/** How long a client that does not read may delay its messages before it is disconnected. */
const DRAIN_MS = 10_000;
/** Limit of unfinished QoS 2 messages per client, between PUBLISH and PUBREL (MQTT 3.1.1 §4.3.3); each is held in memory. */
const MAX_HALF = 64;
/** Topic for messages whose payload was cut out. No client can subscribe to it: the rules cover no topic that begins with "$". */
const NOWHERE = '$camd/cut';

/** The longest possible timer: the listeners close silent connections themselves. */
const NEVER_MS = 2 ** 31 - 1;

/** The settings of the current node for the broker. */
export interface Setting extends ListenerSetting {
  readonly admit: Admit;
  /** True if this user may use this client id. */
  mayUseId(clientId: string, username: string | undefined): boolean;
  readonly handleWithin: number;
  readonly maxRetained: number;
  readonly log: Log;
  readonly metrics: Metrics;
  fail(cause: unknown): void;
}

export interface Engine {
  readonly inbox: Subscriptions;
  readonly retained: Retained;
  readonly listeners: BrokerListeners;
  readonly clients: number;
  /** Clients with unchanged permissions stay connected; the others are disconnected. */
  configure(setting: Setting): void;
  publish(message: MqttMessage): Promise<void>;
  close(): Promise<void>;
}

export interface Member {
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  access: Access;
  /** True after the log has named a too large message of this client. */
  hasSentTooLarge: boolean;
}

export async function createEngine(first: Setting, clock: Clock): Promise<Engine> {
  const { Aedes: Broker } = await load();
  let setting = first;
  const members = new Map<Client, Member>();
  const retained = createRetained(first.maxRetained);
  const inbox = subscriptions(() => {}, clock.monotonic);
  const listeners = createBrokerListeners(() => setting);
  const ending = new AbortController();

  /** Resolves when every subscriber in camd has accepted the message; rejects when one refused it or timed out. */
  const accept = async (message: MqttMessage): Promise<void> => {
    const { handleWithin, metrics } = setting;
    metrics.count('messages_in_total');
    if (message.qos > 0 && inbox.misses(message.topic)) {
      const limit = AbortSignal.any([ending.signal, AbortSignal.timeout(handleWithin)]);
      if (!(await inbox.wanted(message.topic, limit))) {
        throw environment('mqtt-unclaimed', 'The node that subscribes to these messages is down.');
      }
    }
    const late = (): Fault => environment('mqtt-slow', 'The message was not accepted in time.');
    await withTimeout(handleWithin, late, inbox.deliver(message));
  };

  /** A message can only be refused by closing the connection (MQTT 3.1.1 §3.3.5), which would also stop the client's other messages. */
  const tooLarge = (client: Client | null, topic: string, bytes: number): void => {
    setting.metrics.count('too_large_total');
    const member = client && members.get(client);
    if (!member || member.hasSentTooLarge) return;
    member.hasSentTooLarge = true;
    setting.log.warn('a message is larger than max_packet: it is acknowledged and dropped', {
      ...{ client: client.id, topic, bytes, max_packet: setting.maxPacket },
    });
  };

  const entry = createEntry({
    setting: () => setting,
    addressOf: (client) => listeners.addressOf(client.conn),
    holderOf: (id) => [...members].find(([client]) => client.id === id)?.[1],
    clock,
  });
  const broker = new Broker({
    drainTimeout: DRAIN_MS,
    maxInflightInbound: MAX_HALF,
    // Persistent sessions would queue without a bound for absent clients, so every session is clean.
    connectTimeout: NEVER_MS,
    preConnect(client, packet, callback) {
      packet.clean = true;
      if (packet.clientId === '') entry.unnamed(client);
      callback(null, true);
    },
    authenticate(client, username, password, callback) {
      const access = entry.enter(client, username, password, callback);
      if (!access) return;
      members.set(client, { username, password, access, hasSentTooLarge: false });
      client.conn.once('close', () => members.delete(client));
      listeners.welcome(client.conn);
      callback(null, true);
    },
    authorizeSubscribe(client, subscription, callback) {
      const allowed = members.get(client)?.access.maySubscribe(subscription.topic) ?? false;
      if (!allowed) setting.metrics.count('refused_subscriptions_total');
      // null answers with the failure code 0x80 (MQTT 3.1.1 §3.9.3) and keeps the connection.
      callback(null, allowed ? subscription : null);
    },
    authorizePublish(client, packet, callback) {
      if (client && !members.get(client)?.access.mayPublish(packet.topic)) {
        setting.metrics.count('refused_publishes_total');
        setting.log.warn('a client was disconnected: it may not publish to this topic', {
          client: client.id,
          topic: packet.topic,
        });
        callback(new Error(`${client.id} may not publish to ${packet.topic}`));
        return;
      }
      const message = messageOf(packet);
      const size = cutSize(message.payload);
      if (size !== undefined) {
        tooLarge(client, packet.topic, size);
        Object.assign(packet, { topic: NOWHERE, payload: Buffer.alloc(0), retain: false });
        callback(null);
        return;
      }
      accept(message).then(
        () => {
          if (packet.retain && !retained.keep({ ...message, retain: true })) {
            packet.retain = false;
            setting.metrics.count('unretained_total');
          }
          callback(null);
        },
        (cause: unknown) => {
          setting.metrics.count('refused_total');
          setting.log.warn('a message could not be accepted, its sender is disconnected', { cause: sentence(cause) });
          // QoS 0 has no answer, so the sender would not repeat it.
          callback(message.qos === 0 ? null : new Error('not accepted'));
        },
      );
    },
  });
  await broker.listen();
  broker.addListener('error', (cause: unknown) => setting.fail(cause));
  const onGone = (client: Client | undefined, cause: Error) =>
    setting.log.debug('a client was disconnected', { client: client?.id, cause: cause.message });
  broker.on('clientError', onGone);
  broker.on('connectionError', onGone);
  listeners.onClient((stream, request) => void broker.handle(stream, request));

  const apply = (next: Setting): void => {
    for (const topic of retained.limit(next.maxRetained)) void forget(broker, topic);
    for (const [client, member] of members) {
      const access = next.admit(client.id, member.username, member.password);
      if (access?.rules === member.access.rules) continue;
      members.delete(client);
      client.close();
    }
    listeners.configured();
  };

  return {
    inbox,
    retained,
    listeners,
    get clients() {
      return broker.connectedClients;
    },
    configure(next) {
      setting = next;
      // If a reload is undone in the same step, the old setting is configured again and no client is disconnected.
      queueMicrotask(() => {
        if (setting === next) apply(next);
      });
    },
    async publish({ topic, payload, qos, retain }) {
      const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
      await publish(broker, { cmd: 'publish', topic, payload: data, qos, retain, dup: false });
    },
    async close() {
      ending.abort();
      listeners.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}

const load = (): Promise<typeof import('aedes')> =>
  optionalPackage('aedes', 'mqtt/broker needs', () => import('aedes'));

function messageOf(packet: PublishPacket): MqttMessage {
  const { topic, payload, qos, dup } = packet;
  const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
  // Existing subscribers get a message without the retain flag (MQTT 3.1.1 §3.3.1.3).
  return { topic, payload: data, qos, retain: false, duplicate: dup };
}

/** An empty retained message deletes the one before it (MQTT 3.1.1 §3.3.1.3). */
async function forget(broker: Aedes, topic: string): Promise<void> {
  await publish(broker, { cmd: 'publish', topic, payload: Buffer.alloc(0), qos: 0, retain: true, dup: false }).catch(
    () => {},
  );
}

function publish(broker: Aedes, packet: PublishPacket): Promise<void> {
  return new Promise((resolve, reject) => {
    broker.publish(packet, (error) => (error ? reject(error) : resolve()));
  });
}
