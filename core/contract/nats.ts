// The port `nats`: one connection to a NATS server or cluster, and its messages.

import type { Release } from './ports.ts';

export interface NatsMessage {
  readonly subject: string;
  /** Never modified. */
  readonly payload: Buffer;
  /** Where the sender expects an answer; undefined when it expects none. */
  readonly reply: string | undefined;
  /** Answers; a message without `reply` is answered to nobody. Throws what `publish` throws. */
  respond(payload: Buffer | string): void;
}

export interface NatsRequestOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What arrives at a subject that `inbox` has made. `nobody`: nobody listens to the subject of the request. */
export type NatsAnswer = { readonly is: 'message'; readonly message: NatsMessage } | { readonly is: 'nobody' | 'lost' };

export interface NatsInbox {
  /** The `reply` of messages whose answers come here. */
  readonly subject: string;
  readonly release: Release;
}

/** Port `nats`. Faults: `nats-away` (no connection), `nats-slow` (the server does not read), `nats-too-large`. */
export interface Nats {
  readonly connected: boolean;
  /** Bytes: the largest payload that the server accepts, as it said last; 0 before the first connection. */
  readonly maxPayload: number;
  /** Hands the message to the connection, at once and in order; "flush" says when the server has it. Throws a Fault. */
  publish(subject: string, payload: Buffer | string, options?: { readonly reply?: string }): void;
  /** Resolves when the server has taken everything that was published before. Rejects with a Fault. */
  flush(): Promise<void>;
  /** One answer. Rejects with a Fault (`nats-no-responders`, `nats-timeout` or one of `publish`), or the signal's reason. */
  request(subject: string, payload: Buffer | string, options: NatsRequestOptions): Promise<NatsMessage>;
  /** A subject for any number of answers, until released. `lost`: the connection ended; the inbox is released by then. */
  inbox(onAnswer: (answer: NatsAnswer) => void): NatsInbox;
  /** Messages of a subject ("*" and ">" allowed) until released, over reconnects. In a `queue`, each message goes to one member. */
  subscribe(subject: string, onMessage: (message: NatsMessage) => void, options?: { readonly queue?: string }): Release;
  /** Called now and at every change of the connection, until released. */
  onConnection(listener: (connected: boolean) => void): Release;
  /** The connection of the client library, for JetStream (plugins/kit/nats/jetstream.ts); undefined while it is away. */
  connection(): unknown;
}
