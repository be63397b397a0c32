// Detects requests from pages of another origin or site. Pure.

import type { IncomingHttpHeaders } from 'node:http';

/** The original request, as a trusted proxy reports it. */
export interface Forwarded {
  /** X-Forwarded-Host, or the Host header that the proxy passed on. */
  readonly host: string | undefined;
  /** X-Forwarded-Proto. */
  readonly proto: string | undefined;
  /** X-Forwarded-Port. */
  readonly port: string | undefined;
}

/** `headers`: of a request from a trusted proxy. The first value comes from the proxy nearest to the browser. */
export function forwardedOf(headers: IncomingHttpHeaders): Forwarded {
  const first = (name: string): string | undefined => {
    const value = [headers[name]].flat()[0]?.split(',')[0]?.trim().toLowerCase();
    return value === '' ? undefined : value;
  };
  const host = first('x-forwarded-host') ?? headers.host?.toLowerCase();
  return { host, proto: first('x-forwarded-proto'), port: first('x-forwarded-port') };
}

/**
 * True for a request from a page of another origin. Browsers send Origin with every request that can change data, and with WebSocket
 * handshakes, which have no other protection. Programs send no Origin. The scheme is compared only if a trusted proxy reports it,
 * because a proxy that terminates TLS changes it. `origins`: further allowed origins, in lower case.
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
  // Some proxies pass the name on without its port; they are trusted to serve no other site under that name.
  return !(forwarded && !hasPort(own) && page.replace(/:\d+$/, '') === own);
}

const hasPort = (host: string): boolean => /:\d+$/.test(host);

/** Browsers omit the default port of the scheme from Origin; some clients write it into Host. */
const withoutDefaultPort = (host: string, scheme: string): string =>
  host.replace(scheme === 'https' ? /:443$/ : /:80$/, '');

const OWN: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** For routes that only their own page may use, even by GET: browsers state the site of a request in Sec-Fetch-Site. */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && !OWN.has(site)) return true;
  return isForeign(headers, new Set());
}
