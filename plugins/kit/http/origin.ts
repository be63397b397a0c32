// Detects requests from pages of another origin or site. Pure.

import type { IncomingHttpHeaders } from 'node:http';

/** What a trusted proxy says of the request that it got. */
export interface Forwarded {
  /** X-Forwarded-Host, or the Host that it passed on. */
  readonly host: string | undefined;
  /** X-Forwarded-Proto. */
  readonly proto: string | undefined;
  /** X-Forwarded-Port. */
  readonly port: string | undefined;
}

/** `headers` of a request whose proxy is trusted. The first value is the one that the browser's own proxy wrote. */
export function forwardedOf(headers: IncomingHttpHeaders): Forwarded {
  const first = (name: string): string | undefined => {
    const value = [headers[name]].flat()[0]?.split(',')[0]?.trim().toLowerCase();
    return value === '' ? undefined : value;
  };
  const host = first('x-forwarded-host') ?? headers.host?.toLowerCase();
  return { host, proto: first('x-forwarded-proto'), port: first('x-forwarded-port') };
}

/**
 * Browsers send Origin with everything that can change something, and with WebSocket handshakes, to which no other protection
 * applies. Programs send none. The scheme is not compared unless a trusted proxy tells it: a proxy that ends TLS changes it. `origins`,
 * in lower case, may come from elsewhere.
 */
export function isForeign(headers: IncomingHttpHeaders, origins: ReadonlySet<string>, forwarded?: Forwarded): boolean {
  const origin = headers.origin?.toLowerCase();
  const site = headers['sec-fetch-site'];
  if (origin === undefined) return site === 'cross-site';
  if (origins.has(origin) || site === 'same-origin') return false;
  const [, scheme = '', page = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/]+)$/.exec(origin) ?? [];
  if (page === '' || (forwarded?.proto !== undefined && forwarded.proto !== scheme)) return true;
  const host = forwarded ? forwarded.host : headers.host?.toLowerCase();
  if (host === undefined || host === '') return true;
  const own = forwarded?.port !== undefined && !hasPort(host) ? `${host}:${forwarded.port}` : host;
  if (withoutDefaultPort(page, scheme) === withoutDefaultPort(own, scheme)) return false;
  // A proxy that passes the name on without its port has lost it; it is trusted to serve nothing else under that name.
  return !(forwarded && !hasPort(own) && page.replace(/:\d+$/, '') === own);
}

const hasPort = (host: string): boolean => /:\d+$/.test(host);

/** Browsers leave the port out of an Origin where it is the scheme's own; some clients write it into Host. */
const withoutDefaultPort = (host: string, scheme: string): string =>
  host.replace(scheme === 'https' ? /:443$/ : /:80$/, '');

const OWN: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** For routes that no page but their own may use, by GET either: browsers say where a request comes from (Sec-Fetch-Site). */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && !OWN.has(site)) return true;
  return isForeign(headers, new Set());
}
