// Detects requests from pages of another origin. Pure.

import type { IncomingHttpHeaders } from 'node:http';

/**
 * Browsers send Origin with everything that can change something, and with WebSocket handshakes, to which no other protection
 * applies. Programs send none. The scheme is not compared: a proxy that ends TLS changes it. `origins`, in lower case, may come
 * from elsewhere.
 */
export function isForeign(headers: IncomingHttpHeaders, origins: ReadonlySet<string>): boolean {
  const origin = headers.origin?.toLowerCase();
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
  if (origins.has(origin)) return false;
  return origin.replace(/^[a-z][a-z0-9+.-]*:\/\//, '') !== headers.host?.toLowerCase();
}
