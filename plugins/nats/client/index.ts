// nats/client: a connection to a NATS server or cluster that reconnects while the node runs.

import type { NatsConnection } from '@nats-io/transport-node';
import { withDeadline } from '../../../core/base/deadline.ts';
import { reason } from '../../../core/base/reason.ts';
import { formatSize } from '../../../core/base/units.ts';
import { defineNode, environment, type Nats } from '../../../core/contract/plugin.ts';
import type { NatsClientOptions } from '../../../schemas/nats/client.ts';
import { optionalPackage } from '../../kit/packages/optional.ts';
import { createBackoff } from '../../kit/work/backoff.ts';
import { examineServers } from './examine.ts';
import { createMailbox } from './mailbox.ts';
import { connectionOptions, findings, shownServers } from './options.ts';
import { request } from './request.ts';
import { createUnsent, type Unsent } from './unsent.ts';

const FIRST_PAUSE_MS = 500;
/** The random share of each pause: the reconnects of thousands of clients that lose one server spread over the whole pause. */
const SPREAD = 1;
/** A connection of this duration resets the back-off. */
const SETTLED_MS = 5000;
/** How long a server may take to confirm published messages. */
const FLUSH_MS = 30_000;

interface Live {
  readonly connection: NatsConnection;
  readonly unsent: Unsent;
}

export default defineNode<NatsClientOptions>({
  check: findings,
  examine: examineServers,
  async start(node) {
    const { options } = node;
    const where = shownServers(options);
    const library = await optionalPackage(
      '@nats-io/transport-node',
      'nats/client needs',
      () => import('@nats-io/transport-node'),
    );
    let live: Live | undefined;
    /** On the monotonic clock; undefined if the latest attempt did not connect. */
    let connectedAt: number | undefined;
    let maxPayload = 0;
    const listeners = new Set<(connected: boolean) => void>();
    const notifyListeners = (connected: boolean): void => {
      for (const listener of [...listeners]) listener(connected);
    };
    const unreachable = () => environment('nats-away', `The NATS server ${where} is unreachable.`);
    const refusedSubjects = new Set<string>();

    const publish: Nats['publish'] = (subject, payload, { reply } = {}) => {
      if (!live || live.connection.isClosed()) throw unreachable();
      const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
      if (bytes > maxPayload) {
        throw environment(
          'nats-too-large',
          `The message for "${subject}" has ${formatSize(bytes)}, and the server accepts at most ${formatSize(maxPayload)} (max_payload).`,
        );
      }
      live.unsent.add(bytes);
      live.connection.publish(subject, payload, reply === undefined ? {} : { reply });
      node.metrics.count('messages_out_total');
      node.metrics.count('bytes_out_total', bytes);
    };

    const mailbox = createMailbox({
      prefix: options.inbox,
      respond: publish,
      received: (bytes) => {
        node.metrics.count('messages_in_total');
        node.metrics.count('bytes_in_total', bytes);
      },
      refused(subject, cause) {
        if (refusedSubjects.has(subject)) return;
        refusedSubjects.add(subject);
        node.log.warn('the NATS server refuses a subject', { subject, cause: reason(cause) });
        node.degraded(`The NATS server does not allow this client to use the subject "${subject}": ${reason(cause)}.`);
      },
    });

    /** Resolves with the reason when the connection has failed or ended. */
    const open = async (signal: AbortSignal): Promise<string> => {
      let connection: NatsConnection;
      try {
        connection = await library.connect(await connectionOptions(library, options, `camd ${node.id}`, node.resolve));
      } catch (cause) {
        return reason(cause);
      }
      const leave = (): void => void connection.close().catch(() => {});
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      connectedAt = node.clock.monotonic();
      live = { connection, unsent: createUnsent(connection) };
      maxPayload = connection.info?.max_payload ?? 0;
      refusedSubjects.clear();
      node.healthy();
      mailbox.attach(connection);
      node.metrics.count('connects_total');
      node.log.info('connected to NATS', {
        server: connection.getServer(),
        version: connection.info?.version ?? '',
        max_payload: formatSize(maxPayload),
      });
      notifyListeners(true);
      void watchErrors(connection, (cause) => {
        node.metrics.count('refused_total');
        node.log.warn('the NATS server reports an error', { cause: reason(cause) });
      });
      const why = await connection.closed();
      signal.removeEventListener('abort', leave);
      live = undefined;
      mailbox.detach();
      notifyListeners(false);
      return why ? reason(why) : 'the connection was closed';
    };

    node.degraded(`${node.id} is connecting to the NATS server ${where}.`);
    node.metrics.gauge('connected', () => (live ? 1 : 0));
    node.metrics.gauge('unsent_bytes', () => live?.unsent.bytes ?? 0);
    node.metrics.gauge('open_requests', () => mailbox.inboxes);
    node.task(async (signal) => {
      const most = options.reconnect_within;
      const pauses = createBackoff({ first: Math.min(FIRST_PAUSE_MS, most), most, jitter: SPREAD });
      while (!signal.aborted) {
        connectedAt = undefined;
        const why = await open(signal);
        if (signal.aborted) return;
        node.degraded(`The NATS server ${where} is unreachable: ${why}. camd keeps trying.`);
        const stood = connectedAt !== undefined && node.clock.monotonic() - connectedAt > SETTLED_MS;
        if (stood) pauses.reset();
        const pause = stood ? options.reconnect_jitter * Math.random() : pauses.next();
        await node.clock.sleep(pause, signal).catch(() => {});
      }
    });

    const nats: Nats = {
      get connected() {
        return live !== undefined;
      },
      get maxPayload() {
        return maxPayload;
      },
      publish,
      async flush() {
        if (!live) throw unreachable();
        const { connection } = live;
        const gone = connection.closed().then(() => Promise.reject(unreachable()));
        const late = () =>
          environment('nats-slow', `The NATS server ${where} did not answer within ${FLUSH_MS / 1000} s.`);
        // When the connection ends, the library rejects an unanswered flush with an error that does not mention the connection.
        const flushed = connection.flush().catch(() => gone);
        await withDeadline({ ms: FLUSH_MS, late, signals: [node.signal] }, () => Promise.race([flushed, gone]));
      },
      request: (subject, payload, limits) => request(nats, subject, payload, limits),
      inbox(onAnswer) {
        if (!live) throw unreachable();
        return mailbox.inbox(onAnswer);
      },
      subscribe: (subject, onMessage, { queue } = {}) => mailbox.subscribe(subject, onMessage, queue),
      onConnection(listener) {
        listeners.add(listener);
        listener(live !== undefined);
        return () => void listeners.delete(listener);
      },
      connection: () => live?.connection,
    };
    return { nats };
  },
});

/** The server reports refused messages only on the connection. */
async function watchErrors(connection: NatsConnection, report: (cause: unknown) => void): Promise<void> {
  for await (const status of connection.status()) if (status.type === 'error') report(status.error);
}
