// The read buffer of all source sockets: one per process, because each read is parsed before the next.

import type { OnReadOpts } from 'node:net';
import { SCAN_BUFFER } from './entropy.ts';

/** The `onread` option of a socket whose bytes `onBytes` gets; they are only lent for the call. */
export const readInto = (onBytes: (bytes: Buffer) => void): OnReadOpts => ({
  buffer: READ_BUFFER,
  callback(length) {
    onBytes(READ_BUFFER.subarray(0, length));
    return true;
  },
});

/** Lent to the parser for the call. Never hand on what lies in it, and never wait while it is needed. */
export const READ_BUFFER: Buffer = SCAN_BUFFER;
