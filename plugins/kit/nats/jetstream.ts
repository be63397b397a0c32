// JetStream and its key-value buckets over the port `nats`; the packages are loaded on first use.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { environment, type Nats } from '../../../core/contract/plugin.ts';
import { optionalPackage } from '../packages/optional.ts';

export interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/**
 * JetStream over the current connection; call it again after each `onConnection(true)`. `needs` begins the sentence for a missing
 * package, such as "archive/worker needs". Rejects with a Fault: `nats-away`, `missing-package`, or `no-jetstream` when the server has
 * none.
 */
export async function openJetStream(nats: Nats, needs: string): Promise<JetStream> {
  const library = await optionalPackage('@nats-io/jetstream', needs, () => import('@nats-io/jetstream'));
  const connection = connectionOf(nats);
  try {
    return { client: library.jetstream(connection), manager: await library.jetstreamManager(connection) };
  } catch (cause) {
    throw noJetStream(cause);
  }
}

/** Key-value buckets over the current connection; otherwise like `openJetStream`. */
export async function openBuckets(nats: Nats, needs: string): Promise<Kvm> {
  const { Kvm } = await optionalPackage('@nats-io/kv', needs, () => import('@nats-io/kv'));
  return new Kvm(connectionOf(nats));
}

export const noJetStream = (cause: unknown) =>
  environment(
    'no-jetstream',
    `The NATS server offers this client no JetStream (${cause instanceof Error ? cause.message : String(cause)}); enable "jetstream" in its configuration.`,
    cause,
  );

function connectionOf(nats: Nats): NatsConnection {
  const connection = nats.connection();
  if (isConnection(connection)) return connection;
  throw environment('nats-away', 'The NATS server is unreachable.');
}

/** The contract leaves the type open, so that it needs no package. */
const isConnection = (value: unknown): value is NatsConnection =>
  typeof value === 'object' && value !== null && 'requestMany' in value;
