// Requests that are refused before anything is looked up: another version of HTTP, no Host, or a broken one. Pure.

import type { IncomingMessage } from 'node:http';
import { isWellFormed } from './hosts.ts';

export interface Rejection {
  readonly status: 400 | 505;
  readonly message: string;
}

/** What no request may look like, whatever it asks for. */
export function rejectionOf(request: IncomingMessage): Rejection | undefined {
  if (request.httpVersionMajor !== 1) return { status: 505, message: 'this server speaks HTTP/1.1' };
  const { host } = request.headers;
  if (host === undefined) {
    if (request.httpVersionMinor === 0) return undefined;
    return { status: 400, message: 'the request has no Host header, which HTTP/1.1 requires' };
  }
  const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts === 1 && isWellFormed(host)) return undefined;
  return { status: 400, message: 'the Host header must be one name or address, with or without a port' };
}
