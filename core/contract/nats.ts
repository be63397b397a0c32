// The port `nats`: one connection to a NATS server or cluster, and its messages.

import type { Release } from './ports.ts';

export interface NatsMessage {
  readonly subject: string;
  /** Never modified. */
  readonly payload: Buffer;
  /** Subject on which the sender expects an answer; undefined if it expects none. */
  readonly reply: string | undefined;
  /** Sends an answer; without `reply` it goes to no recipient. Throws what `publish` throws. */
  respond(payload: Buffer | string): void;
}

export interface NatsRequestOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** An answer on the subject of an `inbox`. `nobody`: the subject of the request has no subscriber. */
export type NatsAnswer = { readonly is: 'message'; readonly message: NatsMessage } | { readonly is: 'nobody' | 'lost' };

export interface NatsInbox {
  /** Use it as `reply` of messages whose answers should arrive here. */
  readonly subject: string;
  readonly release: Release;
}

/** Port `nats`. Faults: `nats-away` (no connection), `nats-slow` (the server does not read), `nats-too-large`. */
export interface Nats {
  readonly connected: boolean;
  /** Bytes: the largest payload that the server accepts, as last announced by it; 0 before the first connection. */
  readonly maxPayload: number;
  /** Passes the message to the connection, at once and in order; use `flush` to wait until the server has it. Throws a Fault. */
  publish(subject: string, payload: Buffer | string, options?: { readonly reply?: string }): void;
  /** Resolves when the server has received everything published before. Rejects with a Fault. */
  flush(): Promise<void>;
  /** Resolves with one answer. Rejects with a Fault (`nats-no-responders`, `nats-timeout` or one of `publish`), or the signal's reason. */
  request(subject: string, payload: Buffer | string, options: NatsRequestOptions): Promise<NatsMessage>;
  /** A subject for any number of answers, until released. `lost`: the connection has ended, and the inbox is already released. */
  inbox(onAnswer: (answer: NatsAnswer) => void): NatsInbox;
  /** Receives messages on a subject ("*" and ">" allowed) until released, across reconnects. In a `queue`, each goes to one member. */
  subscribe(subject: string, onMessage: (message: NatsMessage) => void, options?: { readonly queue?: string }): Release;
  /** Calls `listener` now and at every change of the connection, until released. */
  onConnection(listener: (connected: boolean) => void): Release;
  /** The connection of the client library, for JetStream (plugins/kit/nats/jetstream.ts); undefined while disconnected. */
  connection(): unknown;
}
