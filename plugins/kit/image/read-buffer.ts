// The read buffer of all source sockets: one per process, because each read is parsed before the next.

import type { OnReadOpts } from 'node:net';
import { SCAN_BUFFER } from './entropy.ts';

/** The `onread` option of a socket: passes its bytes to `onBytes`. They are valid only during the call. */
export const readInto = (onBytes: (bytes: Buffer) => void): OnReadOpts => ({
  buffer: READ_BUFFER,
  callback(length) {
    onBytes(READ_BUFFER.subarray(0, length));
    return true;
  },
});

/** Valid only during the parser's call: never keep its content, and never await while it is in use. */
export const READ_BUFFER: Buffer = SCAN_BUFFER;
