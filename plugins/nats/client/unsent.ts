// Counts the bytes that a NATS server has not confirmed yet, and refuses messages beyond a limit.

import type { NatsConnection } from '@nats-io/transport-node';
import { environment } from '../../../core/contract/plugin.ts';

/** Limit of bytes passed to the connection but not confirmed by the server. Further messages are refused. */
export const MAX_UNSENT = 32 * 1024 * 1024;
/** Bytes after which a small message asks the server for a confirmation. */
const FLUSH_AFTER = 256 * 1024;

export interface Unsent {
  /** Throws a Fault when the server does not read. */
  add(bytes: number): void;
  readonly bytes: number;
}

export function createUnsent(connection: Pick<NatsConnection, 'flush'>): Unsent {
  let bytes = 0;
  let flushing = 0;
  let isFlushing = false;
  const flush = (): void => {
    isFlushing = true;
    flushing = bytes;
    connection.flush().then(
      () => {
        bytes -= flushing;
        isFlushing = false;
        if (bytes >= FLUSH_AFTER) flush();
      },
      // The connection has ended, so the count no longer matters.
      () => {},
    );
  };
  return {
    add(more) {
      if (bytes + more > MAX_UNSENT) {
        throw environment('nats-slow', 'The NATS server does not read the messages that camd sends.');
      }
      bytes += more;
      if (!isFlushing && bytes >= FLUSH_AFTER) flush();
    },
    get bytes() {
      return bytes;
    },
  };
}
