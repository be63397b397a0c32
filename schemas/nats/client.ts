// Generated from client.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to NATS for nats/edge, source/nats and others. While no server is reachable, the node is degraded, tries all servers again with growing random pauses, so that many camd do not come back at the same moment, and then subscribes again. It needs the package @nats-io/transport-node.
 */
export interface NatsClientOptions {
  /**
   * One server or a list: nats://host:4222, or tls://host:4222 where only TLS will do. Each connection takes a random one; name every server of a cluster. User name and password have their own options.
   *
   * @minItems 1
   * @maxItems 100
   */
  servers: string | string[];
  /**
   * The user name.
   */
  user?: string;
  /**
   * The password of the user.
   */
  password?: string;
  /**
   * The token of a server without users.
   */
  token?: string;
  /**
   * The seed of an nkey, which begins with SU; camd signs with it and never sends it.
   */
  nkey?: string;
  /**
   * A credentials file (.creds) with the JWT of a user and its seed. It is read again for each connection.
   */
  credentials?: string;
  /**
   * PEM file with the authority that signed the server's certificate. Default: the system's authorities.
   */
  ca?: string;
  /**
   * PEM file with camd's client certificate.
   */
  certificate?: string;
  /**
   * PEM file with the private key of that certificate.
   */
  key?: string;
  /**
   * Whether to verify the server's certificate. Without verification, anyone between camd and the server can read and change all messages.
   */
  verify: boolean;
  /**
   * The first part of the subjects for answers. Give each client its own if the server limits the subjects that clients may read, and begin it with _INBOX: an archive/worker answers to no other subjects.
   */
  inbox: string;
  /**
   * How long each server may take to accept the connection.
   */
  connect_timeout: Milliseconds;
  /**
   * How often camd pings the server; one that leaves two pings unanswered counts as disconnected.
   */
  keepalive: Milliseconds;
  /**
   * After a lost connection, camd connects again at a random moment within this time. Clients of one server share its load so.
   */
  reconnect_jitter: Milliseconds;
  /**
   * The longest pause between connection attempts. Each pause is a random one of up to twice the one before.
   */
  reconnect_within: Milliseconds;
}
