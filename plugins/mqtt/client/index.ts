// mqtt/client: a connection to an MQTT broker that reconnects while the node runs.

import { redactUrl } from '../../../core/base/redact.ts';
import { formatSize } from '../../../core/base/units.ts';
import { defineNode, environment, type Finding, misuse } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { NodeState } from '../../../core/contract/status.ts';
import type { MqttClientOptions } from '../../../schemas/mqtt/client.ts';
import { subscriptions } from '../../kit/mqtt/subscriptions.ts';
import { filterFault } from '../../kit/mqtt/topic.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { acknowledger } from './acknowledger.ts';
import { CLOSED, type Connection, openConnection } from './connection.ts';
import { examineBroker } from './examine.ts';
import { type ConnectionOptions, connectionOptions } from './options.ts';
import { publishSigns, waitForTurn } from './standby.ts';

const FIRST_PAUSE_MS = 1000;
/** Connections in short succession that end without a reason, before a second client with the same id is suspected. */
const SHARED_ID_AFTER = 3;
/** How long a QoS 1 message without a subscriber is held, because its node may still be starting. Afterwards it is dropped. */
const ORPHAN_MS = 10_000;
/** A persistent session keeps the subscription of an absent node for at least CHECK_MS and at most LINGER_MS. */
const CHECK_MS = 1000;
const LINGER_MS = 60_000;
const ABSENT: ReadonlySet<NodeState['is']> = new Set(['starting', 'failed', 'stopping']);

export default defineNode<MqttClientOptions>({
  check(options) {
    const findings: Finding[] = [];
    if (options.session === 'persistent' && options.client_id === undefined) {
      const message = 'session: "persistent" needs a "client_id", by which the broker identifies the session.';
      findings.push({ option: 'session', code: 'missing-option', message });
    }
    if (options.standby && options.session !== 'persistent') {
      const message = 'standby: only the messages of a persistent session can be taken over; add session: persistent.';
      findings.push({ option: 'standby', code: 'missing-option', message });
    }
    if (options.standby && options.will) {
      const message = 'will: a connection has one will, and "standby" uses it; remove "will".';
      findings.push({ option: 'will', code: 'wrong-value', message });
    }
    const { username, password } = new URL(options.url);
    if (username !== '' || password !== '') {
      const message = 'url: set the user and the password in the options "username" and "password", not in the URL.';
      findings.push({ option: 'url', code: 'wrong-value', message });
    }
    return findings;
  },
  examine: examineBroker,
  start(node) {
    const { options } = node;
    const where = redactUrl(options.url);
    let connection: Connection | undefined;
    const listeners = new Set<(connected: boolean) => void>();
    const notifyListeners = (connected: boolean) => {
      for (const listener of [...listeners]) listener(connected);
    };

    const inbox = subscriptions((filter, qos) => {
      if (qos === undefined && options.session === 'persistent')
        return node.task((signal) => unsubscribeLater(filter, signal));
      const change = qos === undefined ? connection?.unsubscribe(filter) : connection?.subscribe(filter, qos);
      change?.catch((cause: unknown) => connection?.end(sentence(cause)));
    }, node.clock.monotonic);
    /** Nodes that are restarting will subscribe again. */
    const isNodeAbsent = () => node.daemon.nodes().some(({ state }) => ABSENT.has(state.is));
    /** While camd stops, the broker must keep queueing messages; only subscriptions removed from the profile are cancelled. */
    const unsubscribeLater = async (filter: string, signal: AbortSignal): Promise<void> => {
      const until = node.clock.monotonic() + LINGER_MS;
      do await node.clock.sleep(CHECK_MS, signal).catch(() => {});
      while (!signal.aborted && isNodeAbsent() && node.clock.monotonic() < until);
      if (signal.aborted || inbox.filters().has(filter)) return;
      await connection?.unsubscribe(filter).catch((cause: unknown) => connection?.end(sentence(cause)));
    };
    const refusals = createBackoff({ first: FIRST_PAUSE_MS, most: options.reconnect_within });
    let refused = false;

    /** The broker repeats unacknowledged messages only after a reconnect (MQTT 3.1.1 §4.4). */
    const requestAgain = (cause: unknown, from: Connection) => {
      node.metrics.count('refused_total');
      node.log.warn('a message could not be accepted and is not acknowledged', { cause: sentence(cause) });
      if (refused) return;
      refused = true;
      node.task(async (signal) => {
        await node.clock.sleep(refusals.next(), AbortSignal.any([signal, from.signal])).catch(() => {});
        refused = false;
        from.end('refused messages must be sent again');
      });
    };

    const standby = options.standby && { topic: options.standby.topic, takeoverAfter: options.standby.takeover_after };
    /** Resolves with the reason if the broker cannot be reached. */
    const takeTurn = async (
      connectionSettings: ConnectionOptions,
      signal: AbortSignal,
    ): Promise<{ after: boolean } | string> => {
      if (!standby) return { after: false };
      const turn = await waitForTurn(standby, connectionSettings, {
        ...{ clock: node.clock, signal, timeout: options.connect_timeout },
        onStandby() {
          node.degraded(`Another camd uses the session of "${options.client_id}"; this one stands by.`);
          node.log.info('another camd uses the session, this one stands by', { client_id: options.client_id });
        },
      });
      if (turn.is === 'unreachable') return turn.why;
      if (turn.afterOther) node.log.info('taking over the session', { client_id: options.client_id });
      return { after: turn.afterOther };
    };

    /** True if the latest connection was accepted by the broker. */
    let wasConnected = false;
    const open = async (signal: AbortSignal): Promise<string> => {
      const connectionSettings = await connectionOptions(options, node.resolve);
      const turn = await takeTurn(connectionSettings, signal);
      if (typeof turn === 'string') return turn;
      const opened = await openConnection(connectionSettings, options.connect_timeout, signal);
      if (!('connection' in opened)) return opened.why;
      const made = opened.connection;
      if (standby) void publishSigns(standby, made, node.clock);
      if (turn.after && !made.hasSession) {
        node.log.warn('the broker has not kept the session that this camd takes over: messages may be missing', {
          client_id: options.client_id,
        });
      }
      const acks = acknowledger(
        (messageId) => made.acknowledge(messageId),
        (cause) => requestAgain(cause, made),
      );
      made.onMessage(options.in_flight, (message, messageId, filters) => {
        node.metrics.count('messages_in_total');
        return acks.take(messageId, async () => {
          if (message.qos > 0 && !inbox.wants(message.topic)) {
            const limit = AbortSignal.any([made.signal, AbortSignal.timeout(ORPHAN_MS)]);
            if (!(await inbox.wanted(message.topic, limit))) {
              if (inbox.misses(message.topic) && isNodeAbsent()) {
                throw environment('mqtt-unclaimed', 'The node that subscribes to these messages is down.');
              }
              node.metrics.count('unclaimed_total');
            }
          }
          await inbox.deliver(message, filters);
          if (message.qos > 0) refusals.reset();
        });
      });
      try {
        const subscribed = new Map<string, 0 | 1>();
        // Again until none is left: a node may subscribe while the broker answers.
        const missing = () => [...inbox.filters()].filter(([filter, qos]) => subscribed.get(filter) !== qos);
        let { birth } = options;
        for (let left = missing(); left.length > 0 || birth; left = missing()) {
          for (const [filter, qos] of left) {
            await made.subscribe(filter, qos);
            subscribed.set(filter, qos);
          }
          if (birth) await made.publish(birth.topic, birth.payload, { qos: birth.qos, retain: birth.retain });
          birth = undefined;
        }
      } catch (cause) {
        made.end(sentence(cause));
        return made.ended;
      }
      connection = made;
      wasConnected = true;
      node.metrics.count('connects_total');
      node.healthy();
      const { maxPacket, receiveMaximum, maxQos } = made.limits;
      node.log.info('connected to the broker', {
        url: where,
        ...(maxPacket === undefined ? {} : { max_packet: formatSize(maxPacket) }),
        ...(receiveMaximum === undefined ? {} : { receive_maximum: receiveMaximum }),
        ...(maxQos === undefined ? {} : { max_qos: maxQos }),
      });
      notifyListeners(true);
      const why = await made.ended;
      connection = undefined;
      notifyListeners(false);
      return why;
    };

    node.degraded(`${node.id} is connecting to the broker ${where}.`);
    node.metrics.gauge('connected', () => (connection ? 1 : 0));
    node.metrics.gauge('broker_max_packet_bytes', () => connection?.limits.maxPacket ?? 0);
    node.task(async (signal) => {
      const pauses = createBackoff({
        first: Math.min(FIRST_PAUSE_MS, options.reconnect_within),
        most: options.reconnect_within,
      });
      /** Connections in a row that soon ended without a reason: two clients with the same id disconnect each other. */
      let cuts = 0;
      while (!signal.aborted) {
        const before = node.clock.monotonic();
        const why = await open(signal);
        if (signal.aborted) return;
        const uptime = node.clock.monotonic() - before;
        cuts = wasConnected && why === CLOSED && uptime < 2 * options.reconnect_within ? cuts + 1 : 0;
        wasConnected = false;
        const isShared = cuts >= SHARED_ID_AFTER && options.client_id !== undefined;
        const guess = isShared ? `; perhaps another client has the client id "${options.client_id}" too` : '';
        node.degraded(`The broker ${where} is unreachable: ${why}${guess}. camd keeps trying.`);
        if (uptime > options.reconnect_within) pauses.reset();
        await node.clock.sleep(pauses.next(), signal).catch(() => {});
      }
    });

    return {
      mqtt: {
        get connected() {
          return connection !== undefined;
        },
        async publish(topic, payload, { qos = 0, retain = false } = {}) {
          if (!connection) throw environment('mqtt-away', `The broker ${where} is unreachable.`);
          await connection.publish(topic, payload, { qos, retain });
          node.metrics.count('messages_out_total');
        },
        subscribe(filter, qos, onMessage) {
          const wrong = filterFault(filter);
          if (wrong !== undefined) throw misuse('bad-filter', `The topic filter "${filter}" ${wrong}.`);
          return inbox.add(filter, qos, onMessage);
        },
        onConnection(listener) {
          listeners.add(listener);
          listener(connection !== undefined);
          return () => void listeners.delete(listener);
        },
      },
    };
  },
});
