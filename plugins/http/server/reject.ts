// Finds requests to refuse before any lookup: another version of HTTP, or a missing or invalid Host. Pure.

import type { IncomingMessage } from 'node:http';
import { isWellFormed } from '../../kit/http/hosts.ts';

export interface Rejection {
  readonly status: 400 | 505;
  readonly message: string;
}

/** The last valid Host: most requests name the same one. */
let good: string | undefined;

/** The reason to refuse a request, independent of its path. */
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

/** The number of Host headers. */
function hostsOf(raw: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at];
    if (name === 'Host' || (name?.length === 4 && name.toLowerCase() === 'host')) count++;
  }
  return count;
}
