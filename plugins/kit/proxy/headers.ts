// Selects the headers that a reverse proxy forwards in each direction. Pure.

import type { IncomingHttpHeaders } from 'node:http';

/** Of one connection only, not of the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that a client must not set: the proxy sets them itself, or the upstream server relies on them. */
const CLAIMED =
  /^(?:x-forwarded-.*|forwarded|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|client-ip|via|.*_.*)$/;

/** With these headers some servers use another method or path than the ones that were compared with the list. */
const OVERRIDES = /^(?:x-(?:http-)?method(?:-override)?|x-original-(?:url|uri|method)|x-rewrite-url)$/;

/** The proxy itself handles `Origin` and the framing of the body. */
const NOT_UPSTREAM = new Set(['host', 'origin', 'expect', 'content-length']);

export interface Visitor {
  /** The address of the other end of the connection. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** The Host header as received. */
  readonly host: string | undefined;
}

/** Headers for the upstream server; `drop` names further ones that are not forwarded, in lower case. */
export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  visitor: Visitor,
  drop: ReadonlySet<string> = new Set(),
): Record<string, string | string[]> {
  const named = connectionOptions(headers.connection);
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name) || NOT_UPSTREAM.has(name)) continue;
    if (CLAIMED.test(name) || OVERRIDES.test(name) || drop.has(name) || name.startsWith('sec-websocket-')) continue;
    passed[name] = value;
  }
  const address = plainAddress(visitor.address);
  passed['x-real-ip'] = address;
  passed['x-forwarded-for'] = address;
  passed['x-forwarded-proto'] = visitor.scheme;
  if (visitor.host !== undefined) passed['x-forwarded-host'] = visitor.host;
  return passed;
}

/** A listener for both families reports an IPv4 visitor as "::ffff:192.0.2.1", which no server matches with its IPv4 networks. */
const plainAddress = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;

/** Headers for the visitor. Cross-origin rules and the Server header come from camd's server, not from the upstream. */
export function downstreamHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = connectionOptions(headers.connection);
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name)) continue;
    if (name === 'server' || name.startsWith('access-control-')) continue;
    passed[name] = value;
  }
  return passed;
}

/** Names listed in Connection are hop-by-hop too. */
function connectionOptions(connection: string | string[] | undefined): ReadonlySet<string> {
  const text = Array.isArray(connection) ? connection.join(',') : (connection ?? '');
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()));
}
