// The read buffer of all source sockets: one per process, because each read is parsed before the next.

import { SCAN_BUFFER } from './entropy.ts';

/** Lent to the parser for the call. Never hand on what lies in it, and never wait while it is needed. */
export const READ_BUFFER: Buffer = SCAN_BUFFER;
