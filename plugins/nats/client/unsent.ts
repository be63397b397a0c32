// Counts the bytes that a NATS server has not taken yet, and refuses more than it should hold.

import type { NatsConnection } from '@nats-io/transport-node';
import { environment } from '../../../core/contract/plugin.ts';

/** Bytes handed to the connection that the server has not answered for. Further messages are refused. */
export const MAX_UNSENT = 32 * 1024 * 1024;
/** After so many bytes the server is asked whether it has them: one small message each time. */
const ASK_AFTER = 256 * 1024;

export interface Unsent {
  /** Throws a Fault when the server does not read. */
  add(bytes: number): void;
  readonly bytes: number;
}

export function createUnsent(connection: Pick<NatsConnection, 'flush'>): Unsent {
  let bytes = 0;
  let asked = 0;
  let asking = false;
  const ask = (): void => {
    asking = true;
    asked = bytes;
    connection.flush().then(
      () => {
        bytes -= asked;
        asking = false;
        if (bytes >= ASK_AFTER) ask();
      },
      // The connection has ended, and this count with it.
      () => {},
    );
  };
  return {
    add(more) {
      if (bytes + more > MAX_UNSENT) {
        throw environment('nats-slow', 'The NATS server does not read the messages that camd sends.');
      }
      bytes += more;
      if (!asking && bytes >= ASK_AFTER) ask();
    },
    get bytes() {
      return bytes;
    },
  };
}
