// One connection to a broker, from CONNECT to its end; a reconnect uses a new grant.

import type { IPublishPacket, MqttClient } from 'mqtt';
import { withDeadline } from '../../../core/base/deadline.ts';
import { reason } from '../../../core/base/reason.ts';
import { formatSize } from '../../../core/base/units.ts';
import { environment, type MqttMessage } from '../../../core/contract/plugin.ts';
import { packetLimit } from '../../kit/mqtt/packet-limit.ts';
import { puback } from './acknowledger.ts';
import type { ConnectionOptions } from './options.ts';

/** Bytes buffered for a broker that does not read. Further messages are refused. */
const MAX_UNSENT = 32 * 1024 * 1024;
/** How long a broker may take to acknowledge a published message. */
const PUBLISH_MS = 30_000;

/** Limit of a PUBLISH packet besides its topic and payload, in bytes. */
const PUBLISH_HEAD = 16;

/** The reason for the end of a connection if no other is known. */
export const CLOSED = 'the connection was closed';
/** The broker's reasons for a disconnect (MQTT 5 §3.14.2.1); MQTT 3.1.1 has none. */
const DISCONNECTED: Readonly<Record<number, string>> = {
  135: 'the broker does not authorise this client any more',
  137: 'the broker is busy',
  139: 'the broker is shutting down',
  141: 'the broker received no packet within the keep-alive interval',
  142: 'another client has connected with the same client id; set a different "client_id" in each profile',
  147: 'camd had more messages in flight than the broker accepts',
  149: 'the broker does not accept so large a packet',
  151: 'a quota of the broker is exceeded',
};

/** The limits that the broker sends in CONNACK (MQTT 5 §3.2.2.3); MQTT 3.1.1 has none. */
export interface BrokerLimits {
  /** Bytes. */
  readonly maxPacket?: number;
  /** Number of unacknowledged QoS 1 messages that the broker accepts. */
  readonly receiveMaximum?: number;
  readonly maxQos?: number;
}

export interface Connection {
  /** True if the broker has kept the session of an earlier connection. */
  readonly hasSession: boolean;
  readonly limits: BrokerLimits;
  /** Aborted at the end of the connection. */
  readonly signal: AbortSignal;
  /** The reason for the end, usable as the end of a sentence. */
  readonly ended: Promise<string>;
  end(why: string): void;
  /** The handler gets at most `limit` messages at the same time; grant more waits. */
  onMessage(limit: number, handler: MessageHandler): void;
  acknowledge(messageId: number): void;
  subscribe(filter: string, qos: 0 | 1): Promise<void>;
  unsubscribe(filter: string): Promise<void>;
  publish(topic: string, payload: Buffer | string, options: { qos: 0 | 1; retain: boolean }): Promise<void>;
}

/** `filters`: the subscriptions that matched this copy, if the broker sends them. Never rejects. */
export type MessageHandler = (
  message: MqttMessage,
  messageId: number | undefined,
  filters: ReadonlySet<string> | undefined,
) => Promise<void>;

export type Opened = { readonly connection: Connection } | { readonly why: string };

/** Resolves when the broker accepts or refuses the connection, or is unreachable. Ends with `signal`. */
export async function openConnection(
  options: ConnectionOptions,
  timeout: number,
  signal: AbortSignal,
): Promise<Opened> {
  const { default: mqtt } = await import('mqtt');
  const client = mqtt.connect(options.url, options.mqtt);
  const control = new AbortController();
  let why: string = CLOSED;
  const ended = new Promise<string>((resolve) => {
    client.once('close', () => {
      clearTimeout(bound);
      signal.removeEventListener('abort', leave);
      control.abort();
      client.end(true);
      resolve(why);
    });
  });
  const end = (cause: string) => {
    why = cause;
    client.stream.destroy();
  };
  // DISCONNECT keeps the broker from publishing the will when camd stops normally.
  const leave = () => {
    why = 'camd is stopping';
    // Without DISCONNECT the broker publishes the will (MQTT 3.1.1 §3.1.2.5).
    if (options.willAtEnd) client.stream.end();
    else client.end(false, () => client.stream.destroy());
    setTimeout(() => client.stream.destroy(), 500).unref();
  };
  const bound = setTimeout(() => end('it accepted the connection but did not answer'), timeout + 1000);
  client.on('error', (cause) => {
    why = reason(cause);
  });
  client.on('disconnect', ({ reasonCode }) => {
    if (reasonCode !== undefined)
      why = DISCONNECTED[reasonCode] ?? `the broker ended the connection (reason ${reasonCode})`;
  });
  const takeHeld = hold(client);
  const accepted = new Promise<{ hasSession: boolean }>((resolve) =>
    client.once('connect', ({ sessionPresent }) => resolve({ hasSession: sessionPresent })),
  );
  client.connect();
  watchSizes(client, options.maxPacket, end);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  const outcome = await Promise.race([accepted, ended]);
  clearTimeout(bound);
  if (typeof outcome === 'string') return { why: outcome };
  return { connection: { ...connectionOf(client, control.signal, ended, end, takeHeld), ...outcome } };
}

/** Messages of a persistent session follow CONNACK immediately; they stay in the socket until there is a handler. */
function hold(client: MqttClient): () => Held | undefined {
  let held: Held | undefined;
  client.handleMessage = (packet, callback) => {
    held = { packet, callback };
  };
  return () => held;
}

interface Held {
  readonly packet: IPublishPacket;
  readonly callback: (error?: Error) => void;
}

function watchSizes(client: MqttClient, most: number, end: (why: string) => void): void {
  const check = packetLimit(most);
  client.stream.on('data', (chunk: Uint8Array) => {
    if (check(chunk) !== 'fine') end(`it sent a packet of more than ${most} bytes (max_packet)`);
  });
}

function connectionOf(
  client: MqttClient,
  signal: AbortSignal,
  ended: Promise<string>,
  end: (why: string) => void,
  takeHeld: () => Held | undefined,
): Omit<Connection, 'hasSession'> {
  /** Waits for the callback; fails when the connection ends or the broker does not answer in time. */
  const answered = async (work: (done: (error?: Error | null) => void) => void, what: string): Promise<void> => {
    const late = (): Error => new Error(`the broker did not answer within ${PUBLISH_MS / 1000} s`);
    const done = new Promise<undefined>((resolve, reject) => {
      work((error) => (error ? reject(error) : resolve(undefined)));
    });
    try {
      const why = await withDeadline({ ms: PUBLISH_MS, late }, () => Promise.race([done, ended]));
      if (why !== undefined) throw new Error(why);
    } catch (cause) {
      throw environment('mqtt-failed', `${what}: ${reason(cause)}.`, cause);
    }
  };
  const newest = client.options.protocolVersion === 5;
  const filters: string[] = [];
  /** Subscription identifiers start at 1 (MQTT 5 §3.8.2.1.2). Without them, overlapping filters would duplicate each message. */
  const identifier = (filter: string): number => {
    const at = filters.indexOf(filter);
    return at >= 0 ? at + 1 : filters.push(filter);
  };
  const identified = () => newest && client.serverProperties?.subscriptionIdentifiersAvailable !== false;
  const filtersOf = ({ properties }: IPublishPacket): ReadonlySet<string> | undefined => {
    const ids = [properties?.subscriptionIdentifier ?? []].flat();
    if (ids.length === 0) return undefined;
    return new Set(ids.flatMap((id) => filters[id - 1] ?? []));
  };
  const options = (filter: string, qos: 0 | 1) =>
    identified() ? { qos, properties: { subscriptionIdentifier: identifier(filter) } } : { qos };
  const { maximumPacketSize, receiveMaximum, maximumQoS } = client.serverProperties ?? {};
  const limits: BrokerLimits = {
    ...(maximumPacketSize === undefined ? {} : { maxPacket: maximumPacketSize }),
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    ...(maximumQoS === undefined ? {} : { maxQos: maximumQoS }),
  };
  return {
    limits,
    signal,
    ended,
    end,
    onMessage(limit, handler) {
      let busy = 0;
      const paused: (() => void)[] = [];
      client.handleMessage = (packet, callback) => {
        busy++;
        void handler(messageOf(packet), packet.qos > 0 ? packet.messageId : undefined, filtersOf(packet)).finally(
          () => {
            busy--;
            paused.shift()?.();
          },
        );
        // MQTT.js continues reading after its callback, and sends the PUBACK itself unless the callback gets an error.
        const readOn = () => callback(new Error('acknowledged later'));
        // Up to `limit` messages never pause the socket, so that the broker's pings are answered.
        if (busy <= limit) readOn();
        else paused.push(readOn);
      };
      const first = takeHeld();
      if (first) client.handleMessage(first.packet, first.callback);
    },
    acknowledge(messageId) {
      if (!signal.aborted && client.connected) client.stream.write(puback(messageId));
    },
    subscribe: (filter, qos) =>
      answered(
        (done) =>
          client.subscribe(filter, options(filter, qos), (error, granted) =>
            done(
              error ??
                (granted?.some((grant) => grant.qos >= 128)
                  ? new Error('the broker refused the subscription')
                  : undefined),
            ),
          ),
        `The broker did not accept the subscription to "${filter}"`,
      ),
    unsubscribe: (filter) =>
      answered(
        (done) => client.unsubscribe(filter, {}, done),
        `The broker did not end the subscription to "${filter}"`,
      ),
    async publish(topic, payload, options) {
      if (client.stream.writableLength > MAX_UNSENT)
        throw environment('mqtt-slow', 'The broker does not read the messages that camd sends.');
      // MQTT 5 §3.2.2.3.6: the client must not send a larger packet.
      const most = client.serverProperties?.maximumPacketSize;
      const bytes = Buffer.byteLength(payload) + Buffer.byteLength(topic) + PUBLISH_HEAD;
      if (most !== undefined && bytes > most) {
        throw environment(
          'mqtt-too-large',
          `The message for "${topic}" has ${formatSize(bytes)}, and the broker accepts at most ${formatSize(most)}: make the pictures smaller (transform/image), or raise max_packet_size of the broker.`,
        );
      }
      await answered(
        (done) => client.publish(topic, payload, options, done),
        `The broker did not accept the message for "${topic}"`,
      );
    },
  };
}

function messageOf(packet: IPublishPacket): MqttMessage {
  const { topic, payload, qos, retain, dup } = packet;
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos,
    retain,
    duplicate: dup,
  };
}
