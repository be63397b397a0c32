// Detects requests from pages of another origin or site. Pure.

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

const OWN: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** For routes that no page but their own may use, by GET either: browsers say where a request comes from (Sec-Fetch-Site). */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && !OWN.has(site)) return true;
  return isForeign(headers, new Set());
}
