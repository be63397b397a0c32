// The buffer into which the sockets of all sources are read. One for the process: what is read is parsed before anything else is.

import { SCAN_BUFFER } from './entropy.ts';

/** Lent to the parser for the call. Never hand on what lies in it, and never wait while it is needed. */
export const READ_BUFFER: Buffer = SCAN_BUFFER;
