// The subscriptions and inboxes of a NATS client, restored on each connection.

import { randomBytes } from 'node:crypto';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { NatsAnswer, NatsMessage, Release } from '../../../core/contract/plugin.ts';

interface Listening {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly onMessage: (message: NatsMessage) => void;
  live: Subscription | undefined;
}

export interface Mailbox {
  subscribe(subject: string, onMessage: (message: NatsMessage) => void, queue: string | undefined): Release;
  inbox(onAnswer: (answer: NatsAnswer) => void): { subject: string; release: Release };
  /** Subscribes to all subjects on a new connection. */
  attach(connection: NatsConnection): void;
  /** The connection has ended: every inbox receives `lost`. */
  detach(): void;
  /** Number of inboxes in use. */
  readonly inboxes: number;
}

export interface MailboxOptions {
  /** First part of the subjects for answers. */
  readonly prefix: string;
  /** Replies to a message. */
  respond(subject: string, payload: Buffer | string): void;
  /** Called with the size of each message that arrives. */
  received(bytes: number): void;
  /** The server has refused this subscription, or a subscriber threw. */
  refused(subject: string, cause: unknown): void;
}

/** The server's reply to a request on a subject without a subscriber (NATS client protocol, "no responders"). */
const NO_RESPONDERS = 503;

export function createMailbox({ prefix, respond, received: count, refused }: MailboxOptions): Mailbox {
  const base = `${prefix}.${randomBytes(12).toString('hex')}`;
  const listening = new Set<Listening>();
  const inboxes = new Map<string, (answer: NatsAnswer) => void>();
  let connection: NatsConnection | undefined;
  let made = 0;

  const messageOf = (received: Msg): NatsMessage => {
    const { subject, data, reply } = received;
    count(data.length);
    return {
      subject,
      payload: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      reply: reply === undefined || reply === '' ? undefined : reply,
      respond(payload) {
        if (reply !== undefined && reply !== '') respond(reply, payload);
      },
    };
  };

  const listen = (entry: Listening): void => {
    const { subject, queue } = entry;
    entry.live = connection?.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback(error, received) {
        if (error) return refused(subject, error);
        try {
          entry.onMessage(messageOf(received));
        } catch (cause) {
          refused(subject, cause);
        }
      },
    });
  };

  const answers = `${base}.*`;
  /** All inboxes share entry subscription; the last token of a reply's subject identifies the inbox. */
  const listenForAnswers = (to: NatsConnection): void => {
    to.subscribe(answers, {
      callback(error, received) {
        if (error) return refused(answers, error);
        const take = inboxes.get(received.subject.slice(base.length + 1));
        if (!take) return;
        const hasNoResponder = received.headers?.code === NO_RESPONDERS && received.data.length === 0;
        try {
          take(hasNoResponder ? { is: 'nobody' } : { is: 'message', message: messageOf(received) });
        } catch (cause) {
          refused(answers, cause);
        }
      },
    });
  };

  return {
    subscribe(subject, onMessage, queue) {
      const entry: Listening = { subject, queue, onMessage, live: undefined };
      listening.add(entry);
      if (connection) listen(entry);
      return () => {
        if (!listening.delete(entry)) return;
        if (connection && !connection.isClosed()) entry.live?.unsubscribe();
      };
    },
    inbox(onAnswer) {
      const id = (made++).toString(36);
      inboxes.set(id, onAnswer);
      return { subject: `${base}.${id}`, release: () => void inboxes.delete(id) };
    },
    attach(to) {
      connection = to;
      listenForAnswers(to);
      for (const entry of listening) listen(entry);
    },
    detach() {
      connection = undefined;
      const lost = [...inboxes.values()];
      inboxes.clear();
      for (const take of lost) take({ is: 'lost' });
    },
    get inboxes() {
      return inboxes.size;
    },
  };
}
