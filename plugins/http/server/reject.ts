// Requests that are refused before anything is looked up: another version of HTTP, no Host, or a broken one. Pure.

import type { IncomingMessage } from 'node:http';
import { isWellFormed } from '../../kit/http/hosts.ts';

export interface Rejection {
  readonly status: 400 | 505;
  readonly message: string;
}

/** The last Host that was well formed: requests mostly ask the same. */
let good: string | undefined;

/** What no request may look like, whatever it asks for. */
export function rejectionOf(request: IncomingMessage): Rejection | undefined {
  if (request.httpVersionMajor !== 1) return { status: 505, message: 'this server speaks HTTP/1.1' };
  const { host } = request.headers;
  if (host === undefined) {
    if (request.httpVersionMinor === 0) return undefined;
    return { status: 400, message: 'the request has no Host header, which HTTP/1.1 requires' };
  }
  if (hostsOf(request.rawHeaders) === 1 && (host === good || isWellFormed(host))) {
    good = host;
    return undefined;
  }
  return { status: 400, message: 'the Host header must be one name or address, with or without a port' };
}

/** How many Host headers there are. */
function hostsOf(raw: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at];
    if (name === 'Host' || (name?.length === 4 && name.toLowerCase() === 'host')) count++;
  }
  return count;
}
